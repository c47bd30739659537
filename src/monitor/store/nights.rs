//! Records nights: those of an upload, and those since, where a report came late or a scope became known later.

use super::overview::{Of, Standing, known, put_standing, take_standing};
use super::rules::Archive;
use super::{Store, StoreError};
use crate::judge::{Before, Latest, NightOfVersion, Past, Rulebook, Rules, is_worse, nights};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The longest time for which a result counts: a year and two months.
pub(super) const LONGEST_LIFE: TimeDelta = TimeDelta::days(430);

/// The time before its arrival from which on a late report changes other nights than its own: judging takes its time, and nobody
/// else can store anything meanwhile.
const BACK_DATED: TimeDelta = TimeDelta::days(92);

/// The time whose nights are kept up: eighteen months.
const KEPT_UP: TimeDelta = TimeDelta::days(548);

/// What is recorded of a night and a version.
struct Recorded {
    conclusion: String,
    late_at: Option<i64>,
    rules: String,
}

/// The records of nights, by day and version.
type Records = HashMap<(NaiveDate, String), Recorded>;

/// Records the nights of some reports: by the standing before them, or, where one is older or late, all nights since once more.
pub(super) async fn record(
    transaction: &mut Transaction<'_, Any>,
    of: Of<'_>,
    before: Standing,
    reports: &[Past],
    rules: &Arc<Rules>,
) -> Result<(), StoreError> {
    let Some(first) = reports.iter().map(|report| report.checked_at).min() else { return Ok(()) };
    let has_late = reports.iter().any(|report| !report.is_in_time());
    let is_next = first.timestamp_micros() >= before.newest && !has_late;
    let (latest, past) = match is_next {
        true => (Some(before.latest), reports.to_vec()),
        // The reports of this upload are among them.
        false => (None, past_since(transaction, of, first - LONGEST_LIFE).await?),
    };
    let own = reports.iter().map(|report| report.checked_at.date_naive()).collect();
    let bound = reports.iter().map(|report| report.arrived_at - BACK_DATED).max().unwrap_or_default().date_naive();
    Task { latest, past, from: first.date_naive(), again_from: bound, own, has_late }.run(transaction, of, rules).await
}

/// Nights that are to be judged.
struct Task {
    /// The latest results before the reports; none if the reports are all that count for any of the nights.
    latest: Option<Latest>,
    past: Vec<Past>,
    from: NaiveDate,
    /// The day from which on all nights are judged; before it only those of the new reports are.
    again_from: NaiveDate,
    own: HashSet<NaiveDate>,
    /// True if a report that is new is late.
    has_late: bool,
}

impl Task {
    /// Judges the nights, those that are judged again by the rules of then, and writes what may be written.
    async fn run(
        mut self,
        transaction: &mut Transaction<'_, Any>,
        of: Of<'_>,
        rules: &Arc<Rules>,
    ) -> Result<(), StoreError> {
        let records = records(transaction, of, self.from).await?;
        let old_rules = rules_before(transaction, of, self.from).await?;
        let mut archive = Archive::open(transaction, rules).await?;
        let of_nights = if self.latest.is_some() { BTreeMap::new() } else { rules_of_nights(&records, &archive) };
        let in_force = |report: &Past| archive.digest_at(report.checked_at).map(str::to_owned);
        let needed: Vec<String> = self.past.iter().filter_map(in_force).collect();
        let needed = needed.iter().map(String::as_str).chain(of_nights.values().copied()).chain(old_rules.as_deref());
        archive.read(transaction, needed).await?;
        let rules_of = |at: DateTime<Utc>| {
            let night = at.date_naive();
            // Before all rules that are known, those count by which the nearest night was judged.
            let before = || of_nights.range(..night).next_back().map(|(_, digest)| *digest).or(old_rules.as_deref());
            let nearest = || before().or_else(|| of_nights.range(night..).next().map(|(_, digest)| *digest));
            let digest = of_nights.get(&night).copied().or_else(|| archive.digest_at(at)).or_else(nearest);
            Arc::clone(digest.and_then(|digest| archive.rules(digest)).unwrap_or(rules))
        };
        let rules_before = old_rules.as_deref().and_then(|digest| archive.rules(digest).cloned());
        let before = Before { latest: self.latest.unwrap_or_default(), rules: rules_before, first: self.from };
        let is_asked = |night| night >= self.again_from || self.own.contains(&night);
        let mut found = nights(before, &mut self.past, is_asked, rules_of);
        found.retain(|night| may_be_written(night, &records, self.has_late));
        insert(transaction, of, &found).await
    }
}

/// Returns the digest of the rules by which each night was recorded. Where versions differ, those count that came last.
fn rules_of_nights<'r>(records: &'r Records, archive: &Archive) -> BTreeMap<NaiveDate, &'r str> {
    let mut of_nights: BTreeMap<NaiveDate, &str> = BTreeMap::new();
    for ((night, _), recorded) in records {
        let digest = of_nights.entry(*night).or_insert(&recorded.rules);
        let other = recorded.rules.as_str();
        if (archive.place(other), other) > (archive.place(digest), *digest) {
            *digest = other;
        }
    }
    of_nights
}

/// Returns true unless a late report had or has a part in a night that would look better than it is recorded.
fn may_be_written(night: &NightOfVersion, records: &Records, has_late: bool) -> bool {
    match records.get(&(night.night, night.version.clone())) {
        Some(recorded) if has_late || recorded.late_at.is_some() => !is_worse(&recorded.conclusion, night.conclusion),
        _ => true,
    }
}

/// Returns the reports since an instant, the oldest first.
pub(super) async fn past_since(
    transaction: &mut Transaction<'_, Any>,
    of: Of<'_>,
    since: DateTime<Utc>,
) -> Result<Vec<Past>, StoreError> {
    let rows = sqlx::query(
        "SELECT uuid, checked_at, arrived_at, results FROM report
         WHERE subject = $1 AND scope = $2 AND checked_at >= $3 ORDER BY checked_at",
    )
    .bind(of.subject)
    .bind(of.scope)
    .bind(since.timestamp_micros())
    .fetch_all(&mut **transaction)
    .await?;
    rows.iter().map(past_from).collect()
}

/// Reads a report of the past: its id, the instants of check and arrival, its results.
pub(super) fn past_from(row: &AnyRow) -> Result<Past, StoreError> {
    let results: String = row.try_get(3)?;
    Ok(Past {
        uuid: row.try_get(0)?,
        checked_at: DateTime::from_timestamp_micros(row.try_get(1)?).unwrap_or_default(),
        arrived_at: DateTime::from_timestamp_micros(row.try_get(2)?).unwrap_or_default(),
        results: serde_json::from_str(&results).map_err(|error| StoreError::Content(format!("results: {error}")))?,
    })
}

async fn records(transaction: &mut Transaction<'_, Any>, of: Of<'_>, from: NaiveDate) -> Result<Records, StoreError> {
    let rows = sqlx::query(
        "SELECT night, version, conclusion, late_at, rules FROM night
         WHERE subject = $1 AND scope = $2 AND night >= $3",
    )
    .bind(of.subject)
    .bind(of.scope)
    .bind(from.to_string())
    .fetch_all(&mut **transaction)
    .await?;
    let mut records = Records::new();
    for row in rows {
        let recorded = Recorded { conclusion: row.try_get(2)?, late_at: row.try_get(3)?, rules: row.try_get(4)? };
        if let Ok(night) = row.try_get::<String, _>(0)?.parse() {
            records.insert((night, row.try_get(1)?), recorded);
        }
    }
    Ok(records)
}

/// Returns the digest of the rules of the last night before a day.
async fn rules_before(
    transaction: &mut Transaction<'_, Any>,
    of: Of<'_>,
    from: NaiveDate,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(
        "SELECT rules FROM night WHERE subject = $1 AND scope = $2 AND night < $3
         ORDER BY night DESC, rules DESC LIMIT 1",
    )
    .bind(of.subject)
    .bind(of.scope)
    .bind(from.to_string())
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The most rows of one statement: each takes thirteen parameters.
const ROWS: usize = 50;

async fn insert(
    transaction: &mut Transaction<'_, Any>,
    of: Of<'_>,
    nights: &[NightOfVersion],
) -> Result<(), StoreError> {
    for some in nights.chunks(ROWS) {
        let values: Vec<String> = (0..some.len()).map(placeholders).collect();
        let statement = format!(
            "INSERT INTO night (subject, scope, night, version, conclusion, passed, failed, aborted, missing, rules,
             until_at, by_old_rules, late_at)
             VALUES {} ON CONFLICT (subject, scope, night, version) DO UPDATE SET
             conclusion = excluded.conclusion, passed = excluded.passed, failed = excluded.failed,
             aborted = excluded.aborted, missing = excluded.missing, rules = excluded.rules,
             until_at = excluded.until_at, by_old_rules = excluded.by_old_rules,
             late_at = COALESCE(excluded.late_at, night.late_at)",
            values.join(", ")
        );
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        // The statement is made of numbers of parameters alone.
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for night in some {
            query = query
                .bind(of.subject)
                .bind(of.scope)
                .bind(night.night.to_string())
                .bind(&night.version)
                .bind(night.conclusion)
                .bind(count(night.counts.passed))
                .bind(count(night.counts.failed))
                .bind(count(night.counts.aborted))
                .bind(count(night.counts.missing))
                .bind(&night.rules)
                .bind(night.until.map(|time| time.timestamp_micros()))
                .bind(night.by_old_rules)
                .bind(night.late.map(|time| time.timestamp_micros()));
        }
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Returns the parameters of a row: `($14, …, $26)` for the second one.
fn placeholders(row: usize) -> String {
    let numbers: Vec<String> = (1..=13).map(|column| format!("${}", row * 13 + column)).collect();
    format!("({})", numbers.join(", "))
}

impl Store {
    /// Records the nights of subjects whose scope was not known when their reports came, or whose records are of an older form.
    /// Returns the number of those subjects and scopes.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn catch_up(&self, rulebook: &Rulebook, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut caught_up = 0;
        for rules in rulebook.scopes.values() {
            for subject in self.behind(&rules.uuid, now).await? {
                let _turn = self.writer.lock().await;
                let mut transaction = self.begin().await?;
                let of = Of { subject: &subject, scope: &rules.uuid };
                let before = take_standing(&mut transaction, of).await?;
                let past = past_since(&mut transaction, of, now - KEPT_UP - LONGEST_LIFE).await?;
                let mut latest = before.latest;
                for report in &past {
                    latest.add(report.checked_at, &report.uuid, &known(&report.results, rules));
                }
                let newest = past.last().map_or(0, |report| report.checked_at.timestamp_micros());
                put_standing(&mut transaction, of, &latest, newest.max(before.newest)).await?;
                let from = (now - KEPT_UP).date_naive();
                let task = Task { latest: None, past, from, again_from: from, own: HashSet::new(), has_late: false };
                task.run(&mut transaction, of, rules).await?;
                transaction.commit().await?;
                caught_up += 1;
            }
        }
        Ok(caught_up)
    }

    /// Returns the subjects of a scope that have reports and no night, or a night that concludes something without saying how long.
    async fn behind(&self, scope: &str, now: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
        let from = now - KEPT_UP;
        let rows = sqlx::query(
            "SELECT DISTINCT subject FROM report WHERE scope = $1 AND checked_at >= $2 AND NOT EXISTS
             (SELECT 1 FROM night WHERE night.subject = report.subject AND night.scope = report.scope)
             UNION SELECT DISTINCT subject FROM night WHERE scope = $3 AND night >= $4 AND until_at IS NULL
             AND conclusion <> 'undecided'",
        )
        .bind(scope)
        .bind(from.timestamp_micros())
        .bind(scope)
        .bind(from.date_naive().to_string())
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }
}
