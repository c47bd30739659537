//! Completes standings after rules have changed: reports came before their scope or a testcase of it was known.

use super::nights::{LONGEST_LIFE, past_since};
use super::overview::{Of, known, put_standing, take_standing};
use super::{Store, StoreError};
use crate::judge::{Rulebook, Rules};
use chrono::{DateTime, Utc};
use sqlx::Row;

impl Store {
    /// Returns the ids of the scopes whose rules nothing was judged by yet.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn new_scopes(&self, rulebook: &Rulebook) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        for rules in rulebook.scopes.values() {
            let row = sqlx::query("SELECT 1 FROM rules WHERE digest = $1").bind(&rules.digest);
            if row.fetch_optional(&self.pool).await?.is_none() {
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
