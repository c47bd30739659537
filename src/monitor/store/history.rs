//! The past of a subject: its nights and its reports.

use super::nights::past_from;
use super::{Store, StoreError};
use crate::judge::Past;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

/// The roll-up of a version on a night, as it is stored.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct NightRow {
    /// The day, in UTC.
    pub night: String,
    /// The version.
    pub version: String,
    /// The conclusion: `conformant`, `violation` or `undecided`.
    pub conclusion: String,
    /// The number of passed testcases of target `main`.
    pub passed: i64,
    /// The number of failed ones.
    pub failed: i64,
    /// The number of those that could not be decided.
    pub aborted: i64,
    /// The number of those without a result that counted.
    pub missing: i64,
    /// The digest of the rules of that day.
    pub rules: String,
    /// The instant from which on the conclusion ended, unless a further report came.
    pub until: Option<DateTime<Utc>>,
    /// The conclusion by the rules of the night before, where those were other ones.
    pub by_old_rules: Option<String>,
    /// The arrival of a late report without which the night would look otherwise.
    pub changed_by_report_of: Option<DateTime<Utc>>,
}

#[cfg(test)]
impl NightRow {
    /// Returns a night of version `v1` without counts.
    pub(crate) fn of_v1(night: &str, conclusion: &str) -> Self {
        Self {
            night: night.to_owned(),
            version: "v1".to_owned(),
            conclusion: conclusion.to_owned(),
            passed: 0,
            failed: 0,
            aborted: 0,
            missing: 0,
            rules: String::new(),
            until: None,
            by_old_rules: None,
            changed_by_report_of: None,
        }
    }
}

/// A report with the counts of its results.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ReportCounts {
    /// The id of the report.
    pub report: String,
    /// The instant of the check.
    pub checked_at: DateTime<Utc>,
    /// The instant of arrival.
    pub arrived_at: DateTime<Utc>,
    /// The account that uploaded it.
    pub uploader: String,
    /// The number of passed testcases.
    pub passed: i64,
    /// The number of failed ones.
    pub failed: i64,
    /// The number of those that could not be decided.
    pub aborted: i64,
}

/// The newest report of a subject: those who made it, and those who sent it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewestReport {
    /// The id of the report.
    pub report: String,
    /// The instant of the check.
    pub checked_at: DateTime<Utc>,
    /// The account that uploaded it.
    pub uploader: String,
    /// The program or person that made it.
    pub creator: Option<String>,
}

impl Store {
    /// Returns the newest reports of a subject since a day with their results, the newest first, and no more than `most`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn past(&self, subject: &str, scope: &str, since: NaiveDate, most: i64) -> Result<Vec<Past>, StoreError> {
        let rows = sqlx::query(
            "SELECT uuid, checked_at, arrived_at, results FROM report
             WHERE subject = $1 AND scope = $2 AND checked_at >= $3 ORDER BY checked_at DESC, uuid LIMIT $4",
        )
        .bind(subject)
        .bind(scope)
        .bind(since.and_time(NaiveTime::MIN).and_utc().timestamp_micros())
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(past_from).collect()
    }

    /// Returns the newest report of a subject.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn newest_report(&self, subject: &str, scope: &str) -> Result<Option<NewestReport>, StoreError> {
        let row = sqlx::query(
            "SELECT uuid, checked_at, uploader, creator FROM report
             WHERE subject = $1 AND scope = $2 ORDER BY checked_at DESC, uuid LIMIT 1",
        )
        .bind(subject)
        .bind(scope)
        .fetch_optional(&self.pool)
        .await?;
        let newest = |row: &AnyRow| -> Result<NewestReport, StoreError> {
            Ok(NewestReport {
                report: row.try_get(0)?,
                checked_at: DateTime::from_timestamp_micros(row.try_get(1)?).unwrap_or_default(),
                uploader: row.try_get(2)?,
                creator: row.try_get(3)?,
            })
        };
        row.as_ref().map(newest).transpose()
    }

    /// Returns the nights of a subject since a day, the newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn nights(&self, subject: &str, scope: &str, since: NaiveDate) -> Result<Vec<NightRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT night, version, conclusion, passed, failed, aborted, missing, rules, until_at,
             by_old_rules, late_at FROM night WHERE subject = $1 AND scope = $2 AND night >= $3
             ORDER BY night DESC, version",
        )
        .bind(subject)
        .bind(scope)
        .bind(since.to_string())
        .fetch_all(&self.pool)
        .await?;
        let night = |row: &AnyRow| -> Result<NightRow, StoreError> {
            Ok(NightRow {
                night: row.try_get(0)?,
                version: row.try_get(1)?,
                conclusion: row.try_get(2)?,
                passed: row.try_get(3)?,
                failed: row.try_get(4)?,
                aborted: row.try_get(5)?,
                missing: row.try_get(6)?,
                rules: row.try_get(7)?,
                until: row.try_get::<Option<i64>, _>(8)?.and_then(DateTime::from_timestamp_micros),
                by_old_rules: row.try_get(9)?,
                changed_by_report_of: row.try_get::<Option<i64>, _>(10)?.and_then(DateTime::from_timestamp_micros),
            })
        };
        rows.iter().map(night).collect()
    }

    /// Returns reports of a subject, the newest first, with counts.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn report_counts(
        &self,
        subject: &str,
        scope: &str,
        limit: i64,
        skip: i64,
    ) -> Result<Vec<ReportCounts>, StoreError> {
        let rows = sqlx::query(
            "SELECT uuid, checked_at, arrived_at, uploader, passed, failed, aborted FROM report
             WHERE subject = $1 AND scope = $2 ORDER BY checked_at DESC, uuid
             LIMIT $3 OFFSET $4",
        )
        .bind(subject)
        .bind(scope)
        .bind(limit)
        .bind(skip)
        .fetch_all(&self.pool)
        .await?;
        let counts = |row: &AnyRow| -> Result<ReportCounts, StoreError> {
            Ok(ReportCounts {
                report: row.try_get(0)?,
                checked_at: DateTime::from_timestamp_micros(row.try_get(1)?).unwrap_or_default(),
                arrived_at: DateTime::from_timestamp_micros(row.try_get(2)?).unwrap_or_default(),
                uploader: row.try_get(3)?,
                passed: row.try_get(4)?,
                failed: row.try_get(5)?,
                aborted: row.try_get(6)?,
            })
        };
        rows.iter().map(counts).collect()
    }
}
