//! The results that a user calls known: those of reports, in place of the history.
//!
//! For machines whose state folder does not stay: without a history, every failure would be new.

use crate::config::Subject;
use chrono::{DateTime, Utc};
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::Report;
use std::collections::BTreeMap;

/// The verdicts of the reports that a user names, by subject and scope.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    subjects: BTreeMap<(String, String), Results>,
}

/// The latest verdict of each testcase that was selected, with the instant of its check.
type Results = BTreeMap<String, (DateTime<Utc>, Verdict)>;

impl Baseline {
    /// Adds a report. Of two reports of one subject the later one counts, testcase by testcase.
    pub fn add(&mut self, report: &Report) {
        let key = (report.subject.name.clone(), report.scope.id.clone());
        let results = self.subjects.entry(key).or_default();
        for (id, result) in &report.testcases {
            let was_left_out = result.reason.as_ref().is_some_and(|reason| reason.code == ReasonCode::NotSelected);
            let is_newer = results.get(id).is_none_or(|(known, _)| *known <= report.started_at);
            if is_newer && !was_left_out {
                results.insert(id.clone(), (report.started_at, result.verdict));
            }
        }
    }

    /// Returns true if no report was added.
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Returns true if there is a report of a subject in its scope.
    pub fn has(&self, subject: &Subject) -> bool {
        self.of(subject).is_some()
    }

    /// Returns the verdict of a testcase; none if it was not tested.
    pub fn verdict(&self, subject: &Subject, testcase: &str) -> Option<Verdict> {
        Some(self.of(subject)?.get(testcase)?.1)
    }

    fn of(&self, subject: &Subject) -> Option<&Results> {
        self.subjects.get(&(subject.name.clone(), subject.scope.clone()))
    }
}
