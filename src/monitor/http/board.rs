//! The standings of all subjects in memory, brought up to date before each page that shows them.

use super::failures::Failures;
use super::words::{Badge, sentence};
use crate::judge::{Latest, Rules, evaluate, judge};
use crate::store::{Kind, Revision, Store, StoreError};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as Turn, Notify};

/// The time after which a database is asked again that nobody else should write to.
const TRUST: Duration = Duration::from_secs(1);

/// The standing of a subject by a scope.
#[derive(Debug, Default)]
pub struct Standing {
    revision: i64,
    /// The latest results.
    pub latest: Latest,
    /// The last summaries, without and with drafts.
    summaries: [Mutex<Option<KeptSummary>>; 2],
}

/// A summary with the day and the rules that it holds for.
type KeptSummary = (String, Arc<Summary>);

/// The standing as the overview shows it.
#[derive(Debug)]
pub struct Summary {
    /// The badge of today's server.
    pub badge: Badge,
    /// The sentence of the roll-up.
    pub words: String,
}

impl Standing {
    fn new(revision: i64, latest: Latest) -> Self {
        Self { revision, latest, summaries: Default::default() }
    }

    /// Returns the number that grows with each upload.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Returns the summary by some rules on the day of an instant; results and versions change at midnight only.
    pub fn summary(&self, rules: &Rules, now: DateTime<Utc>, drafts: bool) -> Arc<Summary> {
        let key = format!("{} {}", now.date_naive(), rules.digest);
        let [without, with] = &self.summaries;
        let mut kept = if drafts { with } else { without }.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, summary)) = kept.as_ref().filter(|(known, _)| *known == key) {
            return Arc::clone(summary);
        }
        let badge = Badge::new(&evaluate(rules, &self.latest, now, drafts));
        let summary = Arc::new(Summary { badge, words: sentence(&judge(rules, &self.latest, now)) });
        *kept = Some((key, Arc::clone(&summary)));
        summary
    }
}

/// All standings by subject and scope, as of one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The number of the moment.
    pub generation: u64,
    /// The standings.
    pub standings: BTreeMap<(String, String), Arc<Standing>>,
}

/// The standings in memory.
#[derive(Debug, Default)]
pub struct Board {
    view: RwLock<Arc<View>>,
    /// True if this server has stored something since the database was asked.
    changed: AtomicBool,
    asked: Turn<Option<Instant>>,
    failed: Failures,
    /// Wakes whoever waits for a change.
    wake: Notify,
}

impl Board {
    /// Notes that this server has stored something.
    pub fn note_change(&self) {
        self.changed.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// Waits until this server has stored something; for one caller.
    pub async fn wait_for_change(&self) {
        self.wake.notified().await;
    }

    /// Returns all standings, no older than this call.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn view(&self, store: &Store) -> Result<Arc<View>, StoreError> {
        let arrival = Instant::now();
        let is_fresh = |asked: Instant| asked >= arrival || (store.kind() == Kind::Sqlite && asked.elapsed() < TRUST);
        let mut asked = self.asked.lock().await;
        let has_changed = self.changed.load(Ordering::SeqCst);
        if has_changed || !asked.is_some_and(is_fresh) {
            self.failed.refuse_since(arrival)?;
            self.changed.store(false, Ordering::SeqCst);
            let started = Instant::now();
            let updated = self.update(store).await;
            if updated.is_err() {
                self.changed.store(true, Ordering::SeqCst);
            }
            self.failed.note(started, updated)?;
            *asked = Some(started);
        }
        Ok(self.current())
    }

    fn current(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn update(&self, store: &Store) -> Result<(), StoreError> {
        let current = self.current();
        let revisions = store.revisions().await?;
        let is_known = |row: &Revision| {
            let standing = current.standings.get(&(row.subject.clone(), row.scope.clone()));
            standing.is_some_and(|standing| standing.revision == row.revision)
        };
        let changed: Vec<&Revision> = revisions.iter().filter(|row| !is_known(row)).collect();
        if changed.is_empty() && revisions.len() == current.standings.len() {
            return Ok(());
        }
        let mut standings = current.standings.clone();
        let keys: std::collections::BTreeSet<(&str, &str)> =
            revisions.iter().map(|row| (row.subject.as_str(), row.scope.as_str())).collect();
        standings.retain(|(subject, scope), _| keys.contains(&(subject.as_str(), scope.as_str())));
        for Revision { subject, scope, .. } in changed {
            if let Some((revision, latest)) = store.standing(subject, scope).await? {
                standings.insert((subject.clone(), scope.clone()), Arc::new(Standing::new(revision, latest)));
            }
        }
        let view = Arc::new(View { generation: current.generation + 1, standings });
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
        Ok(())
    }
}

impl View {
    /// Makes a view of latest results, for tests.
    #[cfg(test)]
    pub fn of_results(results: impl Iterator<Item = ((String, String), Latest)>) -> Self {
        let standings = results.map(|(key, latest)| (key, Arc::new(Standing::new(1, latest)))).collect();
        Self { generation: 1, standings }
    }

    /// Returns the latest results of a subject by a scope.
    pub fn latest(&self, subject: &str, scope: &str) -> Option<&Latest> {
        self.standing(subject, scope).map(|standing| &standing.latest)
    }

    /// Returns the standing of a subject by a scope.
    pub fn standing(&self, subject: &str, scope: &str) -> Option<&Standing> {
        self.standings.get(&(subject.to_owned(), scope.to_owned())).map(Arc::as_ref)
    }

    /// Returns true if anything was ever uploaded about a subject.
    pub fn knows(&self, subject: &str) -> bool {
        self.standings
            .range((subject.to_owned(), String::new())..)
            .next()
            .is_some_and(|((known, _), _)| known == subject)
    }
}
