//! The record of who did something, and with what outcome.

use super::{Store, StoreError, changed};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};
use uuid::Uuid;

/// An action, before it is recorded.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// The account; empty for nobody.
    pub account: String,
    /// The address of the client.
    pub address: String,
    /// The action, such as `upload`.
    pub action: &'static str,
    /// The outcome: `accepted`, or the status of a refusal.
    pub outcome: String,
    /// The details; never a secret.
    pub detail: String,
}

/// A recorded action.
#[derive(Clone, Debug, Serialize)]
pub struct AuditRecord {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The account.
    pub account: String,
    /// The address.
    pub address: String,
    /// The action.
    pub action: String,
    /// The outcome.
    pub outcome: String,
    /// The details.
    pub detail: String,
}

pub(super) async fn insert(
    transaction: &mut Transaction<'_, Any>,
    entry: &AuditEntry,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO audit (id, at, account, address, action, outcome, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(Uuid::new_v4().to_string())
    .bind(at.timestamp_micros())
    .bind(clean(&entry.account))
    .bind(&entry.address)
    .bind(entry.action)
    .bind(&entry.outcome)
    .bind(clean(&entry.detail))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Returns a text that every database takes: PostgreSQL has no zero characters.
fn clean(text: &str) -> String {
    scs_reports::visible(text).into_owned()
}

impl Store {
    /// Records an action that changed nothing else.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn record(&self, entry: &AuditEntry, at: DateTime<Utc>) -> Result<(), StoreError> {
        let _turn = self.writer.lock().await;
        let mut transaction = self.begin().await?;
        insert(&mut transaction, entry, at).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets refusals before an instant; what was accepted stays. Returns their number.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_refusals(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let _turn = self.writer.lock().await;
        let result = sqlx::query("DELETE FROM audit WHERE at < $1 AND outcome <> 'accepted'")
            .bind(before.timestamp_micros())
            .execute(&self.pool)
            .await?;
        Ok(changed(&result))
    }

    /// Returns uploads since an instant, the newest first: those that were accepted or those that were refused, of an account or of all.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn uploads_since(
        &self,
        account: Option<&str>,
        since: DateTime<Utc>,
        accepted: bool,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT at, account, address, action, outcome, detail FROM audit
             WHERE at >= $1 AND action = 'upload' AND ($2 = '' OR account = $3)
             AND (CASE WHEN outcome = 'accepted' THEN 1 ELSE 0 END) = $4 ORDER BY at DESC, id LIMIT $5",
        )
        .bind(since.timestamp_micros())
        .bind(account.unwrap_or_default())
        .bind(account.unwrap_or_default())
        .bind(i64::from(accepted))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(record_from).collect()
    }

    /// Returns the last actions, the newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn audit(&self, limit: i64, skip: i64) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT at, account, address, action, outcome, detail FROM audit ORDER BY at DESC, id LIMIT $1 OFFSET $2",
        )
        .bind(limit)
        .bind(skip)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(record_from).collect()
    }
}

fn record_from(row: &AnyRow) -> Result<AuditRecord, StoreError> {
    Ok(AuditRecord {
        at: DateTime::from_timestamp_micros(row.try_get(0)?).unwrap_or_default(),
        account: row.try_get(1)?,
        address: row.try_get(2)?,
        action: row.try_get(3)?,
        outcome: row.try_get(4)?,
        detail: row.try_get(5)?,
    })
}
