//! The changes of a conclusion: from one night to the next, and where nothing came any more until the results expired.

use crate::judge::Rules;
use crate::store::NightRow;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

/// The word for what is open.
const UNDECIDED: &str = "undecided";

/// A change of the conclusion on a version.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Transition {
    /// The day.
    pub night: String,
    /// The version.
    pub version: String,
    /// The conclusion before.
    pub from: String,
    /// The conclusion since.
    pub to: String,
    /// True if it comes from new rules: by those of the night before, the same results would have left everything as it was.
    pub new_rules: bool,
    /// True if no report came until results expired.
    pub expired: bool,
    /// The arrival of a late report that has a part in it.
    pub changed_by_report_of: Option<DateTime<Utc>>,
}

impl Transition {
    fn between(before: &State, night: &NightRow) -> Option<Self> {
        (before.conclusion != night.conclusion).then(|| Self {
            night: night.night.clone(),
            version: night.version.clone(),
            from: before.conclusion.clone(),
            to: night.conclusion.clone(),
            new_rules: night.by_old_rules.as_ref() == Some(&before.conclusion),
            expired: false,
            changed_by_report_of: night.changed_by_report_of,
        })
    }

    fn expired(version: &str, before: &State, at: DateTime<Utc>) -> Self {
        Self {
            night: at.date_naive().to_string(),
            version: version.to_owned(),
            from: before.conclusion.clone(),
            to: UNDECIDED.to_owned(),
            new_rules: false,
            expired: true,
            changed_by_report_of: None,
        }
    }

    /// Returns the change as a sentence without its day.
    pub fn words(&self) -> String {
        let Self { version, from, to, .. } = self;
        let mut notes = String::new();
        if self.expired {
            notes.push_str(" (results expired, and no report came)");
        }
        if self.new_rules {
            notes.push_str(", with new rules");
        }
        if let Some(arrived) = self.changed_by_report_of {
            notes.push_str(&format!(", changed by a report that arrived {}", arrived.format("%Y-%m-%d %H:%M")));
        }
        format!("{version} from {from} to {to}{notes}")
    }
}

/// The conclusion on a version after a night, and its end without a further report.
#[derive(Clone)]
struct State {
    conclusion: String,
    until: Option<DateTime<Utc>>,
}

/// Returns all changes up to now, the newest first. The nights come the newest first, too.
pub fn transitions(nights: &[NightRow], rules: &Rules, now: DateTime<Utc>) -> Vec<Transition> {
    let mut last: BTreeMap<&str, State> = BTreeMap::new();
    let mut found = Vec::new();
    for night in nights.iter().rev() {
        let state = State { conclusion: night.conclusion.clone(), until: night.until };
        let Some(mut before) = last.insert(&night.version, state) else { continue };
        let day = night.night.parse::<NaiveDate>().unwrap_or_default();
        // An expiry on the day of the next night is part of that night.
        if let Some(at) = before.until.filter(|until| until.date_naive() < day) {
            found.push(Transition::expired(&night.version, &before, at));
            before.conclusion = UNDECIDED.to_owned();
        }
        found.extend(Transition::between(&before, night));
    }
    for (version, before) in last {
        let is_over = |until: &DateTime<Utc>| {
            let listed = rules.timeline.at(until.date_naive());
            *until <= now && listed.is_some_and(|listed| listed.contains_key(version))
        };
        found.extend(before.until.filter(is_over).map(|at| Transition::expired(version, &before, at)));
    }
    found.sort_by(|one, other| other.night.cmp(&one.night));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Before, Past, Results, nights, rules_of};
    use rstest::rstest;
    use std::sync::Arc;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}, {id: b, lifetime: day}]}]
modules: [{id: m, targets: {main: [a, b]}}]
timeline:
  - {date: 2026-12-15, versions: {}}
  - {date: 2025-01-01, versions: {v1: effective}}
versions: [{version: v1, stabilized_at: 2025-01-01, include: [m]}]
";

    fn rules(text: &str) -> Arc<Rules> {
        Arc::new(rules_of(text))
    }

    /// Records reports of `a` and `b` at three o'clock, and returns the changes until an instant.
    fn changes(reports: &[(&str, i8, i8)], rules_of: impl Fn(DateTime<Utc>) -> Arc<Rules>, now: &str) -> Vec<String> {
        let past = |(day, a, b): &(&str, i8, i8)| {
            let mut results = Results::default();
            results.add("*", "a", *a);
            results.add("*", "b", *b);
            let checked_at = format!("{day}T03:00:00Z").parse().unwrap();
            Past { uuid: (*day).to_owned(), checked_at, arrived_at: checked_at, results }
        };
        let mut past: Vec<Past> = reports.iter().map(past).collect();
        let mut rows: Vec<NightRow> = nights(Before::default(), &mut past, |_| true, &rules_of)
            .into_iter()
            .map(|night| NightRow {
                night: night.night.to_string(),
                version: night.version,
                conclusion: night.conclusion.to_owned(),
                passed: 0,
                failed: 0,
                aborted: 0,
                missing: 0,
                rules: night.rules,
                until: night.until,
                by_old_rules: night.by_old_rules.map(str::to_owned),
                changed_by_report_of: night.late,
            })
            .collect();
        rows.reverse();
        let now: DateTime<Utc> = now.parse().unwrap();
        let found = transitions(&rows, &rules_of(now), now);
        found.iter().map(|change| format!("{} {}", change.night, change.words())).collect()
    }

    const EXPIRED: &str = "v1 from conformant to undecided (results expired, and no report came)";

    #[rstest]
    #[case::each_night(&[("2026-11-01", 1, 1), ("2026-11-02", 1, 1)], "2026-11-03T23:59:59Z", &[])]
    #[case::a_result_ends_on_the_day_of_the_next(&[("2026-11-01", 1, 1), ("2026-11-03", 1, 1)], "2026-11-04T00:00:00Z", &[])]
    #[case::silence_between(
        &[("2026-05-01", 1, 1), ("2026-11-01", 1, 1)],
        "2026-11-02T00:00:00Z",
        &["2026-11-01 v1 from undecided to conformant", "2026-05-03 EXPIRED"]
    )]
    #[case::silence_until_now(&[("2026-11-01", 1, 1)], "2026-11-03T00:00:00Z", &["2026-11-03 EXPIRED"])]
    #[case::not_yet(&[("2026-11-01", 1, 1)], "2026-11-02T23:59:59Z", &[])]
    #[case::a_violation_expires_too(
        &[("2026-11-01", -1, 1)],
        "2026-12-01T00:00:00Z",
        &["2026-11-09 v1 from violation to undecided (results expired, and no report came)"]
    )]
    #[case::what_is_undecided_stays(&[("2026-11-01", 0, 1)], "2026-12-01T00:00:00Z", &[])]
    #[case::not_listed_any_more(&[("2026-12-14", 1, 1)], "2027-01-01T00:00:00Z", &[])]
    fn silence_is_a_change(#[case] reports: &[(&str, i8, i8)], #[case] now: &str, #[case] expected: &[&str]) {
        let rules = rules(SCOPE);
        let expected: Vec<String> = expected.iter().map(|text| text.replace("EXPIRED", EXPIRED)).collect();
        assert_eq!(changes(reports, |_| Arc::clone(&rules), now), expected);
    }

    #[rstest]
    #[case::a_real_failure_is_no_matter_of_rules(-1, "2026-11-02 v1 from conformant to violation")]
    #[case::new_rules_ask_for_more(1, "2026-11-02 v1 from conformant to undecided, with new rules")]
    fn new_rules_excuse_only_what_comes_from_them(#[case] b: i8, #[case] expected: &str) {
        let more = SCOPE.replace("main: [a, b]", "main: [a, b, c]").replace("{id: a}", "{id: a}, {id: c}");
        let (old, new) = (rules(SCOPE), rules(&more));
        let change: DateTime<Utc> = "2026-11-02T00:00:00Z".parse().unwrap();
        let rules_of = |at| Arc::clone(if at < change { &old } else { &new });
        let reports = [("2026-11-01", 1, 1), ("2026-11-02", 1, b)];
        assert_eq!(changes(&reports, rules_of, "2026-11-02T12:00:00Z"), [expected]);
    }

    #[test]
    fn a_late_report_in_a_change_is_named() {
        let night = |night: &str, conclusion: &str, late: Option<&str>| NightRow {
            changed_by_report_of: late.map(|time| time.parse().unwrap()),
            ..NightRow::of_v1(night, conclusion)
        };
        let nights =
            [night("2026-11-02", "violation", Some("2026-11-20T10:00:00Z")), night("2026-11-01", "conformant", None)];
        let found = transitions(&nights, &rules(SCOPE), "2026-11-21T00:00:00Z".parse().unwrap());
        let words = "v1 from conformant to violation, changed by a report that arrived 2026-11-20 10:00";
        assert_eq!(found.iter().map(Transition::words).collect::<Vec<_>>(), [words]);
    }
}
