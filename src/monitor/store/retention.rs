//! Moves the signed bytes of old uploads into a folder, and back. Results, signatures and digests stay in the database.

use super::audit::AuditEntry;
use super::content::{is_upload, parts_of};
use super::{Store, StoreError};
use chrono::{DateTime, Utc};
use sqlx::Row;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The uploads that were retired or revived, or would be.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Retired {
    /// The number of uploads.
    pub uploads: u64,
    /// The signed bytes in them.
    pub bytes: i64,
    /// The number of uploads that are old enough, and stay for the sake of a subject in them.
    pub kept: u64,
}

impl Store {
    /// Counts the uploads with content that arrived before an instant, and hold no report of the subjects that are to be kept.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn retirable(&self, before: DateTime<Utc>, keep: &BTreeSet<String>) -> Result<Retired, StoreError> {
        Ok(self.candidates(before, keep).await?.1)
    }

    /// Moves the content of uploads that arrived before an instant into a folder, one file each, and records it. Those with a report of
    /// the subjects that are to be kept stay.
    ///
    /// # Errors
    /// A file cannot be written, or the database does not answer.
    pub async fn retire(
        &self,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
        folder: &Path,
        keep: &BTreeSet<String>,
    ) -> Result<Retired, StoreError> {
        fs::create_dir_all(folder).map_err(|error| problem(folder, &error))?;
        let (ids, retired) = self.candidates(before, keep).await?;
        for id in ids {
            self.write_file(&id, folder).await?;
            self.mark(&id, Some(now), None).await?;
        }
        self.note("retire", retired, now).await?;
        Ok(retired)
    }

    /// Returns the ids of the uploads that may be retired, the oldest first, and their numbers.
    async fn candidates(
        &self,
        before: DateTime<Utc>,
        keep: &BTreeSet<String>,
    ) -> Result<(Vec<String>, Retired), StoreError> {
        let (mut ids, mut found) = (Vec::new(), Retired::default());
        let query = "SELECT id, size FROM upload WHERE arrived_at < $1 AND archived_at IS NULL ORDER BY arrived_at";
        for row in sqlx::query(query).bind(before.timestamp_micros()).fetch_all(&self.pool).await? {
            let id: String = row.try_get(0)?;
            if !keep.is_empty() && self.holds_any(&id, keep).await? {
                found.kept += 1;
                continue;
            }
            found.uploads += 1;
            found.bytes += row.try_get::<i64, _>(1)?;
            ids.push(id);
        }
        Ok((ids, found))
    }

    /// Returns true if an upload holds a report of one of these subjects.
    async fn holds_any(&self, upload: &str, subjects: &BTreeSet<String>) -> Result<bool, StoreError> {
        let query = sqlx::query("SELECT DISTINCT subject FROM report WHERE upload = $1").bind(upload);
        for row in query.fetch_all(&self.pool).await? {
            if subjects.contains(&row.try_get::<String, _>(0)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes the content of retired uploads back from a folder: of all whose files are there, or of those with a subject.
    ///
    /// # Errors
    /// A file is not what was retired, or the database does not answer.
    pub async fn revive(
        &self,
        folder: &Path,
        subject: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Retired, StoreError> {
        let mut revived = Retired::default();
        let query = "SELECT id, size, sha256 FROM upload WHERE archived_at IS NOT NULL AND ($1 = '' OR EXISTS
                     (SELECT 1 FROM report WHERE report.upload = upload.id AND report.subject = $2)) ORDER BY arrived_at";
        let subject = subject.unwrap_or_default();
        for row in sqlx::query(query).bind(subject).bind(subject).fetch_all(&self.pool).await? {
            let (id, sha256): (String, String) = (row.try_get(0)?, row.try_get(2)?);
            let path = path(folder, &id);
            if !path.is_file() {
                continue;
            }
            let compressed = fs::read(&path).map_err(|error| problem(&path, &error))?;
            if !is_upload(&compressed, &sha256) {
                return Err(problem(&path, &io::Error::other("it is not the upload that was retired")));
            }
            self.mark(&id, None, Some(&compressed)).await?;
            revived.uploads += 1;
            revived.bytes += row.try_get::<i64, _>(1)?;
        }
        self.note("revive", revived, now).await?;
        Ok(revived)
    }

    /// Writes the parts of an upload into a file, which has its name only once it is complete and on the disk.
    async fn write_file(&self, id: &str, folder: &Path) -> Result<(), StoreError> {
        let path = path(folder, id);
        let partial = path.with_extension("partial");
        let failed = |error: io::Error| problem(&path, &error);
        let options = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial);
        let mut file = options.map_err(failed)?;
        let mut number = 0;
        while let Some(part) = self.part(id, number).await? {
            file.write_all(&part).map_err(failed)?;
            number += 1;
        }
        file.sync_all().map_err(failed)?;
        fs::rename(&partial, &path).map_err(failed)?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    /// Notes that an upload is retired or no longer, and removes or adds its parts, in one transaction.
    async fn mark(
        &self,
        id: &str,
        archived_at: Option<DateTime<Utc>>,
        content: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let _turn = self.writer.lock().await;
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM upload_part WHERE upload = $1").bind(id).execute(&mut *transaction).await?;
        for (number, part) in (0_i64..).zip(content.into_iter().flat_map(parts_of)) {
            sqlx::query("INSERT INTO upload_part (upload, part, content) VALUES ($1, $2, $3)")
                .bind(id)
                .bind(number)
                .bind(part)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query("UPDATE upload SET archived_at = $1 WHERE id = $2")
            .bind(archived_at.map(|at| at.timestamp_micros()))
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn note(&self, action: &'static str, done: Retired, now: DateTime<Utc>) -> Result<(), StoreError> {
        let entry = AuditEntry {
            account: String::new(),
            address: String::new(),
            action,
            outcome: "accepted".to_owned(),
            detail: format!("{} uploads, {} bytes", done.uploads, done.bytes),
        };
        self.record(&entry, now).await
    }
}

fn path(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.zlib"))
}

fn problem(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Archive { path: path.to_owned(), problem: error.to_string() }
}
