//! The journal of a run: what it is about to create and what it created, on disk before anything
//! happens, so that a run that was killed leaves behind how to clean up after it.

use super::kind::Kind;
use super::name::RunId;
use super::place::Place;
use crate::files;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The name of journals ends so.
const EXTENSION: &str = "journal";
/// The version of the format.
const VERSION: u32 = 2;

/// The largest journal that is read, in bytes; a line has some 200, and a run creates at most some hundred things.
const LARGEST: u64 = 4 << 20;

/// One line of a journal.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Line {
    /// The first line.
    Begins {
        /// The version of this format.
        version: u32,
        /// The run.
        run: String,
        /// Where.
        place: Place,
        /// What runs.
        tool: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// A creating request is about to be sent.
    Intent {
        /// The number of the entry.
        entry: usize,
        /// What is to be created.
        kind: Kind,
        /// Under which name.
        name: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// It exists.
    Exists {
        /// The number of the entry.
        entry: usize,
        /// Its id.
        id: String,
    },
    /// It certainly did not come into being, or is gone.
    Gone {
        /// The number of the entry.
        entry: usize,
    },
    /// It could not be removed.
    Left {
        /// The number of the entry.
        entry: usize,
        /// Why.
        why: String,
    },
}

/// The journal of a run that goes on. It is locked, so that nobody takes it for that of a dead one.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    entries: AtomicUsize,
}

impl Journal {
    /// Begins the journal of a run in this folder, which comes into being if need be.
    ///
    /// # Errors
    /// One sentence: what cannot be written, and what to do.
    pub fn begin(folder: &Path, run: &RunId, place: &Place, tool: &str) -> Result<Self, String> {
        let path = folder.join(format!("{run}.{EXTENSION}"));
        let begin = || -> io::Result<Self> {
            fs::create_dir_all(folder)?;
            let file = OpenOptions::new().append(true).create_new(true).open(&path)?;
            let line = Line::Begins {
                version: VERSION,
                run: run.to_string(),
                place: place.clone(),
                tool: tool.to_owned(),
                at: Utc::now(),
            };
            let begun = Self::of(&path, file).and_then(|journal| {
                journal.write(&line)?;
                // The name has to survive as well as the content.
                File::open(folder)?.sync_all()?;
                Ok(journal)
            });
            // Half a journal would be taken for that of a run that did not finish.
            begun.inspect_err(|_| drop(fs::remove_file(&path)))
        };
        begin().map_err(|error| unwritable(&path, &error))
    }

    /// A journal in this file, still without a line. Who reads it at this moment is waited for.
    fn of(path: &Path, file: File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file), entries: AtomicUsize::new(0) })
    }

    /// A journal in a file that is there already.
    #[cfg(test)]
    pub(super) fn on(path: &Path) -> io::Result<Self> {
        Self::of(path, OpenOptions::new().append(true).open(path)?)
    }

    /// Proves that journals can be written in this folder, before anything is asked of a cloud.
    ///
    /// # Errors
    /// As [`Journal::begin`].
    pub fn try_out(folder: &Path) -> Result<(), String> {
        let path = folder.join(format!("trial-{}", std::process::id()));
        let try_out = || -> io::Result<()> {
            fs::create_dir_all(folder)?;
            // As much as a long run writes, so that a full disk is noticed here.
            fs::write(&path, [b' '; 64 * 1024])?;
            File::open(&path)?.sync_all()?;
            fs::remove_file(&path)
        };
        try_out().map_err(|error| {
            let _ = fs::remove_file(&path);
            unwritable(folder, &error)
        })
    }

    /// Notes what is about to be created, and gives the number of the entry back when that is on disk.
    ///
    /// # Errors
    /// As [`Journal::note`].
    pub fn intend(&self, kind: Kind, name: &str) -> Result<usize, String> {
        let entry = self.entries.fetch_add(1, Ordering::Relaxed);
        self.note(&Line::Intent { entry, kind, name: name.to_owned(), at: Utc::now() })?;
        Ok(entry)
    }

    /// Writes a line, and returns when it is on disk.
    ///
    /// # Errors
    /// One sentence: what cannot be written, and what to do.
    pub fn note(&self, line: &Line) -> Result<(), String> {
        self.write(line).map_err(|error| unwritable(&self.path, &error))
    }

    fn write(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let length = file.metadata()?.len();
        // Half a line would spoil the next one.
        file.write_all(text.as_bytes()).inspect_err(|_| drop(file.set_len(length)))?;
        file.sync_data()?;
        still_there(&file)
    }

    /// Nothing is left, so nobody needs it any more.
    pub fn finish(&self) {
        // If it stays, the next run says so, and `sweep` finds nothing to do.
        let _ = fs::remove_file(&self.path);
    }
}

/// What is written into a file that nobody can find any more is as good as not written.
fn still_there(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) == 0 {
        return Err(io::Error::new(io::ErrorKind::NotFound, "it was removed"));
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn unwritable(path: &Path, error: &io::Error) -> String {
    format!(
        "the journal {} cannot be written: {error}; nothing is created without one: make room, or name \
         another folder with --journal",
        path.display()
    )
}

/// The journal of a run that did not finish.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// The run.
    pub run: RunId,
    /// Where.
    pub place: Place,
    /// When its last creating request was sent, if that was never answered: the service may still be at it.
    pub unanswered_since: Option<DateTime<Utc>>,
    /// Its file.
    pub path: PathBuf,
}

impl Unfinished {
    /// The run was cleaned up after.
    ///
    /// # Errors
    /// One sentence.
    pub fn remove(&self) -> Result<(), String> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("the journal {} cannot be removed: {error}", self.path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// The journals in a folder that belong to runs that did not finish; and what is wrong with files that
/// cannot be read. Journals of runs that go on are left out.
pub fn unfinished(folder: &Path) -> (Vec<Unfinished>, Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return (Vec::new(), Vec::new()) };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION)).collect();
    paths.sort();
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match read(&path) {
            Ok(journal) => found.extend(journal),
            Err(why) => problems.push(format!("the journal {} cannot be read: {why}", path.display())),
        }
    }
    (found, problems)
}

/// A journal; none if its run goes on, has ended meanwhile, or has not begun to create anything.
fn read(path: &Path) -> Result<Option<Unfinished>, String> {
    let file = match files::open(path) {
        Err(error) if error.is_missing() => return Ok(None),
        other => other.map_err(|error| error.trouble.to_string())?,
    };
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error.to_string()),
        Ok(()) => {}
    }
    let mut text = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes"));
    }
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    let Some(first) = lines.next() else { return Ok(None) };
    let Ok(Line::Begins { version: VERSION, run, place, .. }) = serde_json::from_str(first) else {
        return Err("its first line is not that of a journal of this program".to_owned());
    };
    let mut unanswered = Vec::new();
    // A line that broke off with its run says nothing; what it was about has its intent before it.
    for line in lines.filter_map(|line| serde_json::from_str(line).ok()) {
        match line {
            Line::Intent { entry, at, .. } => unanswered.push((entry, at)),
            Line::Exists { entry, .. } | Line::Gone { entry } => unanswered.retain(|(other, _)| *other != entry),
            Line::Begins { .. } | Line::Left { .. } => {}
        }
    }
    let unanswered_since = unanswered.into_iter().map(|(_, at)| at).max();
    Ok(Some(Unfinished { run: run.parse()?, place, unanswered_since, path: path.to_owned() }))
}
