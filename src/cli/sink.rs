//! Writes results to files, pipes and the like, and stdout.

use super::error::CliError;
use scs_files::{WriteError, create_beside, folder_of, replace, target};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The target of a result.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Sink {
    /// Standard output.
    Stdout,
    /// A file, or a pipe, a terminal, a device.
    Path(PathBuf),
}

impl From<OsString> for Sink {
    fn from(path: OsString) -> Self {
        if path == "-" { Self::Stdout } else { Self::Path(PathBuf::from(path)) }
    }
}

impl Sink {
    /// Returns true for `-`.
    pub(super) fn is_stdout(&self) -> bool {
        *self == Self::Stdout
    }

    /// Returns true for what is replaced as a whole.
    pub(super) fn is_file(&self) -> bool {
        self.path().is_some_and(|path| !is_stream(path))
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::Path(path) => Some(path),
        }
    }

    /// Returns its path, for people.
    pub(super) fn shown(&self) -> String {
        self.path().map_or_else(|| "stdout".to_owned(), |path| path.display().to_string())
    }

    /// Checks beforehand that it can be written.
    ///
    /// # Errors
    /// It is a folder or a socket, or cannot be written.
    pub(super) fn prepare(&self) -> Result<(), CliError> {
        let Some(path) = self.path() else { return Ok(()) };
        let names_a_folder =
            path.is_dir() || path.file_name().is_none() || path.as_os_str().to_string_lossy().ends_with('/');
        if names_a_folder {
            return Err(CliError::usage(format!("{}: this is a folder; name a file in it", path.display())));
        }
        if is_socket(path) {
            return Err(CliError::usage(format!("{}: this is a socket; name a file or a pipe", path.display())));
        }
        if is_stream(path) {
            return Ok(());
        }
        let target = target(path);
        match target.symlink_metadata() {
            Err(error) if !is_missing(&error) => Err(WriteError::new(path, error).into()),
            _ => Ok(create_beside(&target, path).map(drop)?),
        }
    }

    /// Makes the folder of a file.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn make_folder(&self) -> Result<(), CliError> {
        let Some(folder) = self.path().map(folder_of).filter(|folder| !folder.exists()) else { return Ok(()) };
        let unusable = |error| CliError::usage(format!("{}: this folder cannot be made: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(unusable)
    }

    /// Returns true if both replace the same file, however their paths are written.
    pub(super) fn is_same_file(&self, other: &Self) -> bool {
        let file = |sink: &Self| sink.is_file().then(|| identity(sink.path()?)).flatten();
        file(self).is_some() && file(self) == file(other)
    }

    /// Refuses a file that this program has read.
    ///
    /// # Errors
    /// It was read.
    pub(super) fn spare_input(&self) -> Result<(), CliError> {
        match self.path().filter(|path| !is_stream(path) && scs_files::was_read(path)) {
            Some(path) => Err(CliError::usage(format!(
                "{}: this file is read by the run, and is not replaced; name another one",
                path.display()
            ))),
            None => Ok(()),
        }
    }

    /// Writes a text. A reader that has gone away is no error.
    ///
    /// # Errors
    /// The file cannot be written, or is not read before the deadline.
    pub(super) fn write(&self, text: String) -> Result<(), CliError> {
        match self {
            Self::Stdout => to_stdout(&text),
            Self::Path(path) if is_stream(path) => append(path, text),
            Self::Path(path) => replace(path, &text).map_err(CliError::unfinished),
        }
    }
}

/// Checks beforehand that everything can be written, and that nothing replaces another; each with its option.
///
/// # Errors
/// A target cannot be written, or two are the same.
pub(super) fn prepare_all(all: &[(String, &Sink)], which: &str) -> Result<(), CliError> {
    if all.iter().filter(|(_, sink)| sink.is_stdout()).count() > 1 {
        return Err(CliError::usage(format!("only one {which} can go to stdout")));
    }
    all.iter().try_for_each(|(option, sink)| sink.prepare().map_err(|error| error.about(option)))?;
    for (index, (option, sink)) in all.iter().enumerate() {
        if let Some((other, _)) = all[..index].iter().find(|(_, other)| sink.is_same_file(other)) {
            return Err(format!("{other} and {option} go to the same file, {}", sink.shown()).into());
        }
    }
    Ok(())
}

/// Prints a result. A reader that has gone away is no error.
///
/// # Errors
/// It cannot be printed, or is not read before the deadline.
pub(super) fn to_stdout(text: &str) -> Result<(), CliError> {
    let text = text.to_owned();
    let printed = in_time(move || {
        // anstream takes the colors away where they cannot be shown.
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
    });
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::unfinished(format!("the result cannot be printed: {error}")))
        }
        _ => Ok(()),
    }
}

/// The time that a pipe may be without a reader.
const PATIENCE: Duration = Duration::from_secs(10);

/// Writes into what takes what comes, and must not be replaced by a file.
fn append(path: &Path, text: String) -> Result<(), CliError> {
    let stream = path.to_owned();
    let written = in_time(move || opened(&stream)?.write_all(text.as_bytes()));
    written.map_err(|error| CliError::unfinished(WriteError::new(path, error)))
}

/// Opens a stream; a pipe once somebody reads it.
fn opened(path: &Path) -> io::Result<File> {
    let end = Instant::now() + PATIENCE;
    loop {
        match open_stream(path) {
            Err(error) if has_no_reader(&error) && Instant::now() < end => thread::sleep(Duration::from_millis(20)),
            Err(error) if has_no_reader(&error) => return Err(io::Error::other("nobody reads this pipe")),
            other => return other,
        }
    }
}

#[cfg(unix)]
fn open_stream(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CLOEXEC | OFlags::NOCTTY;
    let stream = open(path, flags | OFlags::NONBLOCK, Mode::empty())?;
    fcntl_setfl(&stream, fcntl_getfl(&stream)? - OFlags::NONBLOCK)?;
    Ok(stream.into())
}

#[cfg(unix)]
fn has_no_reader(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
}

#[cfg(not(unix))]
fn open_stream(path: &Path) -> io::Result<File> {
    File::options().append(true).open(path)
}

#[cfg(not(unix))]
fn has_no_reader(_error: &io::Error) -> bool {
    false
}

/// Does something that may block for ever, in a thread that can be left behind: until the deadline, but at least for a
/// moment.
fn in_time(act: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    const MOMENT: Duration = Duration::from_millis(250);
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(act()));
    let done = match scs_files::deadline() {
        None => receive.recv().ok(),
        Some(end) => receive.recv_timeout(end.saturating_duration_since(Instant::now()).max(MOMENT)).ok(),
    };
    done.unwrap_or_else(|| Err(io::Error::new(io::ErrorKind::TimedOut, "it was not taken before the deadline")))
}

/// Returns true for a pipe, a terminal or a device.
fn is_stream(path: &Path) -> bool {
    (path.starts_with("/dev") && !path.starts_with("/dev/shm"))
        || path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

#[cfg(unix)]
fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    path.metadata().is_ok_and(|metadata| metadata.file_type().is_socket())
}

#[cfg(not(unix))]
fn is_socket(_path: &Path) -> bool {
    false
}

/// Returns what two paths of the same file have in common.
fn identity(path: &Path) -> Option<(PathBuf, OsString)> {
    let target = target(path);
    let whole = target.canonicalize().unwrap_or(target);
    let folder = folder_of(&whole).canonicalize().unwrap_or_else(|_| folder_of(&whole).to_owned());
    Some((folder, whole.file_name()?.to_owned()))
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
