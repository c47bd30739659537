//! The state of the server: what it knows and keeps in memory.

use super::board::Board;
use super::body::Bodies;
use super::cache::{Cache, Page, State};
use super::failures::Failures;
use super::files::{Files, StartError};
use super::limits::Buckets;
use super::metrics::Metrics;
use super::past::Pasts;
use super::settings::Settings;
use super::turns::Turns;
use crate::accounts::{Accounts, Passwords};
use crate::demo;
use crate::judge::{Rulebook, Rules};
use crate::notify;
use crate::registry::Registry;
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as SyncMutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// The time after which accounts are compared with those in the database, which another server may have changed.
const TRUST: Duration = Duration::from_secs(1);

/// The time after which a health check tries again to write.
const WRITING_TRUST: Duration = Duration::from_secs(10);

/// The refusals of an account that are recorded at once, and then each second.
const RECORDED: (u32, f64) = (60, 0.02);

const DAY: Duration = Duration::from_secs(86_400);

/// The state of the server.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The settings.
    pub settings: Settings,
    /// The standings in memory.
    pub board: Board,
    /// The pasts in memory.
    pub pasts: Pasts,
    /// The pages in memory.
    pub pages: Cache,
    /// The pages of reports, which do not change.
    pub report_pages: Cache,
    /// The pool that checks passwords.
    pub passwords: Passwords,
    /// The budget of bodies.
    pub bodies: Bodies,
    /// The budget of downloads.
    pub downloads: Bodies,
    /// The turns of those who parse uploads and reports.
    pub turns: Turns,
    /// The wrong logins by address.
    pub wrong_logins: Buckets,
    /// The uploads by account.
    pub uploads: Buckets,
    /// The refusals by account that are recorded.
    pub refusals: Buckets,
    /// The counters.
    pub metrics: Metrics,
    /// True if the last attempt to write failed.
    writing_failed: AtomicBool,
    written: Mutex<Option<Instant>>,
    forgotten: SyncMutex<Option<Instant>>,
    accounts: RwLock<Arc<Accounts>>,
    accounts_seen: Mutex<(String, Option<Instant>)>,
    accounts_failed: Failures,
    rulebook: RwLock<Arc<Rulebook>>,
    registry: RwLock<Arc<Registry>>,
    notify: RwLock<Option<Arc<notify::Config>>>,
}

impl App {
    /// Creates a server over a database: brings its tables up to date, and reads the files.
    ///
    /// # Errors
    /// A file is wrong, or the database refuses.
    pub async fn new(store: Store, settings: Settings) -> Result<Self, StartError> {
        store.migrate().await?;
        let app = Self::empty(store, settings);
        app.reload().await?;
        Ok(app)
    }

    /// Creates a state over a database that is only read: its tables, accounts and rules stay as they are.
    ///
    /// # Errors
    /// A file is wrong, or the database does not answer.
    pub async fn to_read(store: Store, settings: Settings) -> Result<Self, StartError> {
        let app = Self::empty(store, settings);
        let Files { rulebook, registry, .. } = app.files()?;
        *app.rulebook.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rulebook);
        *app.registry.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(registry);
        app.read_accounts(&mut *app.accounts_seen.lock().await).await?;
        Ok(app)
    }

    /// Creates a state that has read nothing yet.
    fn empty(store: Store, settings: Settings) -> Self {
        Self {
            store,
            board: Board::default(),
            pasts: Pasts::default(),
            pages: Cache::default(),
            report_pages: Cache::default(),
            passwords: Passwords::new(settings.logins_at_a_time, settings.login_life),
            bodies: Bodies::default(),
            downloads: Bodies::default(),
            turns: Turns::default(),
            wrong_logins: Buckets::new(settings.logins.0, settings.logins.1),
            uploads: Buckets::new(settings.uploads.0, settings.uploads.1),
            refusals: Buckets::new(RECORDED.0, RECORDED.1),
            metrics: Metrics::default(),
            writing_failed: AtomicBool::default(),
            written: Mutex::default(),
            forgotten: SyncMutex::default(),
            accounts: RwLock::default(),
            accounts_seen: Mutex::default(),
            accounts_failed: Failures::default(),
            rulebook: RwLock::default(),
            registry: RwLock::default(),
            notify: RwLock::default(),
            settings,
        }
    }

    /// Reads the files; in a demonstration rules and registry are its own.
    fn files(&self) -> Result<Files, StartError> {
        let mut files = Files::read(&self.settings)?;
        if self.settings.demo {
            files.rulebook = demo::rules(&files.rulebook, self.now());
            files.registry = demo::registry(&files.rulebook, self.now())?;
        }
        Ok(files)
    }

    /// Reads scopes, accounts, the registry and the settings of notifications again. What was read before holds until everything is fine.
    ///
    /// # Errors
    /// A file is wrong, or the database refuses.
    pub async fn reload(&self) -> Result<(), StartError> {
        let Files { rulebook, bootstrap, registry, notify } = self.files()?;
        let new_scopes = self.store.new_scopes(&rulebook).await?;
        // Before the rules count as in force, so that a reload that breaks off is made up for by the next one.
        for rules in new_scopes.iter().filter_map(|scope| rulebook.scopes.get(scope)) {
            self.store.complete_standings(rules, self.now()).await?;
            self.board.note_change();
        }
        self.store.archive(&rulebook, self.now()).await?;
        let caught_up = self.store.catch_up(&rulebook, self.now()).await?;
        if caught_up > 0 {
            self.board.note_change();
            tracing::info!(caught_up, "nights were recorded anew: of scopes that became known, or in another form");
        }
        if let Some(bootstrap) = bootstrap {
            self.store.replace_accounts(&bootstrap.accounts).await?;
        }
        *self.rulebook.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rulebook);
        *self.registry.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(registry);
        *self.notify.write().unwrap_or_else(PoisonError::into_inner) = notify.map(Arc::new);
        self.read_accounts(&mut *self.accounts_seen.lock().await).await?;
        Ok(())
    }

    async fn read_accounts(&self, seen: &mut (String, Option<Instant>)) -> Result<(), StoreError> {
        let revision = self.store.accounts_revision().await?;
        if seen.1.is_none() || seen.0 != revision {
            let (accounts, warnings) = Accounts::new(&self.store.accounts().await?);
            for warning in warnings {
                tracing::warn!("{warning}");
            }
            *self.accounts.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(accounts);
        }
        *seen = (revision, Some(Instant::now()));
        Ok(())
    }

    /// Returns all accounts, no older than a second.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn accounts(&self) -> Result<Arc<Accounts>, StoreError> {
        let arrival = Instant::now();
        let mut seen = self.accounts_seen.lock().await;
        if seen.1.is_none_or(|since| since.elapsed() > TRUST) {
            self.accounts_failed.refuse_since(arrival)?;
            let began = Instant::now();
            let read = self.read_accounts(&mut seen).await;
            self.accounts_failed.note(began, read)?;
        }
        Ok(Arc::clone(&self.accounts.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Notes that something was stored, or could not be.
    pub fn note_writing(&self, has_succeeded: bool) {
        self.writing_failed.store(!has_succeeded, Ordering::SeqCst);
    }

    /// Returns true if something can be stored; tries it if that was not tried for a while, or failed.
    pub async fn can_write(&self) -> bool {
        let mut written = self.written.lock().await;
        let is_known = written.is_some_and(|since| since.elapsed() < WRITING_TRUST);
        if !is_known || self.writing_failed.load(Ordering::SeqCst) {
            let tried = self.store.try_writing(self.now()).await;
            if let Err(error) = &tried {
                tracing::error!(%error, "nothing can be stored");
            }
            self.note_writing(tried.is_ok());
            *written = Some(Instant::now());
        }
        !self.writing_failed.load(Ordering::SeqCst)
    }

    /// Returns true once a day, for whoever forgets what is old.
    pub fn is_due_to_forget(&self) -> bool {
        let mut forgotten = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = forgotten.is_none_or(|since| since.elapsed() > DAY);
        if is_due {
            *forgotten = Some(Instant::now());
        }
        is_due
    }

    /// Returns the rules of all scopes.
    pub fn rulebook(&self) -> Arc<Rulebook> {
        Arc::clone(&self.rulebook.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the registry.
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the settings of notifications; none if nobody is told.
    pub fn notify(&self) -> Option<Arc<notify::Config>> {
        self.notify.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Finds the rules of a scope.
    pub fn rules(&self, scope: &str) -> Option<Arc<Rules>> {
        self.rulebook().find(scope).cloned()
    }

    /// Returns the instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.settings.clock.now()
    }

    /// Returns a public page of the standings with this number: the one that was made already, or a new one.
    ///
    /// # Errors
    /// Those of making it.
    pub async fn page<E, F: Future<Output = Result<Page, E>>>(
        &self,
        generation: u64,
        key: String,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<Page>, E> {
        self.pages.page(self.state(generation).await, key, make).await
    }

    /// Returns the state that pages depend on: the standings, the rules, the accounts, the registry and the day.
    async fn state(&self, generation: u64) -> State {
        let accounts = self.accounts_seen.lock().await.0.clone();
        let rest =
            [self.rulebook().digest(), accounts, self.registry().digest.clone(), self.now().date_naive().to_string()]
                .join(" ");
        State { generation, rest }
    }
}
