//! Accounts in the database: those of the last `bootstrap.yaml`, for all servers that share it.

use super::{Store, StoreError};
use crate::accounts::{AccountEntry, KeyEntry, Roles};
use sqlx::Row;

/// The key of the number that grows whenever accounts change.
const REVISION: &str = "accounts";

impl Store {
    /// Replaces all accounts. Reports of accounts that are gone stay.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn replace_accounts(&self, entries: &[AccountEntry]) -> Result<(), StoreError> {
        if self.accounts().await? == sorted(entries) {
            return Ok(());
        }
        let _turn = self.writer.lock().await;
        let mut transaction = self.begin().await?;
        for statement in
            ["DELETE FROM delegation", "DELETE FROM public_key", "DELETE FROM api_key", "DELETE FROM account"]
        {
            sqlx::query(statement).execute(&mut *transaction).await?;
        }
        for entry in entries {
            let roles: Roles = entry.roles.iter().copied().collect();
            sqlx::query("INSERT INTO account (subject, roles, group_name) VALUES ($1, $2, $3)")
                .bind(&entry.subject)
                .bind(roles.bits())
                .bind(entry.group.as_deref())
                .execute(&mut *transaction)
                .await?;
            for hash in &entry.api_keys {
                sqlx::query("INSERT INTO api_key (subject, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(&entry.subject)
                    .bind(hash)
                    .execute(&mut *transaction)
                    .await?;
            }
            for key in &entry.keys {
                sqlx::query("INSERT INTO public_key (subject, name, kind, key) VALUES ($1, $2, $3, $4)")
                    .bind(&entry.subject)
                    .bind(&key.public_key_name)
                    .bind(&key.public_key_type)
                    .bind(&key.public_key)
                    .execute(&mut *transaction)
                    .await?;
            }
            for delegate in &entry.delegates {
                sqlx::query("INSERT INTO delegation (subject, delegate) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(&entry.subject)
                    .bind(delegate)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        sqlx::query(
            "INSERT INTO meta (key, value) VALUES ($1, '1')
             ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)",
        )
        .bind(REVISION)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Returns a text that changes whenever accounts do.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn accounts_revision(&self) -> Result<String, StoreError> {
        let row =
            sqlx::query("SELECT value FROM meta WHERE key = $1").bind(REVISION).fetch_optional(&self.pool).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or_default())
    }

    /// Returns all accounts, sorted by name.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn accounts(&self) -> Result<Vec<AccountEntry>, StoreError> {
        let mut entries = Vec::new();
        for row in
            sqlx::query("SELECT subject, roles, group_name FROM account ORDER BY subject").fetch_all(&self.pool).await?
        {
            entries.push(AccountEntry {
                subject: row.try_get(0)?,
                roles: Roles::from_bits(row.try_get(1)?),
                group: row.try_get(2)?,
                ..AccountEntry::default()
            });
        }
        let index = |entries: &[AccountEntry], subject: &str| entries.iter().position(|entry| entry.subject == subject);
        for row in sqlx::query("SELECT subject, hash FROM api_key ORDER BY subject, hash").fetch_all(&self.pool).await?
        {
            let subject: String = row.try_get(0)?;
            if let Some(at) = index(&entries, &subject) {
                entries[at].api_keys.push(row.try_get(1)?);
            }
        }
        let keys = "SELECT subject, name, kind, key FROM public_key ORDER BY subject, name";
        for row in sqlx::query(keys).fetch_all(&self.pool).await? {
            let subject: String = row.try_get(0)?;
            if let Some(at) = index(&entries, &subject) {
                let (public_key_name, public_key_type, public_key) =
                    (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
                entries[at].keys.push(KeyEntry { public_key, public_key_type, public_key_name });
            }
        }
        let delegations = "SELECT subject, delegate FROM delegation ORDER BY subject, delegate";
        for row in sqlx::query(delegations).fetch_all(&self.pool).await? {
            let subject: String = row.try_get(0)?;
            if let Some(at) = index(&entries, &subject) {
                entries[at].delegates.push(row.try_get(1)?);
            }
        }
        Ok(sorted(&entries))
    }
}

/// Returns entries in one order, whatever the database's idea of an alphabet.
fn sorted(entries: &[AccountEntry]) -> Vec<AccountEntry> {
    let mut entries = entries.to_vec();
    for entry in &mut entries {
        let roles: Roles = entry.roles.iter().copied().collect();
        entry.roles = Roles::from_bits(roles.bits());
        entry.api_keys.sort();
        entry.api_keys.dedup();
        entry.keys.sort_by(|a, b| a.public_key_name.cmp(&b.public_key_name));
        entry.delegates.sort();
        entry.delegates.dedup();
    }
    entries.sort_by(|a, b| a.subject.cmp(&b.subject));
    entries
}
