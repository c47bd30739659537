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
mod notices;
mod open;
mod overview;
mod reports;
mod retention;
mod rules;
mod standings;

pub use accept::NewUpload;
pub use audit::{AuditEntry, AuditRecord};
pub use backup::{BackupError, Copied};
pub use content::{Compressed, ContentReader, compressed};
pub use history::{NewestReport, NightRow, ReportCounts};
pub use notices::{Attempt, Channel, ClaimedNotice, NewNotice, NoticeRecord, ToldChange, ToldRow};
pub use open::Tables;
pub use overview::Revision;
pub use reports::{Approval, Place, ReportRow, ResultFilter, ResultRow, UploadRow};
pub use retention::Retired;

use chrono::{DateTime, Utc};
use sqlx::any::AnyQueryResult;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Any, AnyPool, Executor, Transaction};
use std::path::PathBuf;
use thiserror::Error;
use tokio::sync::{Mutex, Semaphore};

/// The migrations; the folder is part of the program.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The database.
#[derive(Debug)]
pub struct Store {
    pool: AnyPool,
    kind: Kind,
    /// SQLite has one writer at a time; those behind it wait here, in their order.
    writer: Mutex<()>,
    /// The uploads that PostgreSQL stores at a time; the other connections are for pages.
    uploads: Semaphore,
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
    /// The file cannot be opened.
    #[error("{}: the database cannot be opened: {problem}; name another file", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// A file of the archive cannot be written or read.
    #[error("{}: {problem}; name another folder with --archive", .path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// A report of this id is stored already.
    #[error("the report {0} is stored already")]
    Duplicate(String),
    /// The database does not answer, or refuses.
    #[error("the database does not answer: {0}")]
    Database(#[from] sqlx::Error),
    /// The database did not answer a moment ago.
    #[error("the database did not answer a moment ago")]
    Silent,
    /// The tables cannot be brought to this version.
    #[error("the tables of the database cannot be brought to this version: {0}")]
    Migration(#[from] MigrateError),
    /// Something stored cannot be read back.
    #[error("the database holds something that this version does not understand: {0}")]
    Content(String),
}

impl Store {
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

    /// Stores an instant, to see whether anything can be stored.
    ///
    /// # Errors
    /// Nothing can.
    pub async fn try_writing(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let _turn = self.writer.lock().await;
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO meta (key, value) VALUES ('written', $1)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(now.to_rfc3339())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
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

/// Returns the number of changed rows.
fn changed(result: &AnyQueryResult) -> u64 {
    result.rows_affected()
}

#[cfg(test)]
mod tests;
