//! The journal of a run: what it is about to create and what it created, on disk before anything
//! happens, so that a run that was killed leaves behind how to clean up after it.

use super::baseline::Baseline;
use super::kind::Kind;
use super::name::{InvalidRunId, RunId};
use super::place::{DOMAINS, Place};
use crate::secrets::Secrets;
use chrono::{DateTime, Utc};
use scs_files::ReadProblem;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use thiserror::Error;

/// The extension of journals.
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
        /// The place of the run.
        place: Place,
        /// The version of the program.
        tool: String,
        /// The instant of this line.
        at: DateTime<Utc>,
    },
    /// A creating request is about to be sent.
    Intent {
        /// The number of the entry.
        entry: usize,
        /// The kind of the resource.
        kind: Kind,
        /// Its name.
        name: String,
        /// The instant of this line.
        at: DateTime<Utc>,
    },
    /// An entry stands for everything that another program makes from now on; this was there before.
    Before {
        /// The number of the entry.
        entry: usize,
        /// The resources that were there.
        baseline: Baseline,
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
        /// The reason.
        why: String,
    },
}

/// A journal that cannot be written or removed.
#[derive(Debug, Error)]
pub enum JournalError {
    /// It cannot be written.
    #[error(
        "the journal {} cannot be written: {source}; nothing is created without one: make room, or name another folder with --journal",
        .path.display()
    )]
    Write {
        /// The journal, or its folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// It cannot be removed.
    #[error("the journal {} cannot be removed: {source}", .path.display())]
    Remove {
        /// The journal.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

/// The reason why a journal cannot be read.
#[derive(Debug, Error)]
enum Unreadable {
    #[error("it {0}")]
    File(#[from] ReadProblem),
    #[error("it cannot be locked: {0}")]
    Lock(#[source] io::Error),
    #[error("it is not text (UTF-8)")]
    NotText,
    #[error("it is empty")]
    Empty,
    #[error("it is not a journal of this version of the program")]
    OtherFormat,
    #[error("its line {0} is not valid")]
    Line(usize),
    #[error(transparent)]
    Run(#[from] InvalidRunId),
    #[error("it is about the run {0}")]
    OtherRun(RunId),
}

/// The journal of a run that goes on. It is locked, so that it is not taken for that of a run that was killed.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    entries: AtomicUsize,
    /// The secrets that no line may repeat.
    secrets: OnceLock<Secrets>,
}

impl Journal {
    /// Begins the journal of a run in this folder, which comes into being if need be.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(folder: &Path, run: &RunId, place: &Place, tool: &str) -> Result<Self, JournalError> {
        let path = folder.join(format!("{run}{}.{EXTENSION}", place.journal_suffix()));
        let begin = || -> io::Result<Self> {
            scs_files::private_folder(folder)?;
            let file = tempfile::Builder::new().prefix(".begins-").append(true).tempfile_in(folder)?;
            let journal = Self::locked(&path, file.as_file().try_clone()?)?;
            journal.append(&Line::Begins {
                version: VERSION,
                run: run.to_string(),
                place: place.clone(),
                tool: tool.to_owned(),
                at: Utc::now(),
            })?;
            // It gets its name only now, so that no journal of a run that begins is ever empty.
            file.persist_noclobber(&path)?;
            // The name has to survive as well as the content.
            File::open(folder)?.sync_all().inspect_err(|_| drop(fs::remove_file(&path)))?;
            Ok(journal)
        };
        begin().map_err(|source| JournalError::Write { path, source })
    }

    /// Returns a journal in this file, still without a line, once nobody else reads it.
    fn locked(path: &Path, file: File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            entries: AtomicUsize::new(0),
            secrets: OnceLock::new(),
        })
    }

    /// Returns a journal in a file that is there already.
    #[cfg(test)]
    pub(super) fn on(path: &Path) -> io::Result<Self> {
        Self::locked(path, fs::OpenOptions::new().append(true).open(path)?)
    }

    /// Proves that journals can be written in this folder, before anything is asked of a cloud.
    ///
    /// # Errors
    /// As [`Journal::begin`].
    pub fn try_out(folder: &Path) -> Result<(), JournalError> {
        let try_out = || -> io::Result<()> {
            scs_files::private_folder(folder)?;
            // As much as a long run writes, so that a full disk is noticed here.
            let mut file = tempfile::tempfile_in(folder)?;
            file.write_all(&[b' '; 64 * 1024])?;
            file.sync_all()
        };
        try_out().map_err(|source| JournalError::Write { path: folder.to_owned(), source })
    }

    /// Returns the number of the next entry.
    pub fn next_entry(&self) -> usize {
        self.entries.fetch_add(1, Ordering::Relaxed)
    }

    /// Writes a line, and returns when it is on disk.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note(&self, line: &Line) -> Result<(), JournalError> {
        self.write(line).map_err(|source| JournalError::Write { path: self.path.clone(), source })
    }

    fn write(&self, line: &Line) -> io::Result<()> {
        self.append(line)?;
        still_there(&self.file.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn append(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        if let Some(secrets) = self.secrets.get() {
            secrets.clean(&mut text);
        }
        text.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let length = file.metadata()?.len();
        // Half a line would spoil the next one.
        file.write_all(text.as_bytes()).inspect_err(|_| drop(file.set_len(length)))?;
        file.sync_data()
    }

    /// Keeps these secrets out of all lines from now on.
    pub fn hide(&self, secrets: Secrets) {
        self.secrets.get_or_init(|| secrets);
    }

    /// Removes the journal, as nothing is left that it is needed for.
    pub fn finish(&self) {
        // If it stays, the next run says so, and `sweep` finds nothing to do.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes sure that the file still has a name: an entry that nobody can find is as good as not written.
fn still_there(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) == 0 {
        return Err(io::Error::new(io::ErrorKind::NotFound, "it was removed"));
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// The journal of a run that did not finish.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// The run.
    pub run: RunId,
    /// The place of the run.
    pub place: Place,
    /// The instant of its last creating request that was never answered: the service may still be working on it.
    pub unanswered_since: Option<DateTime<Utc>>,
    /// The resources that were there before Tempest began, if it did.
    pub before: Vec<Baseline>,
    /// Its file.
    pub path: PathBuf,
}

impl Unfinished {
    /// Removes the journal, once everything of its run is cleaned up.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self) -> Result<(), JournalError> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(JournalError::Remove { path: self.path.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

/// A journal that cannot be read, so that only its name is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Unread {
    /// The run in its name.
    pub run: Option<RunId>,
    /// The instant of its last change, if the file has one.
    pub changed_at: Option<DateTime<Utc>>,
    /// One sentence: the file, and the reason.
    pub why: String,
}

/// The journals in a folder, but for those of runs that go on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundJournals {
    /// Those of runs that did not finish.
    pub unfinished: Vec<Unfinished>,
    /// Those that cannot be read; also the folder, if that cannot be read.
    pub unread: Vec<Unread>,
}

/// Reads the journals in a folder.
pub fn unfinished(folder: &Path) -> FoundJournals {
    let mut found = FoundJournals::default();
    let entries = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<PathBuf> = match entries {
        Ok(paths) => paths,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return found,
        Err(error) => {
            let why = format!("the folder of journals {} cannot be read: {error}", folder.display());
            found.unread.push(Unread { run: None, changed_at: None, why });
            return found;
        }
    };
    paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    paths.sort();
    for path in paths {
        let named = path.file_stem().and_then(|name| name.to_str());
        let named = named.map(|name| name.strip_suffix(DOMAINS).unwrap_or(name)).and_then(|name| name.parse().ok());
        match read(&path) {
            Ok(Some(journal)) if named.as_ref() == Some(&journal.run) => found.unfinished.push(journal),
            Ok(None) => {}
            Ok(Some(other)) => found.unread.push(unread(&path, named, &Unreadable::OtherRun(other.run))),
            Err(error) => found.unread.push(unread(&path, named, &error)),
        }
    }
    found
}

fn unread(path: &Path, run: Option<RunId>, error: &Unreadable) -> Unread {
    let changed_at = fs::metadata(path).and_then(|metadata| metadata.modified()).ok().map(DateTime::from);
    Unread { run, changed_at, why: format!("the journal {} cannot be read: {error}", path.display()) }
}

/// Reads a journal; none if its run goes on, or has ended meanwhile.
fn read(path: &Path) -> Result<Option<Unfinished>, Unreadable> {
    let mut file = match scs_files::open(path) {
        Err(error) if error.is_missing() && !path.is_symlink() => return Ok(None),
        other => other.map_err(|error| error.problem)?,
    };
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(Unreadable::Lock(error)),
        Ok(()) => {}
    }
    let text = scs_files::rest(&mut file, LARGEST)?;
    let text = String::from_utf8(text).map_err(|_| Unreadable::NotText)?;
    let mut lines = text.lines();
    let (run, place) = begun(lines.next().unwrap_or_default())?;
    let (mut unanswered, mut before) = (Vec::new(), Vec::new());
    // The last line may have broken off with its run, and says nothing then: what it was about has its intent before it.
    let whole = text.rfind('\n').map_or(0, |end| text[..end].lines().count());
    for (number, line) in (2..).zip(lines) {
        let line = match serde_json::from_str(line) {
            Ok(line) => line,
            Err(_) if number > whole => break,
            Err(_) => return Err(Unreadable::Line(number)),
        };
        match line {
            Line::Intent { entry, at, .. } => unanswered.push((entry, at)),
            Line::Exists { entry, .. } => unanswered.retain(|(other, _)| *other != entry),
            Line::Before { entry, baseline } => before.push((entry, baseline)),
            Line::Gone { entry } => {
                unanswered.retain(|(other, _)| *other != entry);
                before.retain(|(other, _)| *other != entry);
            }
            Line::Begins { .. } | Line::Left { .. } => {}
        }
    }
    let unanswered_since = unanswered.into_iter().map(|(_, at)| at).max();
    let before = before.into_iter().map(|(_, baseline)| baseline).collect();
    Ok(Some(Unfinished { run, place, unanswered_since, before, path: path.to_owned() }))
}

/// Reads the first line: the run, and its place.
fn begun(line: &str) -> Result<(RunId, Place), Unreadable> {
    match serde_json::from_str(line) {
        _ if line.is_empty() => Err(Unreadable::Empty),
        Ok(Line::Begins { version: VERSION, run, place, .. }) => Ok((run.parse()?, place)),
        _ => Err(Unreadable::OtherFormat),
    }
}
