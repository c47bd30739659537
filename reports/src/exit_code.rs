//! The exit codes of the program, for scripts and for everything that calls it.

use crate::report::Report;
use scs_checks::score::Conclusion;

/// An exit code of `scs-conformance`. Scripts may rely on the numbers; they do not change.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything that decides and was selected has passed. Commands that check nothing have done what they were asked for.
    Success = 0,
    /// There is a violation in the target `main` of a version that decides. Of other commands: what they looked at is wrong,
    /// for example a flavor name or a definition.
    Violation = 1,
    /// The command line, the configuration, the definitions or a file that was given are wrong. Nothing was tested.
    Usage = 2,
    /// There is no violation, but something that decides was not, or could not be, tested: no access, no answer, the run was
    /// interrupted, or nothing that decides was selected.
    Undecided = 3,
    /// Everything has passed, but something that the run created may be left, or a report could not be written.
    Unfinished = 4,
}

impl ExitCode {
    /// All exit codes, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Success, Self::Violation, Self::Usage, Self::Undecided, Self::Unfinished];

    /// Returns the number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Returns the meaning for a run of `check`, as help texts and documents give it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Success => "conformant",
            Self::Violation => "a violation",
            Self::Usage => "usage, configuration or definitions are wrong",
            Self::Undecided => "undecided: something was not, or could not be, tested",
            Self::Unfinished => "something is left behind, or a report could not be written",
        }
    }

    /// Returns this code, or another one where this is a success: a later problem never hides an earlier one.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Success { other } else { self }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.code().into()
    }
}

impl From<Conclusion> for ExitCode {
    fn from(conclusion: Conclusion) -> Self {
        match conclusion {
            Conclusion::Violation => Self::Violation,
            Conclusion::Undecided => Self::Undecided,
            Conclusion::Residue => Self::Unfinished,
            Conclusion::Conformant => Self::Success,
        }
    }
}

impl Report {
    /// Returns the exit code of the run. If it was ended before it could clean up, what is left is more urgent than what was
    /// not tested.
    pub fn exit_code(&self) -> ExitCode {
        let was_cut_off = self.interrupted.is_some() && self.residue().next().is_some();
        match self.conclusion() {
            Conclusion::Undecided if was_cut_off => ExitCode::Unfinished,
            conclusion => conclusion.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, Builder};
    use rstest::rstest;

    #[test]
    fn numbers_are_fixed() {
        assert_eq!(ExitCode::ALL.map(ExitCode::code), [0, 1, 2, 3, 4]);
    }

    #[rstest]
    #[case(Builder::conformant(), ExitCode::Undecided)]
    #[case(samples::changed(), ExitCode::Success)]
    #[case(samples::residue(), ExitCode::Unfinished)]
    #[case(samples::violations(), ExitCode::Violation)]
    #[case(samples::refused(), ExitCode::Undecided)]
    #[case(Builder::conformant().interrupted("stopped"), ExitCode::Undecided)]
    #[case(Builder::conformant().created(&[Some("stopped")]).interrupted("stopped"), ExitCode::Unfinished)]
    #[case(samples::violations().created(&[Some("stopped")]).interrupted("stopped"), ExitCode::Violation)]
    fn run_has_an_exit_code(#[case] sample: Builder, #[case] expected: ExitCode) {
        assert_eq!(sample.build().exit_code(), expected);
    }
}
