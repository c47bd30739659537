//! The state folder of a fleet: what was tested, when, with which result, and what is still to be delivered.
//!
//! One process at a time works with it. Nothing in it is a secret but the kubeconfigs of clusters that were made for the night,
//! which only their owner can read and which go with them. Everything in it survives a `kill -9`: lines are
//! appended, and files are replaced as a whole.

mod error;
mod history;
mod lock;
#[cfg(test)]
mod tests;
mod view;

pub use error::StateError;
pub use history::{Attempt, History};
pub use lock::{LockError, StateLock};
pub use view::StateView;

use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};

/// The file with the end of the last night in which everything was tested and delivered.
const LAST_SUCCESS: &str = "last-success";

/// The folder with the state of a fleet, which belongs to this process.
pub struct StateFolder {
    view: StateView,
    _lock: StateLock,
}

impl StateFolder {
    /// Opens the folder, and makes it if it is not there. It can be used until this is dropped.
    ///
    /// # Errors
    /// It cannot be made or written, everybody may write into it, a newer version of this program has used it, or another
    /// process works with it.
    pub fn open(root: &Path) -> Result<Self, StateError> {
        let unusable = |source| StateError::Folder { folder: root.to_owned(), source };
        scs_files::private_folder(root).map_err(unusable)?;
        let lock = StateLock::take(&root.join("lock"))?;
        let view = StateView::open(root)?;
        view.keep_version()?;
        for folder in ["clusters", "history", "journals", "spool"] {
            scs_files::private_folder(&root.join(folder)).map_err(unusable)?;
        }
        Ok(Self { view, _lock: lock })
    }

    /// Returns the folder of the journals of a subject: what is unclear about one leaves the others alone.
    pub fn journals_of(&self, subject: &str) -> PathBuf {
        self.view.root.join("journals").join(subject)
    }

    /// Lists the subjects in which something may be left, by their journals, in the order of their names.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn subjects_with_journals(&self) -> Result<Vec<String>, StateError> {
        let folder = self.view.root.join("journals");
        let unreadable = |source| StateError::Folder { folder: folder.clone(), source };
        let mut subjects = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let is_folder = entry.file_type().map_err(unreadable)?.is_dir();
            if is_folder && std::fs::read_dir(entry.path()).map_err(unreadable)?.next().is_some() {
                subjects.extend(entry.file_name().to_str().map(str::to_owned));
            }
        }
        subjects.sort();
        Ok(subjects)
    }

    /// Returns the folder with the journal of the clusters that were made for a night.
    pub fn clusters(&self) -> PathBuf {
        self.view.root.join("clusters")
    }

    /// Returns the folder of what could not be delivered.
    pub fn spool(&self) -> PathBuf {
        self.view.root.join("spool")
    }

    /// Notes that everything was tested and delivered in the night that ended at an instant.
    ///
    /// # Errors
    /// That cannot be written.
    pub fn succeeded(&self, at: DateTime<Utc>) -> Result<(), StateError> {
        Ok(scs_files::replace(&self.view.root.join(LAST_SUCCESS), &format!("{}\n", at.to_rfc3339()))?)
    }

    /// Returns the end of the last night in which everything was tested and delivered.
    ///
    /// # Errors
    /// That cannot be read.
    pub fn last_success(&self) -> Result<Option<DateTime<Utc>>, StateError> {
        let file = self.view.root.join(LAST_SUCCESS);
        match file.exists() {
            true => Ok(scs_files::read_text(&file, 100)?.trim().parse().ok()),
            false => Ok(None),
        }
    }

    /// Returns the view of the folder that needs no lock.
    pub fn view(&self) -> &StateView {
        &self.view
    }

    /// Returns the history of a subject in a scope.
    pub fn history(&self, subject: &str, scope: &str) -> History {
        self.view.history(subject, scope)
    }
}
