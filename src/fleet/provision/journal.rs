//! The journal of clusters: one file per subject, written before anything is asked for, and removed when the cluster is gone.

use crate::state::{StateError, StateFolder};
use chrono::{DateTime, NaiveDate, Utc};
use scs_files::{ReadError, ReadProblem, WriteError};
use serde::{Deserialize, Serialize};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The largest record, in bytes.
const LARGEST: u64 = 64 << 10;

/// The version of this format.
pub(super) const VERSION: u32 = 1;

/// A cluster that was made for a night, or is about to be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterRecord {
    /// The version of this format.
    pub version: u32,
    /// The name of the cluster.
    pub name: String,
    /// The kind of the provisioner.
    pub kind: String,
    /// The place in which it was asked for.
    pub place: String,
    /// The name of the subject.
    pub subject: String,
    /// The date of the night.
    pub night: NaiveDate,
    /// The instant before it was asked for.
    pub created_at: DateTime<Utc>,
    /// The identifier of the run, which is in its labels.
    pub run: String,
    /// The UID of the object; none as long as nobody has answered.
    pub uid: Option<String>,
}

/// The file with the record of one subject's cluster.
#[derive(Clone, Debug)]
pub struct ClusterJournal {
    folder: PathBuf,
    subject: String,
}

impl ClusterJournal {
    /// Returns the journal of a subject.
    pub fn new(state: &StateFolder, subject: &str) -> Self {
        Self { folder: state.clusters(), subject: subject.to_owned() }
    }

    /// Lists the subjects that have a record, in the order of their names.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub async fn subjects(state: &StateFolder) -> Result<Vec<String>, StateError> {
        let folder = state.clusters();
        aside(move || {
            let unreadable = |source| StateError::Folder { folder: folder.clone(), source };
            let mut subjects = Vec::new();
            for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
                let name = entry.map_err(unreadable)?.file_name();
                subjects.extend(name.to_str().and_then(|name| name.strip_suffix(".json")).map(str::to_owned));
            }
            subjects.sort();
            Ok(subjects)
        })
        .await
    }

    fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.subject))
    }

    /// Returns the file for the kubeconfig of the cluster.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join(format!("{}.kubeconfig", self.subject))
    }

    /// Reads the record; none if there is no cluster.
    ///
    /// # Errors
    /// The file cannot be read, or is not a record.
    pub async fn read(&self) -> Result<Option<ClusterRecord>, StateError> {
        let file = self.file();
        aside(move || read(&file)).await
    }

    /// Writes the record. When it is on the disk, this returns.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn write(&self, record: &ClusterRecord) -> Result<(), StateError> {
        let (file, record) = (self.file(), record.clone());
        aside(move || {
            let text = serde_json::to_string_pretty(&record).map_err(|error| WriteError::new(&file, error.into()))?;
            Ok(scs_files::replace(&file, &format!("{text}\n"))?)
        })
        .await
    }

    /// Removes record and kubeconfig: the cluster is gone.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub async fn erase(&self) -> Result<(), StateError> {
        let files = [self.kubeconfig(), self.file()];
        aside(move || {
            for file in files {
                match std::fs::remove_file(&file) {
                    Err(error) if error.kind() != ErrorKind::NotFound => Err(WriteError::new(&file, error))?,
                    _ => {}
                }
            }
            Ok(())
        })
        .await
    }
}

fn read(file: &Path) -> Result<Option<ClusterRecord>, StateError> {
    let text = match scs_files::read_text(file, LARGEST) {
        Err(error) if error.is_missing() => return Ok(None),
        other => other?,
    };
    let record: Result<ClusterRecord, _> = serde_json::from_str(&text);
    let refuse = |why: String| {
        let help = "look for the cluster that it names, and remove both by hand";
        let problem = ReadProblem::Unreadable(Error::other(format!("it is not a record of a cluster: {why}; {help}")));
        StateError::Read(ReadError { path: file.to_owned(), problem })
    };
    match record {
        Ok(record) if record.version == VERSION => Ok(Some(record)),
        Ok(record) => Err(refuse(format!("its version is {}", record.version))),
        Err(error) => Err(refuse(error.to_string())),
    }
}

/// Works with files beside the runtime.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(defect) => std::panic::resume_unwind(defect.into_panic()),
    }
}
