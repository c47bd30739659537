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
    /// Everybody may write into it.
    #[error("everybody may write into the state folder {folder} (mode {mode:o}), and so change results; run: chmod o-w {folder}", folder = folder.display())]
    Shared {
        /// The folder.
        folder: PathBuf,
        /// The mode of the folder.
        mode: u32,
    },
    /// It is as a newer version of this program writes it, or nobody knows.
    #[error("{file} says that the state folder has version \"{found}\"; this program knows version {known}: use the newer program, or another folder", file = file.display())]
    Version {
        /// The file with the version.
        file: PathBuf,
        /// The version that stands there.
        found: String,
        /// The version that this program writes.
        known: u32,
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
