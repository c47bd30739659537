//! The testcases that are due: those without a result that will still count when the next night begins.

use super::score_card::{LatestResult, ScoreCard};
use chrono::{DateTime, TimeDelta, Utc};
use scs_checks::definition::{Scope, Testcase};
use scs_checks::verdict::Verdict;
use std::fmt;
use std::ops::Range;

/// A testcase that is due.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DueTestcase<'a> {
    /// Its id.
    pub id: &'a str,
    /// The reason.
    pub why: Why,
}

/// A reason why a testcase is due.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Why {
    /// There is no result, or none by these definitions.
    Missing,
    /// The latest result is a FAIL, which may be mended by now.
    Failing,
    /// The latest result has to be renewed until then.
    Expiring(DateTime<Utc>),
    /// Somebody asked for it.
    Forced,
}

impl Why {
    /// Returns the kind of the reason, in a word.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Failing => "failing",
            Self::Expiring(_) => "expiring",
            Self::Forced => "forced",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Failing => f.write_str("failing"),
            Self::Expiring(until) => write!(f, "due {}", until.format("%Y-%m-%d")),
            Self::Forced => f.write_str("forced"),
        }
    }
}

/// The time by which the clock of an earlier night may have been ahead.
const FAST: TimeDelta = TimeDelta::hours(1);

/// Returns those testcases that have to be tested between now and the end of `times`, when the next night has had its turn;
/// `definitions` is the digest of those that apply. A result of the future counts for nothing.
pub fn due<'a>(
    testcases: impl IntoIterator<Item = &'a Testcase>,
    scope: &Scope,
    card: &ScoreCard,
    definitions: &str,
    times: Range<DateTime<Utc>>,
) -> Vec<DueTestcase<'a>> {
    let why = |testcase: &Testcase| match card.testcases.get(&testcase.id) {
        None => Some(Why::Missing),
        Some(latest) if latest.definitions != definitions => Some(Why::Missing),
        Some(latest) if latest.checked_at.signed_duration_since(times.start) > FAST => Some(Why::Missing),
        Some(LatestResult { verdict: Verdict::Pass, checked_at, .. }) => {
            let until = scope.next_test(testcase, *checked_at)?;
            (until < times.end).then_some(Why::Expiring(until))
        }
        Some(_) => Some(Why::Failing),
    };
    let due = |testcase: &'a Testcase| Some(DueTestcase { id: &testcase.id, why: why(testcase)? });
    testcases.into_iter().filter_map(due).collect()
}
