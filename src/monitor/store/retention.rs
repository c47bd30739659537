//! Retires the signed bytes of old uploads. Results, signatures and digests stay.

use super::{Store, StoreError, changed};
use chrono::{DateTime, Utc};
use sqlx::Row;

/// The uploads that were retired, or would be.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Retired {
    /// The number of uploads.
    pub uploads: u64,
    /// The signed bytes in them.
    pub bytes: i64,
}

impl Store {
    /// Counts the uploads with content that arrived before an instant.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn retirable(&self, before: DateTime<Utc>) -> Result<Retired, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM upload
             WHERE arrived_at < $1 AND archived_at IS NULL",
        )
        .bind(before.timestamp_micros())
        .fetch_one(&self.pool)
        .await?;
        Ok(Retired { uploads: u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default(), bytes: row.try_get(1)? })
    }

    /// Retires the content of uploads that arrived before an instant.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn retire(&self, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<Retired, StoreError> {
        let retired = self.retirable(before).await?;
        let _turn = self.writer.lock().await;
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM upload_part WHERE upload IN (SELECT id FROM upload WHERE arrived_at < $1)")
            .bind(before.timestamp_micros())
            .execute(&mut *transaction)
            .await?;
        let result = sqlx::query("UPDATE upload SET archived_at = $1 WHERE arrived_at < $2 AND archived_at IS NULL")
            .bind(now.timestamp_micros())
            .bind(before.timestamp_micros())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Retired { uploads: changed(&result), ..retired })
    }
}
