//! The spool: reports that are signed and not delivered yet, a file for each report, server and account. Those that were refused
//! are in a folder of their own, as sending them again changes nothing.

use super::parcel::{Parcel, Spooled};
use scs_files::{ReadError, WriteError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The largest parcel that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The largest number of parcels that are looked at.
const MOST: usize = 10_000;

/// A folder of parcels.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

/// The parcels of a folder.
#[derive(Debug, Default)]
pub struct Contents {
    /// The parcels without their bodies, the oldest first.
    pub parcels: Vec<Spooled>,
    /// The files that cannot be read.
    pub problems: Vec<SpoolError>,
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
    /// There are more parcels than one night sends.
    #[error("{folder} has {more} parcels more than are sent at once; they are sent later, the oldest first", folder = folder.display())]
    TooMany {
        /// The folder.
        folder: PathBuf,
        /// The number of those that wait for another time.
        more: usize,
    },
}

impl Spool {
    /// Returns the spool in a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Adds a parcel, and returns it without its body. When it is on the disk, this returns.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&self, parcel: &Parcel) -> Result<Spooled, SpoolError> {
        let file = self.folder.join(parcel.file_name());
        write(&file, parcel)?;
        Ok(parcel.spooled(file))
    }

    /// Removes a parcel that was delivered, also from among those that were refused before.
    ///
    /// # Errors
    /// Its file cannot be removed.
    pub fn remove(&self, parcel: &Spooled) -> Result<(), SpoolError> {
        if let Some(name) = parcel.file.file_name() {
            remove(&self.refused_folder().join(name))?;
        }
        remove(&parcel.file)
    }

    /// Puts a parcel among those that were refused, with the reason. It is not sent again.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn refuse(&self, parcel: &Spooled, reason: &str) -> Result<(), SpoolError> {
        let refused = Parcel { refusal: Some(reason.to_owned()), ..self.open(parcel)? };
        self.make_refused_folder()?;
        write(&self.refused_folder().join(refused.file_name()), &refused)?;
        remove(&parcel.file)
    }

    /// Lets a parcel that was refused wait again.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn restore(&self, refused: &Spooled) -> Result<Spooled, SpoolError> {
        let restored = self.add(&Parcel { refusal: None, ..self.open(refused)? })?;
        remove(&refused.file)?;
        Ok(restored)
    }

    /// Removes the parcels of a report for good: those that were refused or, if there are none, those that wait. Returns what
    /// is gone.
    ///
    /// # Errors
    /// The folders cannot be read, or a file cannot be removed.
    pub fn drop_report(&self, report: &str) -> Result<Vec<Spooled>, SpoolError> {
        let of_report = |contents: Contents| contents.parcels.into_iter().filter(|one| one.report == report).collect();
        let mut gone: Vec<Spooled> = of_report(self.refused()?);
        if gone.is_empty() {
            gone = of_report(self.waiting()?);
        }
        gone.iter().try_for_each(|parcel| remove(&parcel.file))?;
        Ok(gone)
    }

    /// Reads a parcel with its body.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub fn open(&self, parcel: &Spooled) -> Result<Parcel, SpoolError> {
        let text = scs_files::read_text(&parcel.file, LARGEST)?;
        serde_json::from_str(&text).map_err(|error| broken(&parcel.file, error))
    }

    /// Lists the parcels that wait.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn waiting(&self) -> Result<Contents, SpoolError> {
        contents(&self.folder, MOST)
    }

    /// Lists the parcels that were refused.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn refused(&self) -> Result<Contents, SpoolError> {
        match self.refused_folder() {
            folder if folder.exists() => contents(&folder, MOST),
            _ => Ok(Contents::default()),
        }
    }

    fn refused_folder(&self) -> PathBuf {
        self.folder.join("refused")
    }

    fn make_refused_folder(&self) -> Result<(), SpoolError> {
        let folder = self.refused_folder();
        Ok(scs_files::private_folder(&folder).map_err(|error| WriteError::new(&folder, error))?)
    }
}

fn write(file: &Path, parcel: &Parcel) -> Result<(), SpoolError> {
    let text = serde_json::to_string(parcel).map_err(|error| WriteError::new(file, error.into()))?;
    Ok(scs_files::replace(file, &text)?)
}

fn remove(file: &Path) -> Result<(), SpoolError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(WriteError::new(file, error).into()),
        _ => Ok(()),
    }
}

/// Reads the oldest parcels of a folder, no more than so many, without their bodies.
pub(super) fn contents(folder: &Path, most: usize) -> Result<Contents, SpoolError> {
    let unreadable = |source| SpoolError::Folder { folder: folder.to_owned(), source };
    let (mut contents, mut more) = (Contents::default(), 0);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        match head(&file) {
            Ok(parcel) => contents.parcels.push(parcel),
            Err(problem) => contents.problems.push(problem),
        }
        if contents.parcels.len() > 2 * most {
            more += keep_oldest(&mut contents.parcels, most);
        }
    }
    more += keep_oldest(&mut contents.parcels, most);
    contents.problems.sort_by_key(ToString::to_string);
    if more > 0 {
        contents.problems.push(SpoolError::TooMany { folder: folder.to_owned(), more });
    }
    Ok(contents)
}

/// Sorts parcels by age, and leaves the oldest. Returns the number of those that are left out.
fn keep_oldest(parcels: &mut Vec<Spooled>, most: usize) -> usize {
    parcels.sort_by(|one, other| (one.signed_at, &one.file).cmp(&(other.signed_at, &other.file)));
    let more = parcels.len().saturating_sub(most);
    parcels.truncate(most);
    more
}

/// Reads a parcel without its body, which passes by in small pieces.
fn head(path: &Path) -> Result<Spooled, SpoolError> {
    let file = scs_files::open(path)?;
    let length = file.metadata().map_err(|error| broken(path, error))?.len();
    if length > LARGEST {
        return Err(broken(path, format!("it is larger than {LARGEST} bytes")));
    }
    Spooled::read(path, io::BufReader::new(file)).map_err(|error| broken(path, error))
}

fn broken(file: &Path, reason: impl ToString) -> SpoolError {
    SpoolError::Broken { file: file.to_owned(), reason: reason.to_string() }
}
