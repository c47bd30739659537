//! The look of a verdict on the page.

use crate::report::{Report, SubjectState};
use scs_checks::verdict::Verdict;

/// The look of a verdict: a word, and a class for its color and picture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Look {
    pub(super) class: &'static str,
    pub(super) word: &'static str,
}

impl Look {
    /// Returns the look of a verdict in a report. Nothing is green if the subject could not be tested.
    pub(super) fn of(report: &Report, verdict: Option<Verdict>) -> Self {
        let (class, word) = match verdict {
            Some(Verdict::Pass) if report.subject.state != SubjectState::Tested => ("plain", "PASS"),
            Some(Verdict::Pass) => ("pass", "PASS"),
            Some(Verdict::Fail) => ("fail", "FAIL"),
            Some(Verdict::Abort) => ("abort", "ABORT"),
            Some(Verdict::Miss) => ("miss", "MISS"),
            None => ("plain", "none"),
        };
        Self { class, word }
    }
}
