//! Copies one database into an empty other one, whatever the kinds: a backup is a copy into a file of SQLite, and a restore a copy
//! out of it.

use self::Type::{Bytes, Number, Text};
use super::{Kind, Store, StoreError};
use futures_util::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};
use thiserror::Error;

/// A copy that was not made.
#[derive(Debug, Error)]
pub enum BackupError {
    /// One of the databases refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The target holds something.
    #[error("the target is not empty: its table {0} has rows; name a new database")]
    NotEmpty(&'static str),
}

/// The number of rows of a table that were copied.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Copied {
    /// The table.
    pub table: &'static str,
    /// The number of rows.
    pub rows: u64,
}

/// A table with its columns, each with the type that both kinds of databases give it.
struct Table {
    name: &'static str,
    columns: &'static [(&'static str, Type)],
}

/// The type of a column.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Type {
    Text,
    Number,
    Bytes,
}

const TABLES: [Table; 15] = [
    Table { name: "meta", columns: &[("key", Text), ("value", Text)] },
    Table { name: "account", columns: &[("subject", Text), ("roles", Number), ("group_name", Text)] },
    Table { name: "api_key", columns: &[("subject", Text), ("hash", Text)] },
    Table { name: "public_key", columns: &[("subject", Text), ("name", Text), ("kind", Text), ("key", Text)] },
    Table { name: "delegation", columns: &[("subject", Text), ("delegate", Text)] },
    Table {
        name: "upload",
        columns: &[
            ("id", Text),
            ("arrived_at", Number),
            ("uploader", Text),
            ("fingerprint", Text),
            ("signature", Text),
            ("media_type", Text),
            ("size", Number),
            ("sha256", Text),
            ("archived_at", Number),
        ],
    },
    Table { name: "upload_part", columns: &[("upload", Text), ("part", Number), ("content", Bytes)] },
    Table {
        name: "report",
        columns: &[
            ("uuid", Text),
            ("upload", Text),
            ("document", Number),
            ("subject", Text),
            ("scope", Text),
            ("checked_at", Number),
            ("arrived_at", Number),
            ("uploader", Text),
            ("creator", Text),
            ("passed", Number),
            ("failed", Number),
            ("aborted", Number),
            ("results", Text),
            ("begins", Number),
            ("ends", Number),
        ],
    },
    Table {
        name: "standing",
        columns: &[("subject", Text), ("scope", Text), ("revision", Number), ("newest", Number), ("latest", Text)],
    },
    Table {
        name: "night",
        columns: &[
            ("subject", Text),
            ("scope", Text),
            ("night", Text),
            ("version", Text),
            ("conclusion", Text),
            ("passed", Number),
            ("failed", Number),
            ("aborted", Number),
            ("missing", Number),
            ("rules", Text),
            ("until_at", Number),
            ("by_old_rules", Text),
            ("late_at", Number),
        ],
    },
    Table { name: "rules", columns: &[("digest", Text), ("scope", Text), ("since", Number), ("content", Text)] },
    Table { name: "rules_in_force", columns: &[("scope", Text), ("since", Number), ("digest", Text)] },
    Table {
        name: "approval",
        columns: &[("report", Text), ("version", Text), ("testcase", Text), ("approval", Number)],
    },
    Table {
        name: "told",
        columns: &[("kind", Text), ("subject", Text), ("scope", Text), ("version", Text), ("state", Text)],
    },
    Table {
        name: "notice",
        columns: &[
            ("id", Text),
            ("subject", Text),
            ("channel", Text),
            ("recipient", Text),
            ("shown", Text),
            ("made_at", Number),
            ("title", Text),
            ("body", Text),
            ("state", Text),
            ("attempts", Number),
            ("next_at", Number),
            ("claimed_until", Number),
            ("done_at", Number),
            ("answer", Text),
        ],
    },
];

/// The record of actions, which is copied as well.
const AUDIT: Table = Table {
    name: "audit",
    columns: &[
        ("id", Text),
        ("at", Number),
        ("account", Text),
        ("address", Text),
        ("action", Text),
        ("outcome", Text),
        ("detail", Text),
    ],
};

impl Store {
    /// Copies everything into an empty database, as of one instant, all or nothing.
    ///
    /// # Errors
    /// The target is not empty, or one of the databases refuses.
    pub async fn copy_to(&self, target: &Self) -> Result<Vec<Copied>, BackupError> {
        for table in TABLES.iter().chain([&AUDIT]) {
            if target.has_rows(table).await? {
                return Err(BackupError::NotEmpty(table.name));
            }
        }
        let begin = match self.kind {
            Kind::Sqlite => "BEGIN",
            Kind::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let mut source = self.pool.begin_with(begin).await.map_err(StoreError::from)?;
        let mut transaction = target.begin().await.map_err(StoreError::from)?;
        let mut copied = Vec::new();
        for table in TABLES.iter().chain([&AUDIT]) {
            let rows = copy(table, &mut source, &mut transaction).await.map_err(StoreError::from)?;
            copied.push(Copied { table: table.name, rows });
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(copied)
    }

    async fn has_rows(&self, table: &Table) -> Result<bool, StoreError> {
        // The names are constants of this file.
        let query = sqlx::query(AssertSqlSafe(format!("SELECT 1 FROM {} LIMIT 1", table.name)));
        Ok(query.fetch_optional(&self.pool).await?.is_some())
    }
}

async fn copy(
    table: &Table,
    source: &mut Transaction<'_, Any>,
    target: &mut Transaction<'_, Any>,
) -> Result<u64, sqlx::Error> {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (1..=names.len()).map(|number| format!("${number}")).collect();
    let (names, places) = (names.join(", "), places.join(", "));
    let select = format!("SELECT {names} FROM {}", table.name);
    let insert = format!("INSERT INTO {} ({names}) VALUES ({places})", table.name);
    let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(&mut **source);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        let mut query = sqlx::query(AssertSqlSafe(insert.clone()));
        for (index, (_, kind)) in table.columns.iter().enumerate() {
            query = bind(query, &row, index, *kind)?;
        }
        query.execute(&mut **target).await?;
        count += 1;
    }
    Ok(count)
}

fn bind<'q>(
    query: Query<'q, Any, sqlx::any::AnyArguments>,
    row: &AnyRow,
    index: usize,
    kind: Type,
) -> Result<Query<'q, Any, sqlx::any::AnyArguments>, sqlx::Error> {
    Ok(match kind {
        Text => query.bind(row.try_get::<Option<String>, _>(index)?),
        Number => query.bind(row.try_get::<Option<i64>, _>(index)?),
        Bytes => query.bind(row.try_get::<Option<Vec<u8>>, _>(index)?),
    })
}
