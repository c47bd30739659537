//! Reads documents that are on disk already, and keeps those that were fetched. All of it blocks.

use super::cache::{CacheError, Fetched, Folder};
use super::documents::DocumentError;
use super::fetch::FetchError;
use super::options::WorldOptions;
use super::parsed::{Attempt, ObtainedDocument, parse};
use super::sources::{Document, Sources};
use crate::wire::address::shown;
use chrono::{DateTime, TimeDelta, Utc};
use scs_checks::facts::WorldWay;
use thiserror::Error;

/// A reason why a document could not be obtained.
#[derive(Debug, Error)]
pub(super) enum ObtainError {
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error("{address}: {source}")]
    Fetch { address: String, source: FetchError },
    #[error("{address}: {source}")]
    Fetched { address: String, source: DocumentError },
}

/// The documents on this machine.
pub(super) struct Store {
    sources: Sources,
    fresh_for: TimeDelta,
    now: DateTime<Utc>,
    /// The documents that somebody brought along.
    pub folder: Option<Folder>,
    cache: Option<Folder>,
}

impl Store {
    pub fn new(options: &WorldOptions, now: DateTime<Utc>) -> Self {
        Self {
            sources: options.sources.clone(),
            fresh_for: options.fresh_for,
            now,
            folder: options.folder.clone().map(Folder::new),
            cache: options.cache.clone().filter(|_| options.folder.is_none()).map(Folder::new),
        }
    }

    /// Reads a document of a folder that somebody filled. That one is missing is no problem: others may suffice.
    pub fn brought(&self, folder: &Folder, document: &Document) -> Attempt {
        let read = || -> Result<Option<(ObtainedDocument, Option<String>)>, ObtainError> {
            let Some(file) = folder.read(document)? else { return Ok(None) };
            let parsed = parse(document, &file.text)?;
            let path = folder.path().join(document.file()).display().to_string();
            let (address, at) = match file.fetched {
                Some(fetched) => (fetched.address, Some(fetched.at)),
                None => (path, None),
            };
            let from_future = at.filter(|at| *at > self.now);
            let as_of = at.filter(|at| *at <= self.now).or_else(|| parsed.newest(self.now));
            let as_of = as_of.unwrap_or(DateTime::UNIX_EPOCH);
            let problem = from_future.map(|at| {
                let file = document.file();
                format!("{file}.fetched says {}, which is in the future: it does not count", at.format(INSTANT))
            });
            Ok(Some((ObtainedDocument { parsed, way: WorldWay::Folder, address, as_of }, problem)))
        };
        match read() {
            Ok(None) => Attempt::default(),
            Ok(Some((obtained, problem))) => Attempt { obtained: Some(obtained), problem },
            Err(problem) => Attempt { obtained: None, problem: Some(format!("{}: {problem}", document.file())) },
        }
    }

    /// Reads what was just fetched, and keeps it; also returns the problem of keeping it, which matters little.
    ///
    /// # Errors
    /// It is not the document.
    pub fn take(
        &self,
        document: &Document,
        text: &str,
        fetched: &Fetched,
    ) -> Result<(ObtainedDocument, Option<String>), ObtainError> {
        let address = shown(&self.sources.address(document));
        let parsed = match parse(document, text) {
            Ok(parsed) => parsed,
            Err(source) => return Err(ObtainError::Fetched { address, source }),
        };
        let written = self.cache.as_ref().map(|cache| cache.write(document, text, fetched));
        let obtained = ObtainedDocument { parsed, way: WorldWay::Live, address, as_of: self.now };
        Ok((obtained, written.and_then(Result::err).map(|error| error.to_string())))
    }

    /// Returns what was fetched before in place of a document that cannot be fetched now.
    pub fn instead(&self, document: &Document, problem: &impl std::fmt::Display) -> Attempt {
        let obtained = self.fresh(document);
        let instead = match &obtained {
            Some(cached) => format!("; what was fetched at {} is used instead", cached.as_of.format(INSTANT)),
            None => String::new(),
        };
        Attempt { obtained, problem: Some(format!("{problem}{instead}")) }
    }

    /// Returns a document that was fetched not long ago.
    pub fn fresh(&self, document: &Document) -> Option<ObtainedDocument> {
        let (text, fetched) = self.cached(document)?;
        let age = self.now - fetched.at;
        let fresh = age <= self.fresh_for && fetched.at <= self.now;
        let address = shown(&self.sources.address(document));
        let parsed = parse(document, &text).ok().filter(|_| fresh)?;
        Some(ObtainedDocument { parsed, way: WorldWay::Cache, address, as_of: fetched.at })
    }

    /// Returns what was fetched at any time, if from the same address and still readable.
    pub fn cached(&self, document: &Document) -> Option<(String, Fetched)> {
        let cached = self.cache.as_ref()?.read(document).ok()??;
        let address = self.sources.address(document).to_string();
        let fetched = cached.fetched.filter(|fetched| fetched.address == address)?;
        parse(document, &cached.text).ok()?;
        Some((cached.text, fetched))
    }
}

/// The form in which problems show instants.
const INSTANT: &str = "%Y-%m-%dT%H:%M:%SZ";
