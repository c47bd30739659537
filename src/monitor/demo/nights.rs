//! Ninety nights with failures, flapping, silence, and a scope's new version.

use crate::accept::UploadedReport;
use crate::accounts::AccountEntry;
use crate::judge::{Results, Rulebook, Rules};
use crate::store::Store;
use crate::store::{AuditEntry, NewUpload, StoreError, compressed};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scs_checks::definition::Validity;
use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;
use uuid::Uuid;

/// The number of nights.
const NIGHTS: i64 = 90;

/// The behavior of a subject.
#[derive(Clone, Copy, Debug)]
enum Behavior {
    /// Everything passes.
    Steady,
    /// One testcase fails from a night on.
    FailsSince(i64),
    /// One testcase failed between two nights.
    FailedBetween(i64, i64),
    /// One testcase fails every other night.
    Flaps,
    /// Nothing comes any more from a night on.
    SilentSince(i64),
    /// One testcase cannot be decided.
    Aborts,
    /// A testcase is never tested.
    LeavesOut,
    /// What the new version asks for is never tested.
    StaysBehind,
}

const SUBJECTS: [(&str, Option<&str>, Behavior); 13] = [
    ("demo-atlas", None, Behavior::Steady),
    ("demo-boreal", None, Behavior::FailsSince(6)),
    ("demo-cirrus", None, Behavior::FailedBetween(40, 31)),
    ("demo-delta", None, Behavior::Flaps),
    ("demo-ember", None, Behavior::SilentSince(20)),
    ("demo-fjord", None, Behavior::Aborts),
    ("demo-glacier", None, Behavior::LeavesOut),
    ("demo-harbor-1", Some("demo-harbor"), Behavior::Steady),
    ("demo-harbor-2", Some("demo-harbor"), Behavior::FailedBetween(12, 10)),
    ("demo-harbor-3", Some("demo-harbor"), Behavior::Steady),
    ("demo-island-1", Some("demo-island"), Behavior::Steady),
    ("demo-island-2", Some("demo-island"), Behavior::SilentSince(3)),
    ("demo-jetty", None, Behavior::StaysBehind),
];

/// The days since which the new version is in force, and after which the old one no longer is.
const NEW_VERSION: (i64, i64) = (30, 60);

/// Returns the first of some rules for a demonstration: its newest draft came into force thirty days ago.
pub fn rules(rulebook: &Rulebook, now: DateTime<Utc>) -> Rulebook {
    let Some(rules) = rulebook.scopes.values().next() else { return Rulebook::default() };
    let (rules, today) = (Rules::clone(rules), now.date_naive());
    let listed = rules.listed(today);
    let old = listed.iter().position(|(_, _, validity)| *validity == Validity::Effective);
    let (Some(old), Some(new)) = (old, old.and_then(|old| old.checked_sub(1))) else { return rulebook.clone() };
    let (old, new) = (listed[old].0, listed[new].0);
    let (since, until) = (today - TimeDelta::days(NEW_VERSION.0), today + TimeDelta::days(NEW_VERSION.1));
    let timeline = serde_json::from_value(serde_json::json!([
        [until, { new: "effective" }],
        [since, { new: "effective", old: "warn" }],
        ["2020-01-01", { new: "draft", old: "effective" }],
    ]));
    let Ok(timeline) = timeline else { return rulebook.clone() };
    let name = format!("{} (demonstration)", rules.name);
    let rules = Arc::new(rules.with_timeline(name, timeline));
    Rulebook { scopes: [(rules.uuid.clone(), rules)].into_iter().collect() }
}

/// Fills an empty database.
///
/// # Errors
/// The database does not answer.
pub async fn fill(store: &Store, rulebook: &Rulebook, now: DateTime<Utc>) -> Result<(), StoreError> {
    let account = |(subject, group, _): &(&str, Option<&str>, Behavior)| AccountEntry {
        subject: (*subject).to_owned(),
        group: group.map(str::to_owned),
        ..AccountEntry::default()
    };
    store.replace_accounts(&SUBJECTS.iter().map(account).collect::<Vec<_>>()).await?;
    let Some(rules) = rulebook.scopes.values().next() else { return Ok(()) };
    for (night, ago) in (0..NIGHTS).rev().enumerate() {
        let checked_at = now - TimeDelta::days(ago) - TimeDelta::hours(1);
        let reports = SUBJECTS.iter().filter_map(|(subject, _, behavior)| {
            let results = results(*behavior, ago, rules, checked_at)?;
            let uuid = Uuid::new_v4();
            Some(UploadedReport {
                uuid,
                subject: (*subject).to_owned(),
                scope: scope_of(rules)?,
                checked_at,
                creator: None,
                results,
            })
        });
        let reports: Vec<UploadedReport> = reports.collect();
        let text: String = reports.iter().map(|report| document(report, rules)).collect();
        let content = compressed(text.as_bytes()).map_err(|error| StoreError::Content(error.to_string()))?;
        let upload = NewUpload {
            id: Uuid::new_v4().to_string(),
            arrived_at: checked_at + TimeDelta::minutes(5),
            uploader: "demo".to_owned(),
            fingerprint: String::new(),
            signature: String::new(),
            media_type: crate::accept::Media::Yaml.name(),
            content,
            reports,
        };
        let entry = AuditEntry {
            account: "demo".to_owned(),
            address: String::new(),
            action: "upload",
            outcome: "accepted".to_owned(),
            detail: format!("night {night}"),
        };
        store.accept(&upload, rulebook, &entry).await?;
    }
    Ok(())
}

fn scope_of(rules: &Rules) -> Option<Uuid> {
    Uuid::parse_str(&rules.uuid).ok()
}

/// Returns the names of the oldest and the newest version that decide on a day.
pub(super) fn versions(rules: &Rules, day: NaiveDate) -> Option<(&str, &str)> {
    let listed = rules.listed(day);
    let mut deciding = listed.iter().filter(|(_, _, validity)| validity.decides()).map(|(name, _, _)| *name);
    let newest = deciding.next()?;
    Some((deciding.next_back().unwrap_or(newest), newest))
}

/// Returns the testcases of all versions that decide on a day, those of the oldest one first, and the number of those.
fn testcases(rules: &Rules, day: NaiveDate) -> (Vec<&String>, usize) {
    let listed = rules.listed(day);
    let deciding = listed.iter().rev().filter(|(_, _, validity)| validity.decides());
    let (mut testcases, mut seen, mut of_oldest) = (Vec::new(), HashSet::new(), None);
    for (_, version, _) in deciding {
        testcases.extend(version.targets.values().flatten().filter(|id| seen.insert(*id)));
        of_oldest.get_or_insert(testcases.len());
    }
    (testcases, of_oldest.unwrap_or_default())
}

/// Returns the place of the testcase that is not always passed, which the oldest version has.
fn place_of_odd_one(of_oldest: usize) -> usize {
    7 % of_oldest.max(1)
}

/// Returns the testcase that is not always passed.
pub(super) fn odd_one(rules: &Rules, day: NaiveDate) -> Option<&String> {
    let (testcases, of_oldest) = testcases(rules, day);
    testcases.get(place_of_odd_one(of_oldest)).copied()
}

/// Returns the results of a night; none for one without a report.
fn results(behavior: Behavior, ago: i64, rules: &Rules, at: DateTime<Utc>) -> Option<Results> {
    let (mut testcases, of_oldest) = testcases(rules, at.date_naive());
    if matches!(behavior, Behavior::StaysBehind) {
        testcases.truncate(of_oldest);
    }
    let odd_one = place_of_odd_one(of_oldest);
    let mut results = Results::default();
    for (place, id) in testcases.into_iter().enumerate() {
        let is_odd_one = place == odd_one;
        let number = match behavior {
            Behavior::SilentSince(since) if ago < since => return None,
            Behavior::FailsSince(since) if is_odd_one && ago < since => -1,
            Behavior::FailedBetween(from, to) if is_odd_one && ago <= from && ago >= to => -1,
            Behavior::Flaps if is_odd_one && ago % 2 == 0 => -1,
            Behavior::Aborts if is_odd_one => 0,
            Behavior::LeavesOut if is_odd_one => continue,
            _ => 1,
        };
        results.add("*", id, number);
    }
    Some(results)
}

/// Returns a report in the form of today's suite, marked as simulated.
fn document(report: &UploadedReport, rules: &Rules) -> String {
    let mut text = format!(
        "---\nspec: {{uuid: {}, name: {}, url: ''}}\nchecked_at: {}\nsubject: {}\nrun:\n  uuid: {}\n  argv: []\n  invocations:\n    inv-0:\n      cmd: ''\n      results:\n",
        rules.uuid,
        rules.id,
        report.checked_at.format("%Y-%m-%d %H:%M:%S"),
        report.subject,
        report.uuid,
    );
    for (_, id, number) in report.results.iter() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "        {id}: {number}");
    }
    text.push_str("      rc: 0\n      stdout:\n      - 'simulated'\n      stderr:\n      - 'CRITICAL: SIMULATED: This subject is simulated.'\n");
    text.push_str("      info: 0\n      warning: 0\n      error: 0\n      critical: 1\n");
    text
}
