//! The standings of all subjects: small rows that tell what changed, and the rows themselves.

use super::{Store, StoreError};
use crate::judge::Latest;
use sqlx::Row;

/// A number that grows with each upload about a subject by a scope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revision {
    /// The subject.
    pub subject: String,
    /// The id of the scope.
    pub scope: String,
    /// The number.
    pub revision: i64,
}

impl Store {
    /// Returns the revisions of all standings.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn revisions(&self) -> Result<Vec<Revision>, StoreError> {
        let rows = sqlx::query("SELECT subject, scope, revision FROM standing").fetch_all(&self.pool).await?;
        let revision = |row: &sqlx::any::AnyRow| -> Result<Revision, StoreError> {
            Ok(Revision { subject: row.try_get(0)?, scope: row.try_get(1)?, revision: row.try_get(2)? })
        };
        rows.iter().map(revision).collect()
    }

    /// Returns a standing with its revision.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn standing(&self, subject: &str, scope: &str) -> Result<Option<(i64, Latest)>, StoreError> {
        let row = sqlx::query("SELECT revision, latest FROM standing WHERE subject = $1 AND scope = $2")
            .bind(subject)
            .bind(scope)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let latest: String = row.try_get(1)?;
        let latest =
            serde_json::from_str(&latest).map_err(|error| StoreError::Content(format!("standing: {error}")))?;
        Ok(Some((row.try_get(0)?, latest)))
    }
}
