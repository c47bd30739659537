//! The lock of the state folder: two nights at once would overwrite each other's results.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The right to work with a state folder. The operating system takes it back when the process ends, however it ends.
pub struct StateLock {
    _file: File,
}

/// A lock that cannot be taken.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process has it.
    #[error(
        "another night works with this state folder ({holder}); wait for it, or name another folder with --state-dir"
    )]
    Held {
        /// The process, as it has described itself.
        holder: String,
    },
    /// The file cannot be locked.
    #[error("{file} cannot be locked: {source}", file = file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl StateLock {
    /// Takes the lock, and writes into the file who has it.
    ///
    /// # Errors
    /// Another process has it, or the file cannot be written or locked.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let unusable = |source| LockError::Unusable { file: path.to_owned(), source };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held { holder: holder(&mut file) }),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let began = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S UTC");
        let line = format!("process {}, since {began}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(line.as_bytes()))
            .map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(200).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "it has not said which process".to_owned(),
    }
}
