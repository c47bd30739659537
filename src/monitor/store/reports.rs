//! Stored reports, uploads and results, as they are asked for.

use super::audit::AuditEntry;
use super::{Store, StoreError, changed};
use crate::judge::Results;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::HashMap;

/// A stored report, without its content.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// The id of the run.
    pub uuid: String,
    /// The id of the upload.
    pub upload: String,
    /// The place of its document in the upload, from 0.
    pub document: usize,
    /// The subject.
    pub subject: String,
    /// The id of the scope.
    pub scope: String,
    /// The instant of the check.
    pub checked_at: DateTime<Utc>,
    /// The instant of arrival.
    pub arrived_at: DateTime<Utc>,
    /// The account that uploaded it.
    pub uploader: String,
    /// The program or person that made it.
    pub creator: Option<String>,
    /// The results.
    pub results: Results,
    /// The place of its content.
    pub place: Place,
}

/// The place of a document among stored bytes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// The media type of the upload.
    pub media_type: String,
    /// The number of bytes of the upload.
    pub size: usize,
    /// True if they were retired.
    pub retired: bool,
    /// The first byte of the document and the one behind it, if it can be read alone.
    pub range: Option<(usize, usize)>,
}

/// A stored upload, without its content.
#[derive(Clone, Debug)]
pub struct UploadRow {
    /// The fingerprint of the key.
    pub fingerprint: String,
    /// The signature.
    pub signature: String,
    /// The media type.
    pub media_type: String,
    /// The number of signed bytes.
    pub size: i64,
    /// Their SHA-256.
    pub sha256: String,
    /// The subjects of its reports.
    pub subjects: Vec<String>,
}

/// A result of a report, as today's server lists it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ResultRow {
    /// The id of the report.
    pub reportuuid: String,
    /// The subject.
    pub subject: String,
    /// The instant of the check, without an offset, in UTC.
    pub checked_at: String,
    /// The id of the scope.
    pub scopeuuid: String,
    /// The version, or `*`.
    pub version: String,
    /// The testcase.
    pub check: String,
    /// The result.
    pub result: i8,
    /// The approval, which decides nothing any more.
    pub approval: bool,
}

/// The time for which results are listed.
const LISTED: TimeDelta = TimeDelta::days(7);

fn report_from(row: &AnyRow) -> Result<ReportRow, StoreError> {
    let results: String = row.try_get(9)?;
    let time = |index: usize| -> Result<DateTime<Utc>, sqlx::Error> {
        Ok(DateTime::from_timestamp_micros(row.try_get(index)?).unwrap_or_default())
    };
    Ok(ReportRow {
        uuid: row.try_get(0)?,
        upload: row.try_get(1)?,
        document: usize::try_from(row.try_get::<i64, _>(2)?).unwrap_or_default(),
        subject: row.try_get(3)?,
        scope: row.try_get(4)?,
        checked_at: time(5)?,
        arrived_at: time(6)?,
        uploader: row.try_get(7)?,
        creator: row.try_get(8)?,
        results: serde_json::from_str(&results).map_err(|error| StoreError::Content(format!("results: {error}")))?,
        place: Place::default(),
    })
}

/// The query for reports with the places of their contents.
macro_rules! placed {
    ($rest:literal) => {
        concat!(
            "SELECT report.uuid, upload, document, subject, scope, checked_at, report.arrived_at, report.uploader,
             creator, results, media_type, size, archived_at, begins, ends
             FROM report JOIN upload ON upload.id = report.upload ",
            $rest
        )
    };
}

/// Reads a report with the place of its content.
fn placed_from(row: &AnyRow) -> Result<ReportRow, StoreError> {
    let number = |index: usize| -> Result<Option<usize>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(index)?.and_then(|number| usize::try_from(number).ok()))
    };
    let place = Place {
        media_type: row.try_get(10)?,
        size: number(11)?.unwrap_or_default(),
        retired: row.try_get::<Option<i64>, _>(12)?.is_some(),
        range: number(13)?.zip(number(14)?),
    };
    Ok(ReportRow { place, ..report_from(row)? })
}

impl Store {
    /// Finds a report.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn report(&self, uuid: &str) -> Result<Option<ReportRow>, StoreError> {
        let query = placed!("WHERE report.uuid = $1");
        let row = sqlx::query(query).bind(uuid).fetch_optional(&self.pool).await?;
        row.as_ref().map(placed_from).transpose()
    }

    /// Returns reports, the newest first: those of a subject, or all.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn reports(&self, subject: Option<&str>, limit: i64, skip: i64) -> Result<Vec<ReportRow>, StoreError> {
        let query = match subject {
            Some(subject) => {
                sqlx::query(placed!("WHERE subject = $3 ORDER BY checked_at DESC, report.uuid LIMIT $1 OFFSET $2"))
                    .bind(limit)
                    .bind(skip)
                    .bind(subject)
            }
            None => {
                sqlx::query(placed!("ORDER BY checked_at DESC, report.uuid LIMIT $1 OFFSET $2")).bind(limit).bind(skip)
            }
        };
        query.fetch_all(&self.pool).await?.iter().map(placed_from).collect()
    }

    /// Returns the first of these reports that is stored; none if all are new.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn first_stored(&self, uuids: impl Iterator<Item = String>) -> Result<Option<String>, StoreError> {
        for uuid in uuids {
            if sqlx::query("SELECT 1 FROM report WHERE uuid = $1")
                .bind(&uuid)
                .fetch_optional(&self.pool)
                .await?
                .is_some()
            {
                return Ok(Some(uuid));
            }
        }
        Ok(None)
    }

    /// Finds an upload.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn upload(&self, id: &str) -> Result<Option<UploadRow>, StoreError> {
        let query = "SELECT fingerprint, signature, media_type, size, sha256 FROM upload WHERE id = $1";
        let Some(row) = sqlx::query(query).bind(id).fetch_optional(&self.pool).await? else { return Ok(None) };
        let subjects = sqlx::query("SELECT DISTINCT subject FROM report WHERE upload = $1").bind(id);
        let subjects = subjects.fetch_all(&self.pool).await?;
        Ok(Some(UploadRow {
            fingerprint: row.try_get(0)?,
            signature: row.try_get(1)?,
            media_type: row.try_get(2)?,
            size: row.try_get(3)?,
            sha256: row.try_get(4)?,
            subjects: subjects.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?,
        }))
    }

    /// Returns the results of the last seven days, the newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn results(&self, filter: &ResultFilter, now: DateTime<Utc>) -> Result<Vec<ResultRow>, StoreError> {
        let approvals = self.approvals(now).await?;
        let since = (now - LISTED).timestamp_micros();
        let (mut found, mut before, mut to_skip) = (Vec::new(), (i64::MAX, String::new()), filter.skip);
        if filter.limit == 0 {
            return Ok(found);
        }
        loop {
            let rows = self.results_page(filter, since, &before).await?;
            for row in &rows {
                let report = report_from(row)?;
                before = (report.checked_at.timestamp_micros(), report.uuid.clone());
                for result in rows_of(&report, &approvals) {
                    if filter.approved.is_some_and(|approved| approved != result.approval) {
                        continue;
                    }
                    if to_skip > 0 {
                        to_skip -= 1;
                        continue;
                    }
                    found.push(result);
                    if found.len() >= filter.limit {
                        return Ok(found);
                    }
                }
            }
            if rows.is_empty() {
                return Ok(found);
            }
        }
    }

    async fn results_page(
        &self,
        filter: &ResultFilter,
        since: i64,
        before: &(i64, String),
    ) -> Result<Vec<AnyRow>, StoreError> {
        let query = "SELECT uuid, upload, document, subject, scope, checked_at, arrived_at, uploader, creator, results
                     FROM report WHERE checked_at >= $1 AND (checked_at < $2 OR (checked_at = $3 AND uuid > $4))
                     AND ($5 = '' OR subject = $6) AND ($7 = '' OR scope = $8)
                     ORDER BY checked_at DESC, uuid LIMIT 50";
        let (subject, scope) =
            (filter.subject.as_deref().unwrap_or_default(), filter.scope.as_deref().unwrap_or_default());
        let query = sqlx::query(query).bind(since).bind(before.0).bind(before.0).bind(&before.1);
        Ok(query.bind(subject).bind(subject).bind(scope).bind(scope).fetch_all(&self.pool).await?)
    }

    /// Returns the approvals that were set by hand, by report, version and testcase.
    async fn approvals(&self, now: DateTime<Utc>) -> Result<HashMap<(String, String, String), bool>, StoreError> {
        let rows = sqlx::query(
            "SELECT approval.report, approval.version, approval.testcase, approval.approval FROM approval
             JOIN report ON report.uuid = approval.report WHERE report.checked_at >= $1",
        )
        .bind((now - LISTED).timestamp_micros())
        .fetch_all(&self.pool)
        .await?;
        let approval = |row: &AnyRow| -> Result<_, StoreError> {
            Ok(((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?), row.try_get::<i64, _>(3)? != 0))
        };
        rows.iter().map(approval).collect()
    }

    /// Sets the approval of results and records that, all or none. The answer is the index of the first that does not exist.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn approve(
        &self,
        approvals: &[Approval],
        entry: &AuditEntry,
        at: DateTime<Utc>,
    ) -> Result<Option<usize>, StoreError> {
        let _turn = self.writer.lock().await;
        let mut transaction = self.begin().await?;
        for (index, approval) in approvals.iter().enumerate() {
            let row = sqlx::query("SELECT results FROM report WHERE uuid = $1 AND scope = $2")
                .bind(&approval.reportuuid)
                .bind(&approval.scopeuuid)
                .fetch_optional(&mut *transaction)
                .await?;
            let Some(row) = row else { return Ok(Some(index)) };
            let results: Results = serde_json::from_str(&row.try_get::<String, _>(0)?)
                .map_err(|error| StoreError::Content(format!("results: {error}")))?;
            if !results.iter().any(|(version, id, _)| version == approval.version && id == approval.check) {
                return Ok(Some(index));
            }
            let result = sqlx::query(
                "INSERT INTO approval (report, version, testcase, approval) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (report, version, testcase) DO UPDATE SET approval = excluded.approval",
            )
            .bind(&approval.reportuuid)
            .bind(&approval.version)
            .bind(&approval.check)
            .bind(i64::from(approval.approval))
            .execute(&mut *transaction)
            .await?;
            debug_assert_eq!(changed(&result), 1, "an approval is one row");
        }
        super::audit::insert(&mut transaction, entry, at).await?;
        transaction.commit().await?;
        Ok(None)
    }
}

/// The results that are asked for.
#[derive(Clone, Debug, Default)]
pub struct ResultFilter {
    /// Only those with this approval.
    pub approved: Option<bool>,
    /// Only those of this subject.
    pub subject: Option<String>,
    /// Only those by this scope.
    pub scope: Option<String>,
    /// The most that are returned.
    pub limit: usize,
    /// The number of those that are left out at the beginning.
    pub skip: usize,
}

/// The approval of a result. Other fields mean nothing, so that rows can come back as they were listed.
#[derive(Clone, Debug, Deserialize)]
pub struct Approval {
    /// The id of the report.
    pub reportuuid: String,
    /// The id of the scope.
    pub scopeuuid: String,
    /// The version, or `*`.
    pub version: String,
    /// The testcase.
    pub check: String,
    /// The new approval.
    pub approval: bool,
}

fn rows_of(report: &ReportRow, approvals: &HashMap<(String, String, String), bool>) -> Vec<ResultRow> {
    let row = |(version, check, result): (&str, &str, i8)| {
        let key = (report.uuid.clone(), version.to_owned(), check.to_owned());
        ResultRow {
            approval: approvals.get(&key).copied().unwrap_or(result == 1),
            reportuuid: report.uuid.clone(),
            subject: report.subject.clone(),
            checked_at: report.checked_at.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
            scopeuuid: report.scope.clone(),
            version: version.to_owned(),
            check: check.to_owned(),
            result,
        }
    };
    report.results.iter().map(row).collect()
}
