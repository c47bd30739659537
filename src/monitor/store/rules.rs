//! The archive of rules: whatever anything was judged by stays readable.

use super::{Store, StoreError};
use crate::judge::Rulebook;
use chrono::{DateTime, Utc};

impl Store {
    /// Archives rules that are not there yet.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn archive(&self, rulebook: &Rulebook, at: DateTime<Utc>) -> Result<(), StoreError> {
        let _turn = self.writer.lock().await;
        let mut transaction = self.begin().await?;
        for rules in rulebook.scopes.values() {
            sqlx::query(
                "INSERT INTO rules (digest, scope, since, content) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            )
            .bind(&rules.digest)
            .bind(&rules.uuid)
            .bind(at.timestamp_micros())
            .bind(rules.to_json())
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
