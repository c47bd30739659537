//! Writes files as a whole or not at all, readable by their owner only.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use thiserror::Error;

/// A file that cannot be written, and the reason.
#[derive(Debug, Error)]
#[error("{} cannot be written: {}{}", .path.display(), reason(.source), help(.folder.as_deref()))]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    source: io::Error,
    /// The folder in which no file can be created.
    folder: Option<PathBuf>,
}

impl WriteError {
    /// Creates the error of a file.
    pub fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source, folder: None }
    }
}

/// Returns the reason without the name of a temporary file, which means nothing to anyone.
fn reason(error: &io::Error) -> String {
    error.to_string().split(" at path ").next().unwrap_or_default().to_owned()
}

fn help(folder: Option<&Path>) -> String {
    folder
        .map_or(String::new(), |folder| format!("; check that the folder {} exists and is writable", folder.display()))
}

/// Writes the whole file or nothing: readers never see half a result, and a program that is killed leaves nothing beside it.
///
/// # Errors
/// It cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<(), WriteError> {
    let target = target(path);
    let mut file = create_beside(&target, path)?;
    let written =
        file.write_all(text.as_bytes()).and_then(|()| keep_mode(&target, &file)).and_then(|()| file.sync_all());
    written.and_then(|()| name(&file, text, &target)).map_err(|error| WriteError::new(path, error))
}

/// Returns a new file beside another one that has no name yet, which only its owner can read; `path` names the file in
/// messages.
///
/// # Errors
/// As [`replace`].
pub fn create_beside(target: &Path, path: &Path) -> Result<File, WriteError> {
    let folder = folder_of(target);
    let unwritable = |error| WriteError { folder: Some(folder.to_owned()), ..WriteError::new(path, error) };
    tempfile::tempfile_in(folder).map_err(unwritable)
}

/// Gives a file the mode of the one that it replaces; a new one only its owner can read, whatever the umask is.
fn keep_mode(target: &Path, file: &File) -> io::Result<()> {
    match target.metadata() {
        Ok(metadata) => file.set_permissions(metadata.permissions()),
        Err(_) => make_private(file),
    }
}

#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Gives a file its name. What is there already can only be replaced by a file that has another name for a moment.
fn name(file: &File, text: &str, target: &Path) -> io::Result<()> {
    match link(file, target) {
        Ok(()) => return Ok(()),
        Err(_) if !target.exists() => {}
        Err(_) => {
            let linked = builder().make_in(folder_of(target), |name| link(file, name));
            if let Ok(linked) = linked {
                return linked.into_temp_path().persist(target).map_err(|error| error.error);
            }
        }
    }
    // This file system cannot do that.
    let mut named: NamedTempFile = builder().tempfile_in(folder_of(target))?;
    keep_mode(target, named.as_file())?;
    named.write_all(text.as_bytes())?;
    named.as_file().sync_all()?;
    named.persist(target).map(drop).map_err(|error| error.error)
}

fn builder<'a, 'b>() -> tempfile::Builder<'a, 'b> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".scs-conformance-");
    builder
}

#[cfg(target_os = "linux")]
fn link(file: &File, name: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let open_file = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, open_file, CWD, name, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn link(_file: &File, _name: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns the file that a path leads to: what a link points to is replaced, not the link, also if it is not there yet.
pub fn target(path: &Path) -> PathBuf {
    const LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..LINKS {
        let Ok(next) = fs::read_link(&target) else { break };
        target = folder_of(&target).join(next);
    }
    target
}

/// Returns the folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
