//! Gets each document in the first way that works.

use super::cache::{Fetched, Folder};
use super::fetch::{Answer, Fetcher};
use super::options::WorldOptions;
use super::parsed::{Attempt, Had, parse};
use super::sources::Document;
use crate::wire::address::shown;
use crate::wire::evidence::RequestTrace;
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use scs_checks::facts::WorldWay;
use std::collections::BTreeSet;
use tokio::sync::Semaphore;

pub(super) struct Obtain<'a> {
    options: &'a WorldOptions,
    now: DateTime<Utc>,
    /// The documents that somebody brought along.
    folder: Option<Folder>,
    cache: Option<Folder>,
    /// None where nothing may be fetched; else what fetches, or why that is not possible.
    fetcher: Option<Result<Fetcher, String>>,
    records: Semaphore,
}

impl<'a> Obtain<'a> {
    pub fn new(options: &'a WorldOptions, now: DateTime<Utc>) -> Self {
        let online = options.folder.is_none() && !options.offline;
        let direct = options.sources.are_here();
        Self {
            options,
            now,
            folder: options.folder.clone().map(Folder::new),
            cache: options.cache.clone().filter(|_| options.folder.is_none()).map(Folder::new),
            fetcher: online.then(|| Fetcher::new(options.limits, options.token.clone(), direct)),
            records: Semaphore::new(options.limits.records_at_a_time.max(1)),
        }
    }

    /// All documents but the records, at the same time.
    pub async fn fixed(&self) -> Vec<(Document, Attempt)> {
        join_all(Document::FIXED.into_iter().map(|document| self.document(document))).await
    }

    /// The records of these ids, a few at a time.
    pub async fn records(&self, ids: BTreeSet<String>) -> Vec<(Document, Attempt)> {
        let at_a_time = self.options.limits.records_at_a_time.max(1);
        stream::iter(ids).map(|id| self.document(Document::Record(id))).buffered(at_a_time).collect().await
    }

    /// The ids of which records are wanted: those of the feed, and those that somebody brought along.
    pub fn ids(&self, listed: BTreeSet<String>) -> BTreeSet<String> {
        let brought = self.folder.as_ref().map(Folder::records).unwrap_or_default();
        listed.into_iter().chain(brought).collect()
    }

    /// What was asked.
    pub fn requests(self) -> Vec<RequestTrace> {
        match self.fetcher {
            Some(Ok(fetcher)) => fetcher.requests(),
            _ => Vec::new(),
        }
    }

    async fn document(&self, document: Document) -> (Document, Attempt) {
        let attempt = match (&self.folder, &self.fetcher) {
            (Some(folder), _) => self.brought(folder, &document),
            (None, Some(Ok(fetcher))) => self.live_or_kept(fetcher, &document).await,
            (None, Some(Err(problem))) => self.kept_instead(&document, problem.clone()),
            (None, None) => Attempt { had: self.kept(&document), problem: None },
        };
        (document, attempt)
    }

    /// A document of a folder that somebody filled. That one is missing is no problem: others may suffice.
    fn brought(&self, folder: &Folder, document: &Document) -> Attempt {
        let read = || -> Result<Option<(Had, Option<String>)>, String> {
            let Some(kept) = folder.read(document)? else { return Ok(None) };
            let parsed = parse(document, &kept.text)?;
            let path = folder.path().join(document.file()).display().to_string();
            let (address, at) = match kept.fetched {
                Some(fetched) => (fetched.address, Some(fetched.at)),
                None => (path, None),
            };
            let from_future = at.filter(|at| *at > self.now);
            let as_of = at.filter(|at| *at <= self.now).or_else(|| parsed.newest(self.now));
            let as_of = as_of.unwrap_or(DateTime::UNIX_EPOCH);
            let problem = from_future.map(|at| {
                let file = document.file();
                format!(
                    "{file}.fetched says {}, which is in the future: it does not count",
                    at.format("%Y-%m-%dT%H:%M:%SZ")
                )
            });
            Ok(Some((Had { parsed, way: WorldWay::Folder, address, as_of }, problem)))
        };
        match read() {
            Ok(None) => Attempt::default(),
            Ok(Some((had, problem))) => Attempt { had: Some(had), problem },
            Err(problem) => Attempt { had: None, problem: Some(format!("{}: {problem}", document.file())) },
        }
    }

    async fn live_or_kept(&self, fetcher: &Fetcher, document: &Document) -> Attempt {
        match self.live(fetcher, document).await {
            Ok((had, problem)) => Attempt { had: Some(had), problem },
            Err(problem) => self.kept_instead(document, problem),
        }
    }

    /// The document as it is now, and a problem of keeping it, which matters little.
    async fn live(&self, fetcher: &Fetcher, document: &Document) -> Result<(Had, Option<String>), String> {
        let url = self.options.sources.address(document);
        let _place = match document {
            Document::Record(_) => self.records.acquire().await.ok(),
            _ => None,
        };
        let address = shown(&url);
        let kept = self.kept_text(document);
        let known = kept.as_ref().map(|(_, fetched)| fetched);
        let answer = fetcher.get(&url, known, document.largest(), self.now).await;
        let (text, fetched) = match (answer, kept) {
            (Ok(Answer::Document(text, fetched)), _) => (text, fetched),
            (Ok(Answer::Unchanged), Some((text, fetched))) => (text, Fetched { at: self.now, ..fetched }),
            (Ok(Answer::Unchanged), None) => return Err(format!("{address}: HTTP 304 without being asked")),
            (Err(problem), _) => return Err(format!("{address}: {problem}")),
        };
        let parsed = parse(document, &text).map_err(|problem| format!("{address}: {problem}"))?;
        let kept = self.cache.as_ref().map(|cache| cache.write(document, &text, &fetched));
        Ok((Had { parsed, way: WorldWay::Live, address, as_of: self.now }, kept.and_then(Result::err)))
    }

    fn kept_instead(&self, document: &Document, problem: String) -> Attempt {
        let had = self.kept(document);
        let instead = match &had {
            Some(kept) => format!("; what was fetched at {} is used instead", kept.as_of.format("%Y-%m-%dT%H:%M:%SZ")),
            None => String::new(),
        };
        Attempt { had, problem: Some(format!("{problem}{instead}")) }
    }

    /// What was fetched not long ago.
    fn kept(&self, document: &Document) -> Option<Had> {
        let (text, fetched) = self.kept_text(document)?;
        let age = self.now - fetched.at;
        let fresh = age <= self.options.fresh_for && fetched.at <= self.now;
        let address = shown(&self.options.sources.address(document));
        let parsed = parse(document, &text).ok().filter(|_| fresh)?;
        Some(Had { parsed, way: WorldWay::Cache, address, as_of: fetched.at })
    }

    /// What was fetched at any time, if from the same address and still readable.
    fn kept_text(&self, document: &Document) -> Option<(String, Fetched)> {
        let kept = self.cache.as_ref()?.read(document).ok()??;
        let address = self.options.sources.address(document).to_string();
        let fetched = kept.fetched.filter(|fetched| fetched.address == address)?;
        parse(document, &kept.text).ok()?;
        Some((kept.text, fetched))
    }
}
