//! Documents in a folder: what was fetched before, or what somebody brought along.
//!
//! Beside a document `NAME` stands `NAME.fetched`, which says when and from where it was had. A
//! folder that somebody filled by hand need not have these files.

use super::documents::is_cve_id;
use super::sources::Document;
use chrono::{DateTime, Utc};
use scs_files::ReadError;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The time and the address of fetching a document.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Fetched {
    /// Its address.
    pub address: String,
    /// The time at which the server last confirmed this state.
    pub at: DateTime<Utc>,
    /// The server's name for this state, to ask whether there is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The time of the last change, in the server's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// A document in a folder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CachedDocument {
    /// Its text.
    pub text: String,
    /// Its origin, if that is known.
    pub fetched: Option<Fetched>,
}

/// A folder of documents that cannot be used.
#[derive(Debug, Error)]
pub enum CacheError {
    /// A file is there, but cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

/// A folder of documents.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Returns the folder at a path. It need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Reads a document; none if it is not there.
    ///
    /// # Errors
    /// It is there, but cannot be read.
    pub fn read(&self, document: &Document) -> Result<Option<CachedDocument>, CacheError> {
        let path = self.0.join(document.file());
        let Some(text) = read(&path, document.largest())? else { return Ok(None) };
        let note = read(&note_of(&path), 1 << 16)?;
        // A note that cannot be read says nothing; the document itself is still good.
        let fetched = note.and_then(|note| serde_json::from_str(&note).ok());
        Ok(Some(CachedDocument { text, fetched }))
    }

    /// Keeps a document. The note is written last, so that it never speaks of another text.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, document: &Document, text: &str, fetched: &Fetched) -> Result<(), CacheError> {
        let path = self.0.join(document.file());
        let write = || {
            let note = serde_json::to_string(fetched)?;
            fs::create_dir_all(path.parent().unwrap_or(&self.0))?;
            match fs::remove_file(note_of(&path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            replace(&path, text)?;
            replace(&note_of(&path), &note)
        };
        write().map_err(|source: io::Error| CacheError::Write { path: path.clone(), source })
    }

    /// Returns the ids of the records that are there.
    pub fn records(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.join("cve")).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut ids: Vec<String> = names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
        ids.retain(|id| is_cve_id(id));
        ids.sort();
        ids
    }
}

fn note_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".fetched");
    PathBuf::from(name)
}

fn read(path: &Path, largest: usize) -> Result<Option<String>, ReadError> {
    match scs_files::read_text(path, largest as u64) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file as a whole or not at all: others may be reading it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetched() -> Fetched {
        Fetched {
            address: "https://example.org/eol.yaml".into(),
            at: "2026-11-20T10:00:00Z".parse().unwrap(),
            etag: Some("\"1\"".into()),
            last_modified: None,
        }
    }

    #[test]
    fn what_is_kept_is_found_again_with_its_dates() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path().join("new/kubernetes"));
        let record = Document::Record("CVE-2024-10220".into());
        assert_eq!(folder.read(&record).unwrap(), None);
        assert!(folder.records().is_empty());
        for text in ["a", "b"] {
            folder.write(&record, text, &fetched()).unwrap();
            let document = CachedDocument { text: text.into(), fetched: Some(fetched()) };
            assert_eq!(folder.read(&record).unwrap(), Some(document));
        }
        fs::write(folder.path().join("cve/notes.json"), "{}").unwrap();
        assert_eq!(folder.records(), ["CVE-2024-10220"]);
    }

    #[test]
    fn a_document_without_its_note_is_still_a_document() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        for note in [None, Some("garbage")] {
            fs::write(place.path().join("eol.yaml"), "branches: []").unwrap();
            if let Some(note) = note {
                fs::write(place.path().join("eol.yaml.fetched"), note).unwrap();
            }
            let kept = folder.read(&Document::EndsOfLife).unwrap().unwrap();
            assert_eq!((kept.text.as_str(), kept.fetched), ("branches: []", None));
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path());
        fs::create_dir(place.path().join("eol.yaml")).unwrap();
        assert!(folder.read(&Document::EndsOfLife).unwrap_err().to_string().contains("eol.yaml is a folder"));
        fs::write(place.path().join("schedule.yaml"), b"\xff").unwrap();
        assert!(folder.read(&Document::Schedule).unwrap_err().to_string().contains("is not text"));
        let large = Document::Record("CVE-0000-0000".into());
        fs::create_dir(place.path().join("cve")).unwrap();
        fs::write(place.path().join(large.file()), vec![b' '; large.largest() + 1]).unwrap();
        assert!(folder.read(&large).unwrap_err().to_string().contains("is larger than 1 MiB"));
        let under_a_file = Folder::new(place.path().join("schedule.yaml"));
        assert!(under_a_file.write(&Document::Feed, "x", &fetched()).is_err());
    }
}
