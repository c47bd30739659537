//! The spool: reports that are signed and not delivered yet, a file for each report and server.

use chrono::{DateTime, Utc};
use scs_files::{ReadError, WriteError};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The largest parcel that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The largest number of parcels that are read.
const MOST: usize = 10_000;

/// A signed report on its way to a server. It holds no secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// The address of the server.
    pub server: String,
    /// The account.
    pub account: String,
    /// The subject.
    pub subject: String,
    /// The id of the report.
    pub report: String,
    /// The instant at which it was signed.
    pub signed_at: DateTime<Utc>,
    /// The signature, `&`, and the report.
    pub body: String,
}

/// A folder of parcels.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

/// A spool that cannot be used.
#[derive(Debug, Error)]
pub enum SpoolError {
    /// The folder cannot be read.
    #[error("the spool {folder} cannot be read: {source}", folder = folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A parcel cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A parcel cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file in the spool is no parcel.
    #[error("{file} is no parcel: {reason}; move it away", file = file.display())]
    Broken {
        /// The file.
        file: PathBuf,
        /// The reason.
        reason: String,
    },
}

impl Parcel {
    /// Joins a signature and a report as servers want them (digest of today's contract, 3.3).
    pub fn body(signature: &str, report: &str) -> String {
        format!("{}\n&{report}", signature.trim_end())
    }

    /// Returns the name of its file: the same report to the same server has one name.
    fn name(&self) -> String {
        let server: String = self.server.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        format!("{}.{server}.json", self.report)
    }
}

impl Spool {
    /// Returns the spool in a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Adds a parcel. When it is on the disk, this returns.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&self, parcel: &Parcel) -> Result<(), SpoolError> {
        let file = self.folder.join(parcel.name());
        let text = serde_json::to_string(parcel).map_err(|error| WriteError::new(&file, error.into()))?;
        Ok(scs_files::replace(&file, &text)?)
    }

    /// Removes a parcel that was delivered.
    ///
    /// # Errors
    /// Its file cannot be removed.
    pub fn remove(&self, parcel: &Parcel) -> Result<(), SpoolError> {
        let file = self.folder.join(parcel.name());
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(WriteError::new(&file, error).into()),
            _ => Ok(()),
        }
    }

    /// Reads all parcels, the oldest first, and what cannot be read.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn parcels(&self) -> Result<(Vec<Parcel>, Vec<SpoolError>), SpoolError> {
        let unreadable = |source| SpoolError::Folder { folder: self.folder.clone(), source };
        let entries = fs::read_dir(&self.folder).map_err(unreadable)?.take(MOST);
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>();
        let mut paths: Vec<PathBuf> = paths.map_err(unreadable)?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        let (mut parcels, mut problems) = (Vec::new(), Vec::new());
        for path in paths {
            match read(&path) {
                Ok(parcel) => parcels.push(parcel),
                Err(problem) => problems.push(problem),
            }
        }
        parcels.sort_by_key(|parcel: &Parcel| parcel.signed_at);
        Ok((parcels, problems))
    }
}

fn read(path: &Path) -> Result<Parcel, SpoolError> {
    let text = scs_files::read_text(path, LARGEST)?;
    serde_json::from_str(&text).map_err(|error| SpoolError::Broken { file: path.to_owned(), reason: error.to_string() })
}
