//! The record of each night: the roll-up after its last report.
//!
//! A report that arrives long after its check may show that a night was worse than it seemed; it never makes a night better.

use super::latest::Latest;
use super::results::Results;
use super::rollup::{Judgement, conclusion_word, is_worse, judge};
use super::rules::Rules;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scs_checks::score::Tally;
use std::sync::Arc;

/// The time after a check within which its report is in time.
const IN_TIME: TimeDelta = TimeDelta::hours(36);

/// A report of the past, as far as nights need it.
#[derive(Clone, Debug)]
pub struct Past {
    /// The id of the report.
    pub uuid: String,
    /// The instant of the check.
    pub checked_at: DateTime<Utc>,
    /// The instant of arrival.
    pub arrived_at: DateTime<Utc>,
    /// Its results.
    pub results: Results,
}

impl Past {
    /// Returns true if it arrived soon enough after its check to count like any other.
    pub fn is_in_time(&self) -> bool {
        self.arrived_at - self.checked_at <= IN_TIME
    }
}

/// The state before the first night that is asked for.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// The latest results before the first report.
    pub latest: Latest,
    /// The rules of the last night before.
    pub rules: Option<Arc<Rules>>,
    /// The first night.
    pub first: NaiveDate,
}

/// The roll-up of a version on a night.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NightOfVersion {
    /// The day, in UTC.
    pub night: NaiveDate,
    /// The name of the version.
    pub version: String,
    /// The conclusion, as one word.
    pub conclusion: &'static str,
    /// The counts of its target `main`.
    pub counts: Tally,
    /// The digest of the rules.
    pub rules: String,
    /// The instant from which on nothing is concluded any more without a further report.
    pub until: Option<DateTime<Utc>>,
    /// The conclusion by the rules of the night before, where those were other ones.
    pub by_old_rules: Option<&'static str>,
    /// The arrival of a late report without which the night would look otherwise.
    pub late: Option<DateTime<Utc>>,
}

/// The results at the end of a night: all that are known today, and those that were known then.
struct Known<'p> {
    all: Latest,
    then: Latest,
    /// The late reports that are missing in `then`.
    late: Vec<&'p Past>,
    /// True if a report of this night came in time.
    in_time: bool,
}

/// Returns the nights that are asked for and have a report, each judged at the instant of its last report.
pub fn nights(
    before: Before,
    past: &mut [Past],
    is_asked: impl Fn(NaiveDate) -> bool,
    rules_of: impl Fn(DateTime<Utc>) -> Arc<Rules>,
) -> Vec<NightOfVersion> {
    past.sort_by_key(|report| report.checked_at);
    let mut old_rules = before.rules;
    let mut known = Known { then: before.latest.clone(), all: before.latest, late: Vec::new(), in_time: false };
    let mut nights = Vec::new();
    for (index, report) in past.iter().enumerate() {
        known.add(report);
        let (at, night) = (report.checked_at, report.checked_at.date_naive());
        if past.get(index + 1).is_some_and(|next| next.checked_at.date_naive() == night) {
            continue;
        }
        known.learn_until(at);
        if night >= before.first {
            let rules = rules_of(at);
            if is_asked(night) {
                nights.extend(known.night(&rules, old_rules.as_deref(), at));
            }
            old_rules = Some(rules);
        }
        known.in_time = false;
    }
    nights
}

impl<'p> Known<'p> {
    fn add(&mut self, report: &'p Past) {
        self.all.add(report.checked_at, &report.uuid, &report.results);
        if report.is_in_time() {
            self.in_time = true;
            self.then.add(report.checked_at, &report.uuid, &report.results);
        } else {
            self.late.push(report);
        }
    }

    /// Adds the late reports that had arrived by then.
    fn learn_until(&mut self, at: DateTime<Utc>) {
        let then = &mut self.then;
        self.late.retain(|report| {
            let is_unknown = report.arrived_at > at;
            if !is_unknown {
                then.add(report.checked_at, &report.uuid, &report.results);
            }
            is_unknown
        });
    }

    /// Judges the night that ends with the report of this instant.
    fn night(&self, rules: &Rules, old_rules: Option<&Rules>, at: DateTime<Utc>) -> Vec<NightOfVersion> {
        let by_all = judge(rules, &self.all, at);
        let by_then = if self.late.is_empty() { by_all.clone() } else { judge(rules, &self.then, at) };
        let old_rules = old_rules.filter(|old| old.digest != rules.digest);
        let by_old = |latest: &Latest| old_rules.map(|old| judge(old, latest, at)).unwrap_or_default();
        let (old_all, old_then) = (by_old(&self.all), by_old(&self.then));
        let arrived = self.late.iter().map(|report| report.arrived_at).max();
        let of_version = |(all, then): (Judgement, Judgement)| {
            let (word, word_then) = (conclusion_word(all.conclusion), conclusion_word(then.conclusion));
            // A night without a report in time has no record yet; only a violation before it goes on.
            let stays = is_worse(word_then, word) && (self.in_time || word_then == "violation");
            let is_changed = !self.in_time || (!stays && (word != word_then || all.counts != then.counts));
            let (judgement, old) = if stays { (then, &old_then) } else { (all, &old_all) };
            let old = old.iter().find(|old| old.version == judgement.version);
            NightOfVersion {
                night: at.date_naive(),
                conclusion: conclusion_word(judgement.conclusion),
                version: judgement.version,
                counts: judgement.counts,
                rules: rules.digest.clone(),
                until: judgement.until,
                by_old_rules: old.map(|old| conclusion_word(old.conclusion)),
                late: arrived.filter(|_| is_changed),
            }
        };
        by_all.into_iter().zip(by_then).map(of_version).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::rules;
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// Returns a report that arrived so many hours after its check.
    fn past(time: &str, hours: i64, results: &[(&str, i8)]) -> Past {
        let mut uploaded = Results::default();
        results.iter().for_each(|(id, number)| uploaded.add("*", id, *number));
        let checked_at: DateTime<Utc> = time.parse().unwrap();
        Past { uuid: time.to_owned(), checked_at, arrived_at: checked_at + TimeDelta::hours(hours), results: uploaded }
    }

    fn judged(reports: &mut [Past], from: &str) -> Vec<NightOfVersion> {
        let rules = Arc::new(rules());
        let before = Before { first: from.parse().unwrap(), ..Before::default() };
        nights(before, reports, |_| true, |_| Arc::clone(&rules))
    }

    /// Returns the nights of the version v2 as texts.
    fn v2(nights: &[NightOfVersion]) -> Vec<String> {
        let of_v2 = nights.iter().filter(|night| night.version == "v2");
        let text = |night: &NightOfVersion| {
            let late = night.late.map(|late| format!(", changed {}", late.date_naive())).unwrap_or_default();
            format!("{} {}{late}", night.night, night.conclusion)
        };
        of_v2.map(text).collect()
    }

    #[test]
    fn a_night_is_judged_after_its_last_report_with_what_still_counts() {
        let mut reports = [
            past("2026-11-17T03:00:00Z", 1, &[("b", 1)]),
            past("2026-11-16T01:00:00Z", 1, &[("a", -1)]),
            past("2026-11-16T02:00:00Z", 1, &[("a", 1), ("b", 1)]),
            past("2026-11-20T03:00:00Z", 1, &[("a", 1)]),
        ];
        let found = judged(&mut reports, "2026-11-16");
        assert_eq!(v2(&found), ["2026-11-16 conformant", "2026-11-17 conformant", "2026-11-20 undecided"]);
        let missing: Vec<usize> = found.iter().map(|night| night.counts.missing).collect();
        assert_eq!(missing, [0, 0, 0, 0, 0, 0, 1, 1, 0]);
        assert_eq!(judged(&mut reports, "2026-11-18").len(), 3);
    }

    #[rstest]
    #[case::a_late_pass_erases_nothing(&[("16T10", 1, -1), ("16T23", 300, 1)], &["16 violation"])]
    #[case::in_time_it_counts(&[("16T10", 1, -1), ("16T23", 36, 1)], &["16 conformant"])]
    #[case::just_too_late(&[("16T10", 1, -1), ("16T23", 37, 1)], &["16 violation"])]
    #[case::a_late_failure_counts(&[("16T10", 1, 1), ("16T23", 300, -1)], &["16 violation, changed 29"])]
    #[case::nor_does_it_erase_what_follows(
        &[("16T10", 1, -1), ("16T23", 300, 1), ("17T10", 1, 0)],
        &["16 violation", "17 undecided"]
    )]
    #[case::a_night_of_late_reports_alone(&[("16T10", 300, 1)], &["16 conformant, changed 28"])]
    #[case::a_violation_goes_on_over_it(
        &[("16T10", 1, -1), ("17T10", 300, 1)],
        &["16 violation", "17 violation, changed 29"]
    )]
    #[case::once_it_has_arrived_it_counts(
        &[("16T10", 1, -1), ("16T23", 40, 1), ("20T10", 1, 1)],
        &["16 violation", "20 conformant"]
    )]
    fn what_arrives_late_never_makes_a_night_better(#[case] reports: &[(&str, i64, i8)], #[case] expected: &[&str]) {
        let report = |(time, hours, number): &(&str, i64, i8)| {
            past(&format!("2026-11-{time}:00:00Z"), *hours, &[("a", *number), ("b", 1)])
        };
        let mut reports: Vec<Past> = reports.iter().map(report).collect();
        let found: Vec<String> = v2(&judged(&mut reports, "2026-11-01"));
        assert_eq!(found.iter().map(|night| night.replace("2026-11-", "")).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_the_rules_of_the_night_before_would_say_stands_beside() {
        let (old, mut new) = (Arc::new(rules()), rules());
        new.versions["v2"].targets["main"].push("c".to_owned());
        new.digest = "new".to_owned();
        let new = Arc::new(new);
        for (number, expected) in [(1, Some("conformant")), (-1, Some("violation"))] {
            let mut reports = [
                past("2026-11-16T03:00:00Z", 1, &[("a", 1), ("b", 1)]),
                past("2026-11-17T03:00:00Z", 1, &[("a", 1), ("b", number)]),
                past("2026-11-18T03:00:00Z", 1, &[("a", 1), ("b", 1)]),
            ];
            let change: DateTime<Utc> = "2026-11-17T00:00:00Z".parse().unwrap();
            let rules_of = |at| Arc::clone(if at < change { &old } else { &new });
            let found = nights(Before::default(), &mut reports, |_| true, rules_of);
            let v2: Vec<Option<&str>> =
                found.iter().filter(|night| night.version == "v2").map(|night| night.by_old_rules).collect();
            assert_eq!(v2, [None, expected, None]);
        }
    }

    proptest! {
        /// The law of the record, for any reports: those in time alone never conclude worse than all together.
        #[test]
        fn late_reports_never_improve(
            reports in prop::collection::vec((0_i64..5, 0_i64..24, any::<bool>(), 0_usize..2, -1_i8..=1), 1..12)
        ) {
            let start: DateTime<Utc> = "2026-11-16T00:00:00Z".parse().unwrap();
            let all: Vec<Past> = reports.iter().map(|(day, hour, is_late, testcase, number)| {
                let time = start + TimeDelta::days(*day) + TimeDelta::hours(*hour);
                past(&time.to_rfc3339(), if *is_late { 500 } else { 1 }, &[(["a", "b"][*testcase], *number)])
            }).collect();
            let in_time: Vec<Past> = all.iter().filter(|report| report.is_in_time()).cloned().collect();
            // A late check behind the last one in time moves the instant of judging within the day; no lifetime ends there.
            let (with, without) = (judged(&mut all.clone(), "2026-11-01"), judged(&mut in_time.clone(), "2026-11-01"));
            for night in without {
                let found = with.iter().find(|found| (found.night, &found.version) == (night.night, &night.version));
                let found = found.map(|found| found.conclusion).unwrap_or_default();
                prop_assert!(!is_worse(night.conclusion, found), "{} {} {found}", night.night, night.conclusion);
            }
        }
    }
}
