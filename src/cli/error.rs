//! The error of a command: its message and its exit code.

use super::message::fail;
use scs_checks::definition::{Problem, Problems};
use scs_files::WriteError;
use scs_fleet::deliver::DeliveryError;
use scs_fleet::nightly::NightError;
use scs_fleet::plan::ChoiceError;
use scs_fleet::state::StateError;
use scs_reports::ExitCode;
use scs_reports::judge::{DocumentError, JudgeError, ReportError};
use scs_signatures::SignersError;
use scs_subjects::ledger::JournalError;
use scs_subjects::settings::ConfigError;
use scs_subjects::suites::runner::ToolError;
use scs_subjects::suites::{ImportError, ListError};
use scs_subjects::sweep::SweepError;
use scs_subjects::tempest::{ProgramError, TempestError};
use scs_subjects::world::SourcesError;
use std::fmt::{self, Display};

/// An error that ends a command.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct CliError {
    exit: ExitCode,
    /// One sentence: what is wrong, where, and what to do; or several located problems.
    message: String,
}

impl CliError {
    /// Returns the error of a command line, a configuration or a file that was given: nothing was tested.
    pub(super) fn usage(message: impl Display) -> Self {
        Self { exit: ExitCode::Usage, message: message.to_string() }
    }

    /// Returns the error of a subject that refused, or could not be asked.
    pub(super) fn undecided(message: impl Display) -> Self {
        Self { exit: ExitCode::Undecided, message: message.to_string() }
    }

    /// Returns the error of a result that could not be written, or of a run that could not clean up.
    pub(super) fn unfinished(message: impl Display) -> Self {
        Self { exit: ExitCode::Unfinished, message: message.to_string() }
    }

    /// Puts what it is about, such as an option, before the message.
    pub(super) fn about(self, what: impl Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// Prints the error, and returns its exit code.
    pub(super) fn print(&self) -> ExitCode {
        fail(self, self.exit)
    }
}

impl Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

impl From<serde_json::Error> for CliError {
    fn from(error: serde_json::Error) -> Self {
        Self::unfinished(format!("no JSON can be made of the result: {error}"))
    }
}

impl From<SweepError> for CliError {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Refused(_) => Self::undecided(error),
            SweepError::Stopped(_) => Self::unfinished(error),
        }
    }
}

impl From<NightError> for CliError {
    fn from(error: NightError) -> Self {
        match error {
            NightError::Stopped(_) => Self::undecided(error),
            other => Self::usage(other),
        }
    }
}

/// Errors that mean that something is wrong with what the user has given.
macro_rules! usage_errors {
    ($($error:ty),+) => {
        $(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::usage(error)
            }
        })+
    };
}

usage_errors!(
    &str,
    String,
    ChoiceError,
    ConfigError,
    DeliveryError,
    DocumentError,
    ImportError,
    JournalError,
    JudgeError,
    ListError,
    Problem,
    Problems,
    ProgramError,
    ReportError,
    SignersError,
    SourcesError,
    StateError,
    TempestError,
    ToolError,
    WriteError
);
