//! Completes standings after rules have changed: reports came before their scope or a testcase of it was known.

use super::nights::{LONGEST_LIFE, past_since};
use super::overview::{Of, known, put_standing, take_standing};
use super::{Store, StoreError};
use crate::judge::{Rulebook, Rules};
use chrono::{DateTime, Utc};
use sqlx::Row;

impl Store {
    /// Returns the ids of the scopes whose rules are not those in force so far; rules that were in force before may come back.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn new_scopes(&self, rulebook: &Rulebook) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        for rules in rulebook.scopes.values() {
            let row = sqlx::query(
                "SELECT digest FROM rules_in_force WHERE scope = $1 ORDER BY since DESC, digest DESC LIMIT 1",
            );
            let row = row.bind(&rules.uuid).fetch_optional(&self.pool).await?;
            let in_force: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
            if in_force.as_deref() != Some(&rules.digest) {
                found.push(rules.uuid.clone());
            }
        }
        Ok(found)
    }

    /// Adds to the standings by a scope what its stored reports say about testcases that are known now.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn complete_standings(&self, rules: &Rules, now: DateTime<Utc>) -> Result<(), StoreError> {
        let subjects = sqlx::query("SELECT DISTINCT subject FROM report WHERE scope = $1").bind(&rules.uuid);
        for row in subjects.fetch_all(&self.pool).await? {
            self.complete_standing(&row.try_get::<String, _>(0)?, rules, now).await?;
        }
        Ok(())
    }

    async fn complete_standing(&self, subject: &str, rules: &Rules, now: DateTime<Utc>) -> Result<(), StoreError> {
        let _turn = self.writer.lock().await;
        let mut transaction = self.begin().await?;
        let of = Of { subject, scope: &rules.uuid };
        let mut standing = take_standing(&mut transaction, of).await?;
        for past in past_since(&mut transaction, of, now - LONGEST_LIFE).await? {
            standing.latest.add(past.checked_at, &past.uuid, &known(&past.results, rules));
            standing.newest = standing.newest.max(past.checked_at.timestamp_micros());
        }
        put_standing(&mut transaction, of, &standing.latest, standing.newest).await?;
        transaction.commit().await?;
        Ok(())
    }
}
