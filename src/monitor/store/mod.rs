//! Keeps everything, in SQLite or PostgreSQL, with one text of SQL and one folder of migrations.
//!
//! What was accepted is never changed. All that an upload changes is changed in one transaction, so a reader sees it as a whole or
//! not at all, and a kill leaves nothing half.

mod accept;
mod accounts;
mod audit;
mod backup;
mod content;
mod history;
mod nights;
mod overview;
mod reports;
mod retention;
mod rules;

pub use accept::NewUpload;
pub use audit::{AuditEntry, AuditRecord};
pub use backup::{BackupError, Copied};
pub use content::{Compressed, compressed};
pub use history::{NightRow, ReportCounts};
pub use overview::Revision;
pub use reports::{Approval, ReportRow, ResultFilter, ResultRow, UploadRow};
pub use retention::Retired;

use sqlx::any::{AnyPoolOptions, AnyQueryResult, install_default_drivers};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Any, AnyPool, Executor, Transaction};
use std::sync::Once;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::Mutex;

/// The migrations; the folder is part of the program.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The longest wait for a free connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database.
#[derive(Debug)]
pub struct Store {
    pool: AnyPool,
    kind: Kind,
    /// SQLite has one writer at a time; those behind it wait here, in their order.
    writer: Mutex<()>,
}

/// The kind of a database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// One file, for one server.
    Sqlite,
    /// A server of its own, for several.
    Postgres,
}

/// An error of the database.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The address names no database that is supported.
    #[error("\"{0}\" is no database; use sqlite:PATH or postgres://USER@HOST/NAME")]
    Address(String),
    /// A report of this id is stored already.
    #[error("the report {0} is stored already")]
    Duplicate(String),
    /// The database does not answer, or refuses.
    #[error("the database does not answer: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables cannot be brought to this version.
    #[error("the tables of the database cannot be brought to this version: {0}")]
    Migration(#[from] MigrateError),
    /// Something stored cannot be read back.
    #[error("the database holds something that this version does not understand: {0}")]
    Content(String),
}

impl Store {
    /// Connects, without changing anything.
    ///
    /// # Errors
    /// The address is wrong, or the database does not answer.
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(install_default_drivers);
        let (kind, url) = address_of(address)?;
        let options = AnyPoolOptions::new()
            .max_connections(if kind == Kind::Sqlite { 6 } else { 12 })
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if kind == Kind::Sqlite {
                        // Readers go on while somebody writes; an acknowledged report survives a power failure.
                        connection.execute("PRAGMA journal_mode = WAL").await?;
                        connection.execute("PRAGMA synchronous = FULL").await?;
                    }
                    Ok(())
                })
            });
        Ok(Self { pool: options.connect(&url).await?, kind, writer: Mutex::default() })
    }

    /// Brings the tables to this version.
    ///
    /// # Errors
    /// A migration fails, or the tables are of a newer version.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        Ok(MIGRATIONS.run(&self.pool).await?)
    }

    /// Returns the kind of the database.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Asks the database for an answer.
    ///
    /// # Errors
    /// There is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.pool.execute("SELECT 1").await?;
        Ok(())
    }

    /// Ends all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Begins a transaction that will write.
    async fn begin(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.kind {
            // A transaction that begins to read could not go on to write where another one has written meanwhile.
            Kind::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
            Kind::Postgres => self.pool.begin().await,
        }
    }
}

/// Returns the kind of a database, and its address for the library.
fn address_of(address: &str) -> Result<(Kind, String), StoreError> {
    if let Some(path) = address.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        let escaped = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        return Ok((Kind::Sqlite, format!("sqlite:{escaped}?mode=rwc")));
    }
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return Ok((Kind::Postgres, address.to_owned()));
    }
    // The address may hold a password.
    Err(StoreError::Address(address.split("://").next().unwrap_or_default().chars().take(20).collect()))
}

/// Returns the number of changed rows.
fn changed(result: &AnyQueryResult) -> u64 {
    result.rows_affected()
}

#[cfg(test)]
mod tests;
