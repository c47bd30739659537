//! The testcases that are due: those without a result that will still count when the next night begins.

use super::score_card::{LatestResult, ScoreCard};
use chrono::{DateTime, Utc};
use scs_checks::definition::{Scope, Testcase};
use scs_checks::verdict::Verdict;
use std::fmt;

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

/// Returns those testcases that have to be tested before `next`, the begin of the next night; `definitions` is the digest of
/// those that apply.
pub fn due<'a>(
    testcases: impl IntoIterator<Item = &'a Testcase>,
    scope: &Scope,
    card: &ScoreCard,
    definitions: &str,
    next: DateTime<Utc>,
) -> Vec<DueTestcase<'a>> {
    let why = |testcase: &Testcase| match card.testcases.get(&testcase.id) {
        None => Some(Why::Missing),
        Some(latest) if latest.definitions != definitions => Some(Why::Missing),
        Some(LatestResult { verdict: Verdict::Pass, checked_at, .. }) => {
            let until = scope.next_test(testcase, *checked_at)?;
            (until < next).then_some(Why::Expiring(until))
        }
        Some(_) => Some(Why::Failing),
    };
    let due = |testcase: &'a Testcase| Some(DueTestcase { id: &testcase.id, why: why(testcase)? });
    testcases.into_iter().filter_map(due).collect()
}
