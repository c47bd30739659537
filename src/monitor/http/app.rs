//! The state of the server: what it knows, what it is allowed, and the clock.

use super::board::Board;
use super::body::Bodies;
use super::cache::{Cache, State};
use super::failures::Failures;
use super::limits::Buckets;
use super::metrics::Metrics;
use super::turns::Turns;
use crate::accounts::{Accounts, Bootstrap, BootstrapError, Passwords};
use crate::demo;
use crate::judge::{Rulebook, Rules};
use crate::store::{Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use scs_checks::definition::{Definitions, Problem, Problems};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as SyncMutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::Mutex;

/// The time after which accounts are compared with those in the database, which another server may have changed.
const TRUST: Duration = Duration::from_secs(1);

/// The time after which a health check tries again to write.
const WRITING_TRUST: Duration = Duration::from_secs(10);

/// The refusals of an account that are recorded at once, and then each second.
const RECORDED: (u32, f64) = (60, 0.02);

const DAY: Duration = Duration::from_secs(86_400);

/// The settings of a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file with all accounts.
    pub bootstrap: Option<PathBuf>,
    /// The folder with scope files that replace the built-in ones.
    pub scopes: Option<PathBuf>,
    /// The path under which the server is seen, with `/` at its end.
    pub base: String,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// The user and the password of the health check that may see errors.
    pub health: Option<(String, String)>,
    /// The time for which a right login is remembered.
    pub login_life: Duration,
    /// The number of passwords that are checked at a time.
    pub logins_at_a_time: usize,
    /// The wrong logins that an address may make at once, and then each second.
    pub logins: (u32, f64),
    /// The uploads that an account may make at once, and then each second.
    pub uploads: (u32, f64),
    /// True for a demonstration: simulated reports are accepted, and every page says so.
    pub demo: bool,
    /// The clock.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bootstrap: None,
            scopes: None,
            base: "/".to_owned(),
            proxies: Vec::new(),
            health: None,
            login_life: Duration::from_secs(300),
            logins_at_a_time: std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1)),
            logins: (120, 2.0),
            uploads: (2_000, 1_000.0),
            demo: false,
            clock: Clock::default(),
        }
    }
}

/// The clock, which rehearsals shift.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock(pub TimeDelta);

impl Clock {
    /// Returns the instant.
    pub fn now(self) -> DateTime<Utc> {
        Utc::now() + self.0
    }
}

/// A server that cannot start, or read its files again.
#[derive(Debug, Error)]
pub enum StartError {
    /// The accounts cannot be read.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// A scope is wrong.
    #[error("{0}")]
    Scopes(Problems),
    /// The folder of scopes cannot be read.
    #[error("{}: {problem}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The problem.
        problem: String,
    },
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Problem> for StartError {
    fn from(problem: Problem) -> Self {
        Self::Scopes(Problems(vec![problem]))
    }
}

/// The state of the server.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The settings.
    pub settings: Settings,
    /// The standings in memory.
    pub board: Board,
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
}

impl App {
    /// Creates a server over a database: brings its tables up to date, and reads the files.
    ///
    /// # Errors
    /// A file is wrong, or the database refuses.
    pub async fn new(store: Store, settings: Settings) -> Result<Self, StartError> {
        store.migrate().await?;
        let app = Self {
            store,
            board: Board::default(),
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
            settings,
        };
        app.reload().await?;
        Ok(app)
    }

    /// Reads scopes and accounts again. What was read before holds until everything is fine.
    ///
    /// # Errors
    /// A file is wrong, or the database refuses.
    pub async fn reload(&self) -> Result<(), StartError> {
        let mut rulebook = rulebook(self.settings.scopes.as_deref())?;
        if self.settings.demo {
            rulebook = demo::rules(&rulebook, self.now());
        }
        let bootstrap = self.settings.bootstrap.as_deref().map(Bootstrap::read).transpose()?;
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

    /// Finds the rules of a scope.
    pub fn rules(&self, scope: &str) -> Option<Arc<Rules>> {
        self.rulebook().find(scope).cloned()
    }

    /// Returns the instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.settings.clock.now()
    }

    /// Returns the state that pages depend on: the standings, the rules, the accounts and the day.
    pub async fn state(&self, generation: u64) -> State {
        let accounts = self.accounts_seen.lock().await.0.clone();
        let rest = format!("{} {accounts} {}", self.rulebook().digest(), self.now().date_naive());
        State { generation, rest }
    }
}

/// Reads the scopes of a folder as today's server does (`scs-*.yaml`), or takes the built-in ones.
///
/// # Errors
/// The folder cannot be read, or a file in it is wrong.
pub fn rulebook(folder: Option<&Path>) -> Result<Rulebook, StartError> {
    let mut definitions = scs_standards::embedded().map_err(StartError::Scopes)?;
    let Some(folder) = folder else { return Ok(Rulebook::new(&definitions)) };
    let problem = |problem: String| StartError::Folder { folder: folder.to_owned(), problem };
    let entries = std::fs::read_dir(folder).map_err(|error| problem(format!("the folder cannot be read: {error}")))?;
    let is_scope = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("scs-") && name.ends_with(".yaml")
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_scope).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(problem(
            "there is no scope file (scs-*.yaml) in this folder; name the folder Tests of today's suite".to_owned(),
        ));
    }
    let mut ids = Vec::new();
    for path in paths {
        ids.push(add_scope(&path, &mut definitions)?);
    }
    Ok(Rulebook::from_scopes(&definitions, ids.iter().filter_map(|id| definitions.scopes.get(id))))
}

fn add_scope(path: &Path, definitions: &mut Definitions) -> Result<String, StartError> {
    let source = scs_standards::read(path)?;
    let (id, warnings) = definitions.add_scope(&source).map_err(StartError::Scopes)?;
    for warning in warnings {
        tracing::debug!("{warning}");
    }
    Ok(id)
}
