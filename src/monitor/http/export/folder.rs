//! The folder of an export: it is written beside the old one, and takes its place once it is complete.

use crate::http::files::StartError;
use crate::store::StoreError;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The file that tells an export from any other folder.
const MARKER: &str = ".scs-monitor-export";

const MARKED: &str = "This folder was written by scs-monitor export-static, which replaces all of it.\n";

/// An export that was not written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The folder is not one that may be replaced.
    #[error("{}: {problem}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The problem and the remedy.
        problem: String,
    },
    /// A page cannot be made.
    #[error("{path}: the page was answered with {status}; see the log")]
    Page {
        /// The path.
        path: String,
        /// The status.
        status: u16,
    },
    /// There are more pages than are written.
    #[error("the site has more than {0} pages; nothing was written")]
    TooMany(usize),
    /// The files of the server cannot be read.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A folder that is being written.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    partial: PathBuf,
    old: PathBuf,
    is_complete: bool,
}

impl Folder {
    /// Begins a new folder beside the one that it is to replace.
    ///
    /// # Errors
    /// There is something else in the way, or nothing can be written.
    pub fn create(target: &Path) -> Result<Self, ExportError> {
        let problem = |problem: &str| ExportError::Folder { path: target.to_owned(), problem: problem.to_owned() };
        if target.exists() && !may_be_replaced(target) {
            return Err(problem("is not empty, and was not written by export-static; name a new or empty folder"));
        }
        let name = target.file_name().ok_or_else(|| problem("has no name of its own; name a folder in it"))?;
        let beside = |end: &str| target.with_file_name(format!(".{}.{end}", name.to_string_lossy()));
        let folder =
            Self { target: target.to_owned(), partial: beside("partial"), old: beside("old"), is_complete: false };
        for left in [&folder.partial, &folder.old] {
            // An export that was killed left it.
            if left.join(MARKER).is_file() {
                fs::remove_dir_all(left).map_err(|error| failed(left, &error))?;
            }
        }
        fs::create_dir_all(&folder.partial).map_err(|error| failed(&folder.partial, &error))?;
        folder.write(&[MARKER.to_owned()], MARKED.as_bytes())?;
        Ok(folder)
    }

    fn path(&self, names: &[String]) -> PathBuf {
        names.iter().fold(self.partial.clone(), |path, name| path.join(name))
    }

    /// Writes a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, names: &[String], content: &[u8]) -> Result<(), ExportError> {
        let path = self.path(names);
        let parent = path.parent().unwrap_or(&self.partial);
        let written =
            fs::create_dir_all(parent).and_then(|()| File::create(&path)).and_then(|mut file| file.write_all(content));
        written.map_err(|error| failed(&path, &error))
    }

    /// Reads a file that was written.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, names: &[String]) -> Result<String, ExportError> {
        let path = self.path(names);
        fs::read_to_string(&path).map_err(|error| failed(&path, &error))
    }

    /// Puts the folder in the place of the old one.
    ///
    /// # Errors
    /// The old one cannot be moved away.
    pub fn complete(mut self) -> Result<(), ExportError> {
        let target = self.target.clone();
        let moved = |error: io::Error| failed(&target, &error);
        if self.target.exists() {
            // An old export is moved away, since a folder that is not empty is never replaced. Readers miss it for a moment.
            if self.target.join(MARKER).is_file() {
                fs::rename(&self.target, &self.old).map_err(moved)?;
            } else {
                fs::remove_dir(&self.target).map_err(moved)?;
            }
        }
        if let Err(error) = fs::rename(&self.partial, &self.target) {
            let _ = fs::rename(&self.old, &self.target);
            return Err(moved(error));
        }
        self.is_complete = true;
        let _ = fs::remove_dir_all(&self.old);
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_complete {
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// Returns true for an empty folder, and for one that was an export before.
fn may_be_replaced(target: &Path) -> bool {
    target.is_dir()
        && (target.join(MARKER).is_file() || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none()))
}

fn failed(path: &Path, error: &io::Error) -> ExportError {
    ExportError::Folder {
        path: path.to_owned(),
        problem: format!("cannot be written: {error}; name a folder in which you may write"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exports_and_empty_folders_are_replaced() {
        let home = tempfile::tempdir().unwrap();
        let target = home.path().join("site");
        let page = ["index.html".to_owned()];
        for (number, content) in [(1, "one"), (2, "two")] {
            let folder = Folder::create(&target).unwrap();
            folder.write(&page, content.as_bytes()).unwrap();
            assert_eq!(
                target.join("index.html").exists(),
                number == 2,
                "the old one stays until the new one is complete"
            );
            folder.complete().unwrap();
            assert_eq!(fs::read_to_string(target.join("index.html")).unwrap(), content);
        }
        drop(Folder::create(&target).unwrap());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing is left beside it");
        fs::remove_file(target.join(MARKER)).unwrap();
        assert!(Folder::create(&target).unwrap_err().to_string().contains("is not empty"));
        assert_eq!(fs::read_to_string(target.join("index.html")).unwrap(), "two");
        fs::create_dir(home.path().join("empty")).unwrap();
        Folder::create(&home.path().join("empty")).unwrap().complete().unwrap();
        assert!(Folder::create(Path::new("/")).is_err());
    }
}
