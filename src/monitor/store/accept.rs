//! Stores an upload, with all that follows from it, in one transaction.

use super::audit::AuditEntry;
use super::content::Compressed;
use super::overview::{Of, Standing, known, put_standing, take_standing};
use super::{Store, StoreError};
use crate::accept::UploadedReport;
use crate::judge::{Past, Rulebook, Rules};
use chrono::{DateTime, Utc};
use sqlx::{Any, Transaction};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An upload that has been checked.
#[derive(Debug)]
pub struct NewUpload {
    /// A new id.
    pub id: String,
    /// The instant of arrival.
    pub arrived_at: DateTime<Utc>,
    /// The account.
    pub uploader: String,
    /// The fingerprint of the key that signed.
    pub fingerprint: String,
    /// The signature.
    pub signature: String,
    /// The media type.
    pub media_type: &'static str,
    /// The signed bytes.
    pub content: Compressed,
    /// The reports in them.
    pub reports: Vec<UploadedReport>,
}

/// The reports of an upload by subject and scope.
type Groups<'u> = BTreeMap<(&'u str, String), Vec<&'u UploadedReport>>;

impl Store {
    /// Stores an upload as a whole, or nothing of it.
    ///
    /// # Errors
    /// A report is stored already, or the database does not answer.
    pub async fn accept(&self, upload: &NewUpload, rulebook: &Rulebook, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut groups: Groups<'_> = BTreeMap::new();
        for report in &upload.reports {
            groups.entry((&report.subject, report.scope.to_string())).or_default().push(report);
        }
        let _turn = match self.kind {
            super::Kind::Sqlite => (Some(self.writer.lock().await), None),
            super::Kind::Postgres => (None, self.uploads.acquire().await.ok()),
        };
        let mut transaction = self.begin().await?;
        // The rows of standings are taken first, in one order for all, so that two uploads wait and never block each other.
        let mut standings = Vec::new();
        for (subject, scope) in groups.keys() {
            let of = Of { subject, scope };
            // Ids of scopes can be made up without end; only those that are judged have standings.
            standings.push(match rulebook.scopes.contains_key(scope) {
                true => Some(take_standing(&mut transaction, of).await?),
                false => None,
            });
        }
        for (document, report) in upload.reports.iter().enumerate() {
            insert_report(&mut transaction, upload, document, report).await?;
        }
        insert_upload(&mut transaction, upload).await?;
        for (((subject, scope), reports), before) in groups.into_iter().zip(standings) {
            let Some((before, rules)) = before.zip(rulebook.scopes.get(&scope)) else { continue };
            let reports: Vec<Past> = reports.into_iter().map(|report| past(report, upload.arrived_at)).collect();
            store_group(&mut transaction, Of { subject, scope: &scope }, before, &reports, rules).await?;
        }
        super::audit::insert(&mut transaction, entry, upload.arrived_at).await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn insert_report(
    transaction: &mut Transaction<'_, Any>,
    upload: &NewUpload,
    document: usize,
    report: &UploadedReport,
) -> Result<(), StoreError> {
    let range = upload.content.documents.get(document);
    let count = |number| i64::try_from(report.results.count(number)).unwrap_or(i64::MAX);
    let results = serde_json::to_string(&report.results).map_err(|error| StoreError::Content(error.to_string()))?;
    sqlx::query(
        "INSERT INTO report
         (uuid, upload, document, subject, scope, checked_at, arrived_at, uploader, creator, passed, failed, aborted, results,
          begins, ends)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(report.uuid.to_string())
    .bind(&upload.id)
    .bind(i64::try_from(document).unwrap_or(i64::MAX))
    .bind(&report.subject)
    .bind(report.scope.to_string())
    .bind(report.checked_at.timestamp_micros())
    .bind(upload.arrived_at.timestamp_micros())
    .bind(&upload.uploader)
    .bind(report.creator.as_deref())
    .bind(count(1))
    .bind(count(-1))
    .bind(count(0))
    .bind(results)
    .bind(range.and_then(|range| i64::try_from(range.start).ok()))
    .bind(range.and_then(|range| i64::try_from(range.end).ok()))
    .execute(&mut **transaction)
    .await
    .map_err(|error| match error.as_database_error() {
        Some(database) if database.is_unique_violation() => StoreError::Duplicate(report.uuid.to_string()),
        _ => error.into(),
    })?;
    Ok(())
}

async fn insert_upload(transaction: &mut Transaction<'_, Any>, upload: &NewUpload) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO upload (id, arrived_at, uploader, fingerprint, signature, media_type, size, sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&upload.id)
    .bind(upload.arrived_at.timestamp_micros())
    .bind(&upload.uploader)
    .bind(&upload.fingerprint)
    .bind(&upload.signature)
    .bind(upload.media_type)
    .bind(i64::try_from(upload.content.size).unwrap_or(i64::MAX))
    .bind(&upload.content.sha256)
    .execute(&mut **transaction)
    .await?;
    for (number, part) in (0_i64..).zip(&upload.content.parts) {
        sqlx::query("INSERT INTO upload_part (upload, part, content) VALUES ($1, $2, $3)")
            .bind(&upload.id)
            .bind(number)
            .bind(part.as_slice())
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Adds the reports of an upload about one subject by one scope to its standing, and records their nights.
async fn store_group(
    transaction: &mut Transaction<'_, Any>,
    of: Of<'_>,
    before: Standing,
    reports: &[Past],
    rules: &Arc<Rules>,
) -> Result<(), StoreError> {
    let mut latest = before.latest.clone();
    for report in reports {
        latest.add(report.checked_at, &report.uuid, &known(&report.results, rules));
    }
    let last = reports.iter().map(|report| report.checked_at.timestamp_micros()).max().unwrap_or(0);
    put_standing(transaction, of, &latest, last.max(before.newest)).await?;
    super::nights::record(transaction, of, before, reports, rules).await
}

fn past(report: &UploadedReport, arrived_at: DateTime<Utc>) -> Past {
    let (checked_at, results) = (report.checked_at, report.results.clone());
    Past { uuid: report.uuid.to_string(), checked_at, arrived_at, results }
}
