//! Stores an upload, with all that follows from it, in one transaction.

use super::audit::AuditEntry;
use super::content::Compressed;
use super::{Store, StoreError};
use crate::accept::UploadedReport;
use crate::judge::{Latest, NightOfVersion, Past, Results, Rulebook, Rules, nights};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::{Any, AssertSqlSafe, Row, Transaction};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The time before its arrival for which a late report changes nights: it takes as long as nights are judged again, and nobody else
/// can store anything meanwhile.
const BACK_DATED: TimeDelta = TimeDelta::days(92);

/// The longest time for which a result counts: a year and two months.
pub(super) const LONGEST_LIFE: TimeDelta = TimeDelta::days(430);

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

/// The reports of an upload about one subject by one scope, with their places in it.
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
            super::Kind::Sqlite => Some(self.writer.lock().await),
            super::Kind::Postgres => None,
        };
        let mut transaction = self.begin().await?;
        // The rows of standings are taken first, in one order for all, so that two uploads wait and never block each other.
        let mut standings = Vec::new();
        for (subject, scope) in groups.keys() {
            // Ids of scopes can be made up without end; only those that are judged have standings.
            standings.push(match rulebook.scopes.contains_key(scope) {
                true => Some(take_standing(&mut transaction, subject, scope).await?),
                false => None,
            });
        }
        for (document, report) in upload.reports.iter().enumerate() {
            insert_report(&mut transaction, upload, document, report).await?;
        }
        insert_upload(&mut transaction, upload).await?;
        for (((subject, scope), mut reports), standing) in groups.into_iter().zip(standings) {
            reports.sort_by_key(|report| report.checked_at);
            let group = Group { subject, scope: &scope, reports, arrived_at: upload.arrived_at };
            if let Some((standing, rules)) = standing.zip(rulebook.scopes.get(&scope)) {
                group.store(&mut transaction, standing, rules).await?;
            }
        }
        super::audit::insert(&mut transaction, entry, upload.arrived_at).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// The standing of a subject.
pub(super) struct Standing {
    pub(super) latest: Latest,
    pub(super) newest: i64,
}

/// Takes the row of a standing for this transaction, and raises its revision.
pub(super) async fn take_standing(
    transaction: &mut Transaction<'_, Any>,
    subject: &str,
    scope: &str,
) -> Result<Standing, StoreError> {
    let row = sqlx::query(
        "INSERT INTO standing (subject, scope, revision, newest, latest) VALUES ($1, $2, 1, 0, '{}')
         ON CONFLICT (subject, scope) DO UPDATE SET revision = standing.revision + 1
         RETURNING newest, latest",
    )
    .bind(subject)
    .bind(scope)
    .fetch_one(&mut **transaction)
    .await?;
    let latest: String = row.try_get(1)?;
    let latest = serde_json::from_str(&latest).map_err(|error| StoreError::Content(format!("standing: {error}")))?;
    Ok(Standing { latest, newest: row.try_get(0)? })
}

/// Stores the standing of a subject, whose row was taken.
pub(super) async fn put_standing(
    transaction: &mut Transaction<'_, Any>,
    subject: &str,
    scope: &str,
    standing: &Standing,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(&standing.latest).map_err(|error| StoreError::Content(error.to_string()))?;
    sqlx::query("UPDATE standing SET latest = $1, newest = $2 WHERE subject = $3 AND scope = $4")
        .bind(text)
        .bind(standing.newest)
        .bind(subject)
        .bind(scope)
        .execute(&mut **transaction)
        .await?;
    Ok(())
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

/// The reports of an upload about one subject by one scope, the oldest first.
struct Group<'u> {
    subject: &'u str,
    scope: &'u str,
    reports: Vec<&'u UploadedReport>,
    arrived_at: DateTime<Utc>,
}

impl Group<'_> {
    async fn store(
        self,
        transaction: &mut Transaction<'_, Any>,
        standing: Standing,
        rules: &Arc<Rules>,
    ) -> Result<(), StoreError> {
        let mut latest = standing.latest.clone();
        for report in &self.reports {
            latest.add(report.checked_at, &report.uuid.to_string(), &known(&report.results, rules));
        }
        let first = self.reports.first().map_or(i64::MAX, |report| report.checked_at.timestamp_micros());
        let last = self.reports.last().map_or(0, |report| report.checked_at.timestamp_micros());
        let changed = Standing { latest, newest: last.max(standing.newest) };
        put_standing(transaction, self.subject, self.scope, &changed).await?;
        let nights = if first >= standing.newest {
            let from = self.reports.first().map(|report| report.checked_at.date_naive()).unwrap_or_default();
            nights(standing.latest, &mut self.past(), from, |_| Some(Arc::clone(rules)))
        } else {
            self.nights_again(transaction, first, rules).await?
        };
        insert_nights(transaction, self.subject, self.scope, &nights).await
    }

    fn past(&self) -> Vec<Past> {
        let past = |report: &&UploadedReport| Past {
            uuid: report.uuid.to_string(),
            checked_at: report.checked_at,
            results: report.results.clone(),
        };
        self.reports.iter().map(past).collect()
    }

    /// Judges all nights since a late report again, each by the rules that it was judged by.
    async fn nights_again(
        &self,
        transaction: &mut Transaction<'_, Any>,
        first: i64,
        current: &Arc<Rules>,
    ) -> Result<Vec<NightOfVersion>, StoreError> {
        let first = first.max((self.arrived_at - BACK_DATED).timestamp_micros());
        let from = DateTime::from_timestamp_micros(first).unwrap_or_default().date_naive();
        let earliest = first.saturating_sub(LONGEST_LIFE.num_microseconds().unwrap_or(0));
        let rows = sqlx::query(
            "SELECT uuid, checked_at, results FROM report WHERE subject = $1 AND scope = $2 AND checked_at >= $3
             ORDER BY checked_at",
        )
        .bind(self.subject)
        .bind(self.scope)
        .bind(earliest)
        .fetch_all(&mut **transaction)
        .await?;
        // The reports of this upload are among them.
        let mut past = rows.iter().map(past_from).collect::<Result<Vec<_>, _>>()?;
        let archived = self.archived_rules(transaction, from).await?;
        let rules_of = |night: NaiveDate| Some(Arc::clone(archived.get(&night).unwrap_or(current)));
        Ok(nights(Latest::default(), &mut past, from, rules_of))
    }

    /// Returns the rules by which the nights since a day were judged.
    async fn archived_rules(
        &self,
        transaction: &mut Transaction<'_, Any>,
        from: NaiveDate,
    ) -> Result<HashMap<NaiveDate, Arc<Rules>>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT night.night, rules.digest, rules.content FROM night JOIN rules ON rules.digest = night.rules
             WHERE night.subject = $1 AND night.scope = $2 AND night.night >= $3",
        )
        .bind(self.subject)
        .bind(self.scope)
        .bind(from.to_string())
        .fetch_all(&mut **transaction)
        .await?;
        let mut known: HashMap<String, Arc<Rules>> = HashMap::new();
        let mut of_nights = HashMap::new();
        for row in rows {
            let (night, digest, content): (String, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if !known.contains_key(&digest) {
                let rules =
                    Rules::from_json(&content).map_err(|error| StoreError::Content(format!("rules: {error}")))?;
                known.insert(digest.clone(), Arc::new(rules));
            }
            if let (Ok(night), Some(rules)) = (night.parse(), known.get(&digest)) {
                of_nights.insert(night, Arc::clone(rules));
            }
        }
        Ok(of_nights)
    }
}

/// Returns the results for testcases that are judged; the ids of others can be made up without end.
pub(super) fn known(results: &Results, rules: &Rules) -> Results {
    let mut known = Results::default();
    for (version, testcase, number) in results.iter().filter(|(_, id, _)| rules.testcases.contains_key(*id)) {
        known.add(version, testcase, number);
    }
    known
}

pub(super) fn past_from(row: &sqlx::any::AnyRow) -> Result<Past, StoreError> {
    let results: String = row.try_get(2)?;
    Ok(Past {
        uuid: row.try_get(0)?,
        checked_at: DateTime::from_timestamp_micros(row.try_get(1)?).unwrap_or_default(),
        results: serde_json::from_str(&results).map_err(|error| StoreError::Content(format!("results: {error}")))?,
    })
}

/// The most rows of one statement: each takes ten parameters.
const ROWS: usize = 50;

async fn insert_nights(
    transaction: &mut Transaction<'_, Any>,
    subject: &str,
    scope: &str,
    nights: &[NightOfVersion],
) -> Result<(), StoreError> {
    for some in nights.chunks(ROWS) {
        let values: Vec<String> = (0..some.len()).map(placeholders).collect();
        let statement = format!(
            "INSERT INTO night (subject, scope, night, version, conclusion, passed, failed, aborted, missing, rules)
             VALUES {} ON CONFLICT (subject, scope, night, version) DO UPDATE SET
             conclusion = excluded.conclusion, passed = excluded.passed, failed = excluded.failed,
             aborted = excluded.aborted, missing = excluded.missing, rules = excluded.rules",
            values.join(", ")
        );
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        // The statement is made of numbers of parameters alone.
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for night in some {
            query = query
                .bind(subject)
                .bind(scope)
                .bind(night.night.to_string())
                .bind(&night.version)
                .bind(night.conclusion)
                .bind(count(night.counts.passed))
                .bind(count(night.counts.failed))
                .bind(count(night.counts.aborted))
                .bind(count(night.counts.missing))
                .bind(&night.rules);
        }
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Returns the parameters of a row: `($11, …, $20)` for the second one.
fn placeholders(row: usize) -> String {
    let numbers: Vec<String> = (1..=10).map(|column| format!("${}", row * 10 + column)).collect();
    format!("({})", numbers.join(", "))
}
