//! State folders that cannot be used.

use super::lock::LockError;
use scs_files::{ReadError, WriteError};
use std::io;
use std::path::PathBuf;
use thiserror::Error;

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
    #[error("{file}, line {line}: this is no line of a history: {reason}; if a newer version of this program has written it, use that one; if the file is damaged, move it away, and the subject begins anew", file = file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The reason.
        reason: String,
    },
}
