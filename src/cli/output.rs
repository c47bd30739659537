//! Where results go: files, written as a whole or not at all, and stdout.

use scs_reports::{Format, Report, render};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// `FORMAT=PATH`; the path `-` is stdout.
#[derive(Clone, Debug)]
pub(super) struct Output {
    format: Format,
    /// None for stdout.
    path: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("write FORMAT=PATH, for example json=report.json")?;
        let format = format.parse::<Format>().map_err(|error| error.to_string())?;
        if path.is_empty() {
            return Err("there is no path behind the =".into());
        }
        Ok(Self { format, path: (path != "-").then(|| PathBuf::from(path)) })
    }
}

impl Output {
    /// True if it goes to stdout.
    pub(super) fn is_stdout(&self) -> bool {
        self.path.is_none()
    }

    /// Finds out beforehand whether the file can be written, so that no run is made in vain.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn prepare(&self) -> Result<(), String> {
        let Some(path) = &self.path else { return Ok(()) };
        if path.is_dir() {
            return Err(format!("--output {}={}: this is a folder; name a file in it", self.format, path.display()));
        }
        temporary_beside(path).map(drop)
    }

    /// Writes the report.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn write(&self, report: &Report) -> Result<(), String> {
        let text = render(self.format, report);
        let Some(path) = &self.path else {
            let mut stdout = std::io::stdout().lock();
            return stdout
                .write_all(text.as_bytes())
                .and_then(|()| stdout.flush())
                .map_err(|error| format!("the report cannot be printed: {error}"));
        };
        let cannot = |error: &dyn std::fmt::Display| format!("{} cannot be written: {error}", path.display());
        let mut file = temporary_beside(path)?;
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(|error| cannot(&error))?;
        readable_by_all(&file).map_err(|error| cannot(&error))?;
        file.persist(path).map_err(|error| cannot(&error.error))?;
        Ok(())
    }
}

fn temporary_beside(path: &Path) -> Result<tempfile::NamedTempFile, String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(".scs-conformance-").tempfile_in(folder).map_err(|error| {
        format!("{} cannot be written: {error}; check that the folder {} exists and is writable", path.display(), folder.display())
    })
}

/// Temporary files are private; reports are as readable as any new file of the user.
#[cfg(unix)]
fn readable_by_all(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &tempfile::NamedTempFile) -> std::io::Result<()> {
    Ok(())
}
