//! Gets each document in the first way that works.

use super::assemble::Assembly;
use super::cache::{Fetched, Folder};
use super::fetch::{FetchError, Fetcher, Response};
use super::options::WorldOptions;
use super::parsed::{Attempt, ObtainedDocument};
use super::sources::Document;
use super::store::{ObtainError, Store};
use crate::blocking::blocking;
use crate::wire::address::shown;
use crate::wire::evidence::RequestTrace;
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Returns what all documents say that can be had, and the requests for them.
pub(super) async fn assembled(options: &WorldOptions, now: DateTime<Utc>) -> (Assembly, Vec<RequestTrace>) {
    let obtain = Obtain::new(options, now);
    let mut assembly = Assembly::default();
    for (document, attempt) in obtain.fixed().await {
        assembly.take(&document, attempt);
    }
    let ids = obtain.ids(assembly.ids()).await;
    for (document, attempt) in obtain.records(ids).await {
        assembly.take(&document, attempt);
    }
    (assembly, obtain.requests())
}

struct Obtain<'a> {
    options: &'a WorldOptions,
    now: DateTime<Utc>,
    store: Arc<Store>,
    /// None where nothing may be fetched; else what fetches, or why that is not possible.
    fetcher: Option<Result<Fetcher, FetchError>>,
    records: Semaphore,
}

impl<'a> Obtain<'a> {
    fn new(options: &'a WorldOptions, now: DateTime<Utc>) -> Self {
        let online = options.folder.is_none() && !options.offline;
        let direct = options.sources.are_here();
        Self {
            options,
            now,
            store: Arc::new(Store::new(options, now)),
            fetcher: online.then(|| Fetcher::new(options.limits, options.token.clone(), direct)),
            records: Semaphore::new(options.limits.records_at_a_time.max(1)),
        }
    }

    /// Gets all documents but the records, at the same time.
    async fn fixed(&self) -> Vec<(Document, Attempt)> {
        join_all(Document::FIXED.into_iter().map(|document| self.document(document))).await
    }

    /// Gets the records of these ids, a few at a time.
    async fn records(&self, ids: BTreeSet<String>) -> Vec<(Document, Attempt)> {
        let at_a_time = self.options.limits.records_at_a_time.max(1);
        stream::iter(ids).map(|id| self.document(Document::Record(id))).buffered(at_a_time).collect().await
    }

    /// Returns the ids of which records are wanted: those of the feed, and those that somebody brought along.
    async fn ids(&self, listed: BTreeSet<String>) -> BTreeSet<String> {
        let brought = self.stored(|store| store.folder.as_ref().map(Folder::records).unwrap_or_default()).await;
        listed.into_iter().chain(brought).collect()
    }

    /// Returns the requests that were made.
    fn requests(self) -> Vec<RequestTrace> {
        match self.fetcher {
            Some(Ok(fetcher)) => fetcher.requests(),
            _ => Vec::new(),
        }
    }

    /// Does something with the documents on disk.
    async fn stored<T: Send + 'static>(&self, work: impl FnOnce(&Store) -> T + Send + 'static) -> T {
        let store = Arc::clone(&self.store);
        blocking(move || work(&store)).await
    }

    async fn document(&self, document: Document) -> (Document, Attempt) {
        let wanted = document.clone();
        let attempt = match &self.fetcher {
            _ if self.options.folder.is_some() => {
                let brought = move |store: &Store| store.folder.as_ref().map(|folder| store.brought(folder, &wanted));
                self.stored(brought).await.unwrap_or_default()
            }
            Some(Ok(fetcher)) => self.live_or_cached(fetcher, wanted).await,
            Some(Err(problem)) => {
                let problem = problem.clone();
                self.stored(move |store| store.instead(&wanted, &problem)).await
            }
            None => {
                let obtained = self.stored(move |store| store.fresh(&wanted)).await;
                Attempt { obtained, problem: None }
            }
        };
        (document, attempt)
    }

    async fn live_or_cached(&self, fetcher: &Fetcher, document: Document) -> Attempt {
        match self.live(fetcher, document.clone()).await {
            Ok((obtained, problem)) => Attempt { obtained: Some(obtained), problem },
            Err(problem) => self.stored(move |store| store.instead(&document, &problem)).await,
        }
    }

    /// Returns the document as it is now, and a problem of keeping it.
    async fn live(
        &self,
        fetcher: &Fetcher,
        document: Document,
    ) -> Result<(ObtainedDocument, Option<String>), ObtainError> {
        let url = self.options.sources.address(&document);
        let _place = match document {
            Document::Record(_) => self.records.acquire().await.ok(),
            _ => None,
        };
        let wanted = document.clone();
        let cached = self.stored(move |store| store.cached(&wanted)).await;
        let known = cached.as_ref().map(|(_, fetched)| fetched);
        let response = fetcher.get(&url, known, document.largest(), self.now).await;
        let failed = |source| ObtainError::Fetch { address: shown(&url), source };
        let (text, fetched) = match (response.map_err(failed)?, cached) {
            (Response::Document(text, fetched), _) => (text, fetched),
            (Response::Unchanged, Some((text, fetched))) => (text, Fetched { at: self.now, ..fetched }),
            (Response::Unchanged, None) => return Err(failed(FetchError::Unasked)),
        };
        self.stored(move |store| store.take(&document, &text, &fetched)).await
    }
}
