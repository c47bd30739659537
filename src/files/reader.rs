//! Reads files: no more than a bound of them, whatever length they claim, and never for longer than the run may take.

use std::collections::BTreeSet;
use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;
use thiserror::Error;

/// A file that cannot be read, and the reason.
#[derive(Debug, Error)]
#[error("{} {problem}", .path.display())]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub problem: ReadProblem,
}

/// Reasons why a file cannot be read; each continues a sentence that begins with the file.
#[derive(Debug, Error)]
pub enum ReadProblem {
    /// The system refuses.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is a folder.
    #[error("is a folder, not a file")]
    Folder,
    /// It is neither a file nor a folder.
    #[error("is {0}, not a file")]
    Special(&'static str),
    /// It is larger than this number of bytes.
    #[error("is larger than {}", size(*.0))]
    TooLarge(u64),
    /// It is not UTF-8.
    #[error("is not text (UTF-8)")]
    NotText,
    /// It is a pipe whose other end is still open at the deadline.
    #[error("did not end before the deadline")]
    TooLate,
}

impl ReadError {
    fn new(path: &Path, problem: impl Into<ReadProblem>) -> Self {
        Self { path: path.to_owned(), problem: problem.into() }
    }

    /// Returns true if there is no such file.
    pub fn is_missing(&self) -> bool {
        use io::ErrorKind::{NotADirectory, NotFound};
        matches!(&self.problem, ReadProblem::Unreadable(error) if matches!(error.kind(), NotFound | NotADirectory))
    }

    /// Says what to do about it.
    pub fn help(&self) -> &'static str {
        match &self.problem {
            ReadProblem::Unreadable(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                "give yourself the permission to read it"
            }
            ReadProblem::Unreadable(_) if self.is_missing() => "check the spelling of the path",
            ReadProblem::Unreadable(_) => "check the path",
            ReadProblem::Folder => "name the file in it",
            ReadProblem::Special(_) => "name a file",
            ReadProblem::TooLarge(_) => "check that it is the right file",
            ReadProblem::NotText => "save it as UTF-8",
            ReadProblem::TooLate => "close the other end of the pipe, or allow more time with --deadline",
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

/// Opens a regular file, directly or through links. Opening never waits, and a device is not even opened.
///
/// # Errors
/// It cannot be opened, or is not a regular file.
pub fn open(path: &Path) -> Result<File, ReadError> {
    let refuse = |error: io::Error| ReadError::new(path, error);
    let regular = |kind: FileType| special(kind).map_or(Ok(()), |problem| Err(ReadError::new(path, problem)));
    regular(fs::metadata(path).map_err(refuse)?.file_type())?;
    let file = open_at_once(path).map_err(refuse)?;
    // It may have been replaced meanwhile.
    regular(file.metadata().map_err(refuse)?.file_type())?;
    if is_of_the_system(&file) {
        return Err(ReadError::new(path, ReadProblem::Special("made up by the system")));
    }
    if let Some(identity) = file.metadata().ok().and_then(|metadata| identity(&metadata)) {
        lock(&READ).insert(identity);
    }
    Ok(file)
}

/// The files that this program has opened, whatever their names.
static READ: Mutex<BTreeSet<(u64, u64)>> = Mutex::new(BTreeSet::new());

/// Returns true if this program has opened this file before, under whatever name.
pub fn was_read(path: &Path) -> bool {
    let identity = fs::metadata(path).ok().and_then(|metadata| identity(&metadata));
    identity.is_some_and(|identity| lock(&READ).contains(&identity))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a regular file of at most so many bytes.
///
/// # Errors
/// It cannot be read, is not a regular file, or is larger.
pub fn read(path: &Path, largest: u64) -> Result<Vec<u8>, ReadError> {
    bounded(open(path)?, largest).map_err(|problem| ReadError::new(path, problem))
}

/// Reads a regular file of at most so many bytes as text.
///
/// # Errors
/// As [`read`], and it is not UTF-8.
pub fn read_text(path: &Path, largest: u64) -> Result<String, ReadError> {
    String::from_utf8(read(path, largest)?).map_err(|_| ReadError::new(path, ReadProblem::NotText))
}

/// Reads what the user has named: a regular file, or also a pipe such as `/dev/stdin` or `<(zcat facts.json.gz)`, which is
/// waited for until the deadline of [`give_up_at`].
///
/// # Errors
/// As [`read`], and a pipe does not end in time.
pub fn read_named(path: &Path, largest: u64) -> Result<Vec<u8>, ReadError> {
    let kind = fs::metadata(path).map_err(|error| ReadError::new(path, error))?.file_type();
    if !is_stream(kind) {
        return read(path, largest);
    }
    let (send, receive) = mpsc::channel();
    let name = path.to_owned();
    // A thread that waits for the other end can be left behind; it ends with the program.
    thread::spawn(move || {
        let bytes = File::open(&name).map_err(ReadProblem::from).and_then(|file| bounded(file, largest));
        send.send(bytes)
    });
    let received = match deadline() {
        None => receive.recv().ok(),
        Some(end) => receive.recv_timeout(end.saturating_duration_since(Instant::now())).ok(),
    };
    received.unwrap_or(Err(ReadProblem::TooLate)).map_err(|problem| ReadError::new(path, problem))
}

/// The instant at which nobody waits for a pipe any longer; known to the whole program, as files are read everywhere.
static END: Mutex<Option<Instant>> = Mutex::new(None);

/// Sets the instant at which reading a pipe is given up.
pub fn give_up_at(end: Instant) {
    *lock(&END) = Some(end);
}

/// Returns the instant at which waiting for a pipe is given up, if there is one.
pub fn deadline() -> Option<Instant> {
    *lock(&END)
}

/// Reads the rest of an open file, of at most so many bytes.
///
/// # Errors
/// It cannot be read, or is larger.
pub fn rest(file: &mut File, largest: u64) -> Result<Vec<u8>, ReadProblem> {
    bounded(file, largest)
}

fn bounded(file: impl Read, largest: u64) -> Result<Vec<u8>, ReadProblem> {
    let mut bytes = Vec::new();
    file.take(largest.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest { Err(ReadProblem::TooLarge(largest)) } else { Ok(bytes) }
}

/// Returns the reason why something of this kind is not a regular file.
fn special(kind: FileType) -> Option<ReadProblem> {
    match kind {
        _ if kind.is_file() => None,
        _ if kind.is_dir() => Some(ReadProblem::Folder),
        _ => Some(ReadProblem::Special(special_name(kind))),
    }
}

#[cfg(unix)]
fn special_name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match kind {
        _ if kind.is_fifo() => "a pipe",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

/// Returns true for what somebody may write into at the other end: a pipe, or a terminal and the like.
#[cfg(unix)]
fn is_stream(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_fifo() || kind.is_char_device()
}

/// Returns what a file has only for itself.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(unix)]
fn open_at_once(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// Returns true for what the kernel makes up while it is read: such a file has no length, and may have no end.
#[cfg(target_os = "linux")]
fn is_of_the_system(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|system| system.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn is_of_the_system(_file: &File) -> bool {
    false
}

#[cfg(not(unix))]
fn special_name(_kind: FileType) -> &'static str {
    "a device"
}

#[cfg(not(unix))]
fn is_stream(_kind: FileType) -> bool {
    false
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::io::Write;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    fn fifo(folder: &Path) -> PathBuf {
        let path = folder.join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        path
    }

    #[test]
    fn a_file_is_read_up_to_its_bound_also_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "12345").unwrap();
        symlink(&file, &link).unwrap();
        for path in [&file, &link] {
            assert_eq!(read(path, 5).unwrap(), b"12345");
            assert_eq!(read_named(path, 5).unwrap(), b"12345");
            assert_eq!(read(path, 4).unwrap_err().to_string(), format!("{} is larger than 4 bytes", path.display()));
        }
    }

    #[rstest]
    #[case("/dev/zero", "is a device, not a file")]
    #[case("/proc/self/environ", "is made up by the system, not a file")]
    #[case("/proc/kmsg", "")]
    #[case("/", "is a folder, not a file")]
    #[case("/nonexistent/file", "cannot be read: No such file or directory")]
    fn what_is_not_a_regular_file_is_refused_also_behind_a_link(#[case] path: &str, #[case] reason: &str) {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink(path, &link).unwrap();
        for path in [Path::new(path), &link] {
            let error = read(path, 10).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn a_pipe_and_a_socket_are_refused_at_once_where_nobody_named_them() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listening = UnixListener::bind(&socket).unwrap();
        assert!(read(&fifo(folder.path()), 10).unwrap_err().to_string().ends_with("is a pipe, not a file"));
        assert!(read(&socket, 10).unwrap_err().to_string().ends_with("is a socket, not a file"));
        assert!(read_named(&socket, 10).unwrap_err().to_string().ends_with("is a socket, not a file"));
    }

    #[test]
    fn a_pipe_that_the_user_names_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = fifo(folder.path());
        for (largest, is_read) in [(5, true), (4, false)] {
            let other_end = path.clone();
            let writer = thread::spawn(move || File::options().write(true).open(other_end)?.write_all(b"12345"));
            assert_eq!(read_named(&path, largest).is_ok(), is_read);
            writer.join().unwrap().unwrap();
        }
    }

    #[test]
    fn a_device_without_an_end_is_read_up_to_its_bound_if_the_user_names_it() {
        let error = read_named(Path::new("/dev/zero"), 1 << 20).unwrap_err();
        assert_eq!(error.to_string(), "/dev/zero is larger than 1 MiB");
        assert_eq!(read_named(Path::new("/dev/null"), 10).unwrap(), b"");
    }

    #[rstest]
    #[case(4 << 20, "4 MiB")]
    #[case(512 << 10, "512 KiB")]
    #[case(1_000_000, "1000000 bytes")]
    fn sizes_are_shown_in_round_units(#[case] bytes: u64, #[case] shown: &str) {
        assert_eq!(size(bytes), shown);
    }
}
