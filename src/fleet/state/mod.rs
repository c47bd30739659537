//! The state folder of a fleet: what was tested, when, with which result, and what is still to be delivered.
//!
//! One process at a time works with it. Nothing in it is a secret, and everything in it survives a `kill -9`: lines are
//! appended, and files are replaced as a whole.

mod history;
mod lock;
#[cfg(test)]
mod tests;

pub use history::{Attempt, History};
pub use lock::{LockError, StateLock};

use scs_files::{ReadError, WriteError};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The folder with the state of a fleet, which belongs to this process.
pub struct StateFolder {
    root: PathBuf,
    _lock: StateLock,
}

/// A state folder that cannot be used.
#[derive(Debug, Error)]
pub enum StateError {
    /// It cannot be made or opened.
    #[error("the state folder {folder} cannot be used: {source}", folder = folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Another process works with it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file in it cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file in it cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A line in it is not as this program writes it.
    #[error("{file}, line {line}: this is no line of a history: {reason}; move the file away to begin anew", file = file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The reason.
        reason: String,
    },
}

impl StateFolder {
    /// Opens the folder, and makes it if it is not there. It can be used until this is dropped.
    ///
    /// # Errors
    /// It cannot be made or written, or another process works with it.
    pub fn open(root: &Path) -> Result<Self, StateError> {
        let unusable = |source| StateError::Folder { folder: root.to_owned(), source };
        scs_files::private_folder(root).map_err(unusable)?;
        let lock = StateLock::take(&root.join("lock"))?;
        for folder in ["history", "journals", "spool"] {
            scs_files::private_folder(&root.join(folder)).map_err(unusable)?;
        }
        Ok(Self { root: root.to_owned(), _lock: lock })
    }

    /// Returns the folder of the journals, for sweeping.
    pub fn journals(&self) -> PathBuf {
        self.root.join("journals")
    }

    /// Returns the folder of what could not be delivered.
    pub fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }

    /// Returns the history of a subject in a scope.
    pub fn history(&self, subject: &str, scope: &str) -> History {
        History::new(self.root.join("history").join(format!("{subject}.{scope}.jsonl")))
    }
}
