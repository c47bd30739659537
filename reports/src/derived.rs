//! The fields of a report that follow from its other fields: they are written for readers that do not know how to compute
//! them, and are computed anew when a report is read.

use crate::marks::{Mark, marks};
use crate::report::{MarkKind, Report, TestcaseResult};
use crate::wording::decides;
use chrono::{DateTime, Utc};
use scs_checks::verdict::Verdict;

impl Report {
    /// Fills in the fields that follow from the others.
    #[must_use]
    pub fn completed(mut self) -> Self {
        self.marks = mark_kinds(&self);
        self.expires_at = expires_at(&self);
        self
    }
}

impl TestcaseResult {
    /// Returns the first instant at which the result of a run no longer counts: that of the lifetime, or of the evidence that
    /// decided it.
    pub(crate) fn expiry(&self, started_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_decided = matches!(self.verdict, Verdict::Pass | Verdict::Fail);
        match self.evidence.as_ref().filter(|_| is_decided) {
            Some(evidence) => evidence.expires_at(),
            None => self.lifetime.expires_at(started_at),
        }
    }
}

/// Returns the kinds of the marks of a report, the heaviest first.
pub(crate) fn mark_kinds(report: &Report) -> Vec<MarkKind> {
    marks(report).iter().map(|Mark { kind, .. }| *kind).collect()
}

/// Returns the first instant at which a result that the conclusion rests on no longer counts.
pub(crate) fn expires_at(report: &Report) -> Option<DateTime<Utc>> {
    let results = report.testcases.iter().filter(|(id, _)| decides(report, id));
    let decided = results.filter(|(_, result)| matches!(result.verdict, Verdict::Pass | Verdict::Fail));
    decided.filter_map(|(_, result)| result.expires_at).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, Builder};
    use rstest::rstest;
    use scs_checks::definition::Lifetime;

    #[test]
    fn report_counts_as_long_as_the_shortest_result_that_decides() {
        let mut report = Builder::conformant().build();
        assert_eq!(report.expires_at, Some("2026-11-30T00:00:00Z".parse().unwrap()));
        let day = Lifetime::Day.expires_at(report.started_at);
        // Neither a result that does not decide nor one that decided nothing.
        for id in ["scs-0103-flavor-16v-128", "scs-0117-test-backup"] {
            report.testcases.get_mut(id).unwrap().expires_at = day;
        }
        assert_eq!(expires_at(&report), report.expires_at);
        report.testcases.get_mut("scs-0100-syntax-check").unwrap().expires_at = day;
        assert_eq!(expires_at(&report), day);
    }

    #[rstest]
    #[case(Builder::empty())]
    #[case(samples::refused())]
    fn report_without_a_decision_never_counts(#[case] sample: Builder) {
        assert_eq!(sample.build().expires_at, None);
    }

    #[test]
    fn marks_are_written_as_codes() {
        let mut report = samples::residue().build();
        report.subject.simulated = true;
        report.selection.partial = true;
        let codes = serde_json::to_value(report.completed().marks).unwrap();
        assert_eq!(codes, serde_json::json!(["simulated", "partial", "left-behind"]));
    }
}
