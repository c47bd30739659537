//! What a run comes to: one word for scripts (the exit code), one sentence for people.

use crate::report::{Report, SubjectState};
use scs_checks::definition::Target;
use scs_checks::verdict::{ReasonCode, Verdict};

/// What a run comes to. The first that applies counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Conclusion {
    /// A violation in target `main` of a deciding version.
    Violation,
    /// No violation, but something that decides was not, or could not be, tested.
    Undecided,
    /// Everything that was selected and decides has passed.
    Conformant,
}

impl Conclusion {
    /// The exit code of the program.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Violation => 1,
            Self::Undecided => 3,
            Self::Conformant => 0,
        }
    }

    /// What a report comes to.
    ///
    /// A testcase that the user's selection left out does not count here. But without any
    /// PASS that decides, nothing was shown, and so nothing is green.
    pub fn of(report: &Report) -> Self {
        let deciding: Vec<(Verdict, Option<ReasonCode>)> = report
            .versions
            .values()
            .filter(|version| version.decides)
            .filter_map(|version| version.targets.get(&Target::Main))
            .flat_map(|target| &target.testcases)
            .filter_map(|id| report.testcases.get(id))
            .map(|result| (result.verdict, result.reason.as_ref().map(|reason| reason.code)))
            .filter(|(_, reason)| *reason != Some(ReasonCode::NotSelected))
            .collect();
        let passed = !deciding.is_empty() && deciding.iter().all(|(verdict, _)| *verdict == Verdict::Pass);
        if deciding.iter().any(|(verdict, _)| *verdict == Verdict::Fail) {
            Self::Violation
        } else if passed && report.interrupted.is_none() && report.subject.state == SubjectState::Tested {
            Self::Conformant
        } else {
            Self::Undecided
        }
    }
}
