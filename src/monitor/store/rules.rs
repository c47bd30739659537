//! The archive of rules: whatever anything was judged by stays readable, with the time since when it was in force.

use super::{Store, StoreError};
use crate::judge::{Rulebook, Rules};
use chrono::{DateTime, Utc};
use sqlx::{Any, Row, Transaction};
use std::collections::HashMap;
use std::sync::Arc;

impl Store {
    /// Archives rules that are not there yet, and notes which ones are in force from now on.
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
            let in_force = in_force(&mut transaction, &rules.uuid).await?;
            if in_force.last().is_none_or(|(_, digest)| *digest != rules.digest) {
                sqlx::query(
                    "INSERT INTO rules_in_force (scope, since, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                )
                .bind(&rules.uuid)
                .bind(at.timestamp_micros())
                .bind(&rules.digest)
                .execute(&mut *transaction)
                .await?;
            }
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// Returns the digests of a scope's rules with the instants since when they were in force, the oldest first.
async fn in_force(transaction: &mut Transaction<'_, Any>, scope: &str) -> Result<Vec<(i64, String)>, StoreError> {
    let rows = sqlx::query("SELECT since, digest FROM rules_in_force WHERE scope = $1 ORDER BY since, digest")
        .bind(scope)
        .fetch_all(&mut **transaction)
        .await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The rules that nights of one scope are judged by.
#[derive(Debug)]
pub(super) struct Archive {
    current: Arc<Rules>,
    in_force: Vec<(i64, String)>,
    /// The archived rules by digest; none until one of them is needed.
    archived: HashMap<String, Arc<Rules>>,
}

impl Archive {
    /// Opens the archive beside the rules of now.
    pub async fn open(transaction: &mut Transaction<'_, Any>, current: &Arc<Rules>) -> Result<Self, StoreError> {
        let in_force = in_force(transaction, &current.uuid).await?;
        Ok(Self { current: Arc::clone(current), in_force, archived: HashMap::new() })
    }

    /// Reads all rules of the scope, if one of those named is not that of now.
    pub async fn read(
        &mut self,
        transaction: &mut Transaction<'_, Any>,
        mut digests: impl Iterator<Item = &str>,
    ) -> Result<(), StoreError> {
        if digests.all(|digest| digest == self.current.digest) {
            return Ok(());
        }
        let rows = sqlx::query("SELECT digest, content FROM rules WHERE scope = $1").bind(&self.current.uuid);
        for row in rows.fetch_all(&mut **transaction).await? {
            let (digest, content): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let rules = Rules::from_json(&content, &digest);
            let rules = rules.map_err(|error| StoreError::Content(format!("rules: {error}")))?;
            self.archived.insert(digest, Arc::new(rules));
        }
        Ok(())
    }

    /// Returns the digest of the rules that were in force at an instant; none before all that are known.
    pub fn digest_at(&self, at: DateTime<Utc>) -> Option<&str> {
        let at = at.timestamp_micros();
        let (since, digest) = self.in_force.iter().rev().find(|(since, _)| *since <= at)?;
        let is_last = self.in_force.last().is_none_or(|(last, _)| since == last);
        // Another server may have archived newer rules; this one judges by its own from then on.
        Some(if is_last { &self.current.digest } else { digest })
    }

    /// Returns the last place of rules in the order in which rules were in force.
    pub fn place(&self, digest: &str) -> Option<usize> {
        self.in_force.iter().rposition(|(_, known)| known == digest)
    }

    /// Returns rules that were read.
    pub fn rules(&self, digest: &str) -> Option<&Arc<Rules>> {
        if digest == self.current.digest { Some(&self.current) } else { self.archived.get(digest) }
    }
}
