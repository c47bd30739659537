//! Where results go: files, written as a whole or not at all, and stdout.

use scs_reports::{Format, Report, render};
use std::fs;
use std::io::{self, Write};
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
        let names_a_folder =
            path.is_dir() || path.file_name().is_none() || path.as_os_str().to_string_lossy().ends_with('/');
        if names_a_folder {
            return Err(format!("--output {}={}: this is a folder; name a file in it", self.format, path.display()));
        }
        if is_stream(path) { Ok(()) } else { temporary_beside(&target(path), path).map(drop) }
    }

    /// The file that will be replaced, however its path is written; none for what can take several reports.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let path = self.path.as_deref().filter(|path| !is_stream(path))?;
        let path = target(path);
        let folder = folder_of(&path).canonicalize();
        Some(folder.map_or_else(|_| path.clone(), |folder| folder.join(path.file_name().unwrap_or_default())))
    }

    /// Writes the report.
    ///
    /// # Errors
    /// What went wrong, and whether it is only that nobody reads any more.
    pub(super) fn write(&self, report: &Report) -> Result<(), Unwritten> {
        let text = render(self.format, report);
        match &self.path {
            None => to_stdout(&text),
            Some(path) if is_stream(path) => append(path, &text).map_err(|error| Unwritten::of(path, &error)),
            Some(path) => replace(path, &text),
        }
    }
}

/// A report that could not be written.
pub(super) enum Unwritten {
    /// Nobody reads any more, which is no reason to complain.
    NobodyReads,
    /// One sentence.
    Because(String),
}

impl Unwritten {
    fn of(path: &Path, error: &dyn std::fmt::Display) -> Self {
        Self::Because(format!("{} cannot be written: {error}", path.display()))
    }
}

/// Prints a result.
///
/// # Errors
/// It cannot be printed.
pub(super) fn to_stdout(text: &str) -> Result<(), Unwritten> {
    // anstream takes the colours away where they cannot be shown.
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Unwritten::NobodyReads,
        _ => Unwritten::Because(format!("the report cannot be printed: {error}")),
    })
}

/// A pipe, a terminal or a device: it takes what comes and must not be replaced by a file.
fn is_stream(path: &Path) -> bool {
    path.starts_with("/dev") || path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut stream = fs::File::options().append(true).open(path)?;
    stream.write_all(text.as_bytes())
}

/// The whole file or nothing: readers never see half a report.
fn replace(path: &Path, text: &str) -> Result<(), Unwritten> {
    let target = target(path);
    let mut file = temporary_beside(&target, path).map_err(Unwritten::Because)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all());
    written.map_err(|error| Unwritten::of(path, &error))?;
    file.persist(target).map_err(|error| Unwritten::of(path, &error.error))?;
    Ok(())
}

/// What a link points to is replaced, not the link.
fn target(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary_beside(target: &Path, path: &Path) -> Result<tempfile::NamedTempFile, String> {
    let folder = folder_of(target);
    new_file().prefix(".scs-conformance-").tempfile_in(folder).map_err(|error| {
        // The name of the temporary file, which the error begins with, means nothing to anyone.
        let inner = error.get_ref().and_then(|inner| inner.source()).map(ToString::to_string);
        let why = inner.unwrap_or_else(|| error.to_string());
        format!(
            "{} cannot be written: {why}; check that the folder {} exists and is writable",
            path.display(),
            folder.display()
        )
    })
}

/// Temporary files are private; reports are as readable as any new file of the user, who has a umask for that.
fn new_file<'a, 'b>() -> tempfile::Builder<'a, 'b> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
}
