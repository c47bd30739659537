//! The histories of a state folder, to be read while a night may be going on. Nothing is made or locked.

use super::error::StateError;
use super::history::History;
use std::path::{Path, PathBuf};

/// The version of the state folder that this program writes, and the only one that it reads.
const VERSION: u32 = 1;

/// A state folder to look into.
pub struct StateView {
    pub(super) root: PathBuf,
}

impl StateView {
    /// Looks into a folder, which need not be there.
    ///
    /// # Errors
    /// Everybody may write into it, or it has a version that this program does not know.
    pub fn open(root: &Path) -> Result<Self, StateError> {
        let view = Self { root: root.to_owned() };
        view.check_mode()?;
        view.check_version()?;
        Ok(view)
    }

    /// Returns the history of a subject in a scope.
    pub fn history(&self, subject: &str, scope: &str) -> History {
        History::new(self.root.join("history").join(format!("{subject}.{scope}.jsonl")))
    }

    /// Lists the histories: subject and scope, in the order of their names.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn histories(&self) -> Result<Vec<(String, String)>, StateError> {
        let folder = self.root.join("history");
        let unreadable = |source| StateError::Folder { folder: folder.clone(), source };
        let mut histories = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let named = name.to_str().and_then(|name| name.strip_suffix(".jsonl")?.rsplit_once('.'));
            histories.extend(named.map(|(subject, scope)| (subject.to_owned(), scope.to_owned())));
        }
        histories.sort();
        Ok(histories)
    }

    /// Writes the version, unless it is there. A folder without one is as version 1 is.
    pub(super) fn keep_version(&self) -> Result<(), StateError> {
        let file = self.version_file();
        match file.exists() {
            true => Ok(()),
            false => Ok(scs_files::replace(&file, &format!("{VERSION}\n"))?),
        }
    }

    fn version_file(&self) -> PathBuf {
        self.root.join("version")
    }

    fn check_version(&self) -> Result<(), StateError> {
        let file = self.version_file();
        if !file.exists() {
            return Ok(());
        }
        let text = scs_files::read_text(&file, 100)?;
        match text.trim().parse() == Ok(VERSION) {
            true => Ok(()),
            false => Err(StateError::Version { file, found: text.trim().to_owned(), known: VERSION }),
        }
    }

    /// Refuses a folder in which everybody could put links or results. A group may have its own: volumes of Kubernetes do.
    #[cfg(unix)]
    fn check_mode(&self) -> Result<(), StateError> {
        use std::os::unix::fs::PermissionsExt;
        let Ok(metadata) = std::fs::metadata(&self.root) else { return Ok(()) };
        let mode = metadata.permissions().mode() & 0o7777;
        match mode & 0o002 {
            0 => Ok(()),
            _ => Err(StateError::Shared { folder: self.root.clone(), mode }),
        }
    }

    #[cfg(not(unix))]
    fn check_mode(&self) -> Result<(), StateError> {
        Ok(())
    }
}
