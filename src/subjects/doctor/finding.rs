//! A finding of a doctor: one thing that was looked at.

use crate::wire::error::{Error, ErrorKind};
use serde::Serialize;

/// The state of something that a run needs.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum State {
    /// It suffices.
    Ok,
    /// A run works, but somebody should look at it.
    Warning,
    /// A run does not work, or not all of it.
    Missing,
    /// It could not be asked.
    Unknown,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct DoctorFinding {
    /// Its state.
    pub state: State,
    /// Its name, for example `cores`.
    pub what: String,
    /// The observed value.
    pub found: String,
    /// The needs of a run; empty if they are obvious.
    pub needed: String,
    /// The remedy; empty if there is none.
    pub remedy: String,
    /// The numbers, where it is a quota whose numbers are known.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
}

/// The numbers of a quota.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Numbers {
    /// The limit; -1 is none.
    pub limit: i64,
    /// The amount that is used; none if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// The amount that a run takes.
    pub takes: u64,
}

impl DoctorFinding {
    /// Makes a finding without a need and a remedy.
    pub(super) fn new(state: State, what: impl Into<String>, found: impl Into<String>) -> Self {
        let (what, found) = (what.into(), found.into());
        Self { state, what, found, needed: String::new(), remedy: String::new(), numbers: None }
    }

    /// Adds what a run needs.
    pub(super) fn needed(self, needed: impl Into<String>) -> Self {
        Self { needed: needed.into(), ..self }
    }

    /// Adds what to do.
    pub(super) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }

    /// Returns the finding for something that could not be asked.
    pub(super) fn from_error(what: &str, error: &Error) -> Self {
        let state = match error.kind {
            ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Unusable
            | ErrorKind::ServiceAbsent { .. }
            | ErrorKind::EndpointAbsent { .. }
            | ErrorKind::RoleMissing { .. }
            | ErrorKind::RoleTooHigh { .. }
            | ErrorKind::CredentialsRefused => State::Missing,
            _ => State::Unknown,
        };
        Self::new(state, what, error.to_string())
    }
}

/// Returns true if nothing is missing and nothing unknown; warnings do not count.
pub(super) fn suffices(findings: &[DoctorFinding]) -> bool {
    findings.iter().all(|finding| matches!(finding.state, State::Ok | State::Warning))
}
