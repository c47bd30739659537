//! The record of each night: the roll-up after its last report.

use super::latest::Latest;
use super::results::Results;
use super::rollup::{conclusion_word, judge};
use super::rules::Rules;
use chrono::{DateTime, NaiveDate, Utc};
use scs_checks::score::Tally;
use std::sync::Arc;

/// A report of the past, as far as nights need it.
#[derive(Clone, Debug)]
pub struct Past {
    /// The id of the report.
    pub uuid: String,
    /// The instant of the check.
    pub checked_at: DateTime<Utc>,
    /// Its results.
    pub results: Results,
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
}

/// Returns the nights from a day on that have a report, each judged at the instant of its last report. The latest results are those
/// before the first report of the past.
pub fn nights(
    mut latest: Latest,
    past: &mut [Past],
    from: NaiveDate,
    mut rules_of: impl FnMut(NaiveDate) -> Option<Arc<Rules>>,
) -> Vec<NightOfVersion> {
    past.sort_by_key(|report| report.checked_at);
    let mut nights = Vec::new();
    for (index, report) in past.iter().enumerate() {
        latest.add(report.checked_at, &report.uuid, &report.results);
        let night = report.checked_at.date_naive();
        let is_last = past.get(index + 1).is_none_or(|next| next.checked_at.date_naive() > night);
        if is_last && night >= from {
            let Some(rules) = rules_of(night) else { continue };
            nights.extend(of_night(&rules, &latest, report.checked_at));
        }
    }
    nights
}

/// Judges one night at the instant of its last report.
fn of_night(rules: &Rules, latest: &Latest, at: DateTime<Utc>) -> Vec<NightOfVersion> {
    let judged = judge(rules, latest, at).into_iter().map(|judgement| NightOfVersion {
        night: at.date_naive(),
        version: judgement.version,
        conclusion: conclusion_word(judgement.conclusion),
        counts: judgement.counts,
        rules: rules.digest.clone(),
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::rules;
    use super::*;

    fn past(time: &str, results: &[(&str, i8)]) -> Past {
        let mut uploaded = Results::default();
        results.iter().for_each(|(id, number)| uploaded.add("*", id, *number));
        Past { uuid: time.to_owned(), checked_at: time.parse().unwrap(), results: uploaded }
    }

    #[test]
    fn a_night_is_judged_after_its_last_report_with_what_still_counts() {
        let mut reports = [
            past("2026-11-17T03:00:00Z", &[("b", 1)]),
            past("2026-11-16T01:00:00Z", &[("a", -1)]),
            past("2026-11-16T02:00:00Z", &[("a", 1), ("b", 1)]),
            past("2026-11-20T03:00:00Z", &[("a", 1)]),
        ];
        let rules = Arc::new(rules());
        let from = "2026-11-16".parse().unwrap();
        let found = nights(Latest::default(), &mut reports, from, |_| Some(Arc::clone(&rules)));
        let v2: Vec<(String, &str, usize)> = found
            .iter()
            .filter(|night| night.version == "v2")
            .map(|night| (night.night.to_string(), night.conclusion, night.counts.missing))
            .collect();
        let expected =
            [("2026-11-16", "conformant", 0), ("2026-11-17", "conformant", 0), ("2026-11-20", "undecided", 1)];
        assert_eq!(v2, expected.map(|(night, word, missing)| (night.to_owned(), word, missing)));
        assert_eq!(
            nights(Latest::default(), &mut reports, "2026-11-18".parse().unwrap(), |_| Some(Arc::clone(&rules))).len(),
            3
        );
    }
}
