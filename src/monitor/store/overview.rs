//! The standings of all subjects: small rows that tell what changed, and the rows themselves.

use super::{Store, StoreError};
use crate::judge::{Latest, Results, Rules};
use sqlx::{Any, Row, Transaction};

/// The subject and the scope that something is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of<'o> {
    pub subject: &'o str,
    pub scope: &'o str,
}

/// The standing of a subject before an upload.
#[derive(Debug)]
pub(super) struct Standing {
    /// The latest results.
    pub latest: Latest,
    /// The instant of the newest check.
    pub newest: i64,
}

/// Takes the row of a standing for this transaction, and raises its revision.
pub(super) async fn take_standing(transaction: &mut Transaction<'_, Any>, of: Of<'_>) -> Result<Standing, StoreError> {
    let row = sqlx::query(
        "INSERT INTO standing (subject, scope, revision, newest, latest) VALUES ($1, $2, 1, 0, '{}')
         ON CONFLICT (subject, scope) DO UPDATE SET revision = standing.revision + 1
         RETURNING newest, latest",
    )
    .bind(of.subject)
    .bind(of.scope)
    .fetch_one(&mut **transaction)
    .await?;
    let latest: String = row.try_get(1)?;
    let latest = serde_json::from_str(&latest).map_err(|error| StoreError::Content(format!("standing: {error}")))?;
    Ok(Standing { latest, newest: row.try_get(0)? })
}

/// Writes a standing that was taken.
pub(super) async fn put_standing(
    transaction: &mut Transaction<'_, Any>,
    of: Of<'_>,
    latest: &Latest,
    newest: i64,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(latest).map_err(|error| StoreError::Content(error.to_string()))?;
    sqlx::query("UPDATE standing SET latest = $1, newest = $2 WHERE subject = $3 AND scope = $4")
        .bind(text)
        .bind(newest)
        .bind(of.subject)
        .bind(of.scope)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Returns the results for testcases that are judged; the ids of others can be made up without end.
pub(super) fn known(results: &Results, rules: &Rules) -> Results {
    let mut known = Results::default();
    for (version, testcase, number) in results.iter().filter(|(_, id, _)| rules.testcases.contains_key(*id)) {
        known.add(version, testcase, number);
    }
    known
}

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
