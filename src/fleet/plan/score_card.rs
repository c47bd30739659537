//! The latest result of each testcase of a subject.

use crate::state::Attempt;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use scs_checks::verdict::Verdict;

/// The latest results of a subject in a scope, by testcase.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreCard {
    /// The latest result of each testcase that was ever decided.
    pub testcases: IndexMap<String, LatestResult>,
}

/// The latest result of a testcase.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestResult {
    /// The verdict: PASS or FAIL.
    pub verdict: Verdict,
    /// The instant of the check.
    pub checked_at: DateTime<Utc>,
    /// The id of the report.
    pub report: String,
    /// The digest of the definitions by which it was judged.
    pub definitions: String,
}

impl ScoreCard {
    /// Reads the latest results from attempts, the oldest first. A testcase that was not decided keeps its older result.
    pub fn from_attempts<'a>(attempts: impl IntoIterator<Item = &'a Attempt>) -> Self {
        let mut card = Self::default();
        for attempt in attempts {
            for verdict in [Verdict::Pass, Verdict::Fail] {
                for id in attempt.testcases.get(&verdict).into_iter().flatten() {
                    let latest = LatestResult {
                        verdict,
                        checked_at: attempt.checked_at,
                        report: attempt.report.clone(),
                        definitions: attempt.definitions.clone(),
                    };
                    card.testcases.insert(id.clone(), latest);
                }
            }
        }
        card
    }
}
