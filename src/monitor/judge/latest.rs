//! The latest result of each testcase of a subject.

use super::results::Results;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The latest results of a subject and a scope by testcase.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Latest(pub BTreeMap<String, LatestResult>);

/// The latest result of a testcase.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LatestResult {
    /// 1 for PASS, 0 for ABORT, -1 for FAIL.
    #[serde(rename = "r")]
    pub result: i8,
    /// The instant of the check.
    #[serde(rename = "t", with = "chrono::serde::ts_microseconds")]
    pub checked_at: DateTime<Utc>,
    /// The id of the report.
    #[serde(rename = "u")]
    pub report: String,
    /// The last instant at which it passed, however long ago.
    #[serde(
        rename = "p",
        default,
        skip_serializing_if = "Option::is_none",
        with = "chrono::serde::ts_microseconds_option"
    )]
    pub passed_at: Option<DateTime<Utc>>,
}

impl Latest {
    /// Adds the results of a report. Of two results of one instant the worse one counts.
    pub fn add(&mut self, checked_at: DateTime<Utc>, report: &str, results: &Results) {
        for (testcase, result) in results.by_testcase() {
            let passed_at = (result == 1).then_some(checked_at);
            let new = LatestResult { result, checked_at, report: report.to_owned(), passed_at };
            match self.0.get_mut(testcase) {
                None => drop(self.0.insert(testcase.to_owned(), new)),
                Some(old) => {
                    let passed_at = old.passed_at.max(passed_at);
                    let is_newer = (checked_at, -result) > (old.checked_at, -old.result);
                    if is_newer {
                        *old = new;
                    }
                    old.passed_at = passed_at;
                }
            }
        }
    }

    /// Returns the instant of the newest result.
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        self.0.values().map(|result| result.checked_at).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn results(testcase: &str, number: i8) -> Results {
        let mut results = Results::default();
        results.add("*", testcase, number);
        results
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(
            mut reports in prop::collection::vec((0_i64..5, 0_usize..3, -1_i8..=1), 0..12),
            seed in any::<u64>()
        ) {
            let fold = |reports: &[(i64, usize, i8)]| {
                let mut latest = Latest::default();
                for (second, testcase, number) in reports {
                    latest.add(at(*second), "r", &results(["a", "b", "c"][*testcase], *number));
                }
                latest
            };
            let one = fold(&reports);
            let length = reports.len().max(1);
            reports.rotate_left(usize::try_from(seed % length as u64).unwrap());
            reports.reverse();
            prop_assert_eq!(one, fold(&reports));
        }
    }

    #[test]
    fn a_late_report_does_not_replace_a_newer_result() {
        let mut latest = Latest::default();
        latest.add(at(10), "new", &results("a", -1));
        latest.add(at(5), "old", &results("a", 1));
        let found = &latest.0["a"];
        assert_eq!((found.result, found.report.as_str(), found.passed_at), (-1, "new", Some(at(5))));
        let text = serde_json::to_string(&latest).unwrap();
        assert_eq!(serde_json::from_str::<Latest>(&text).unwrap(), latest);
    }
}
