//! From what went wrong with a request to the reason that a report gives.

use crate::openstack::{Error, ErrorKind};
use scs_checks::verdict::{Reason, ReasonCode};

/// Returns the reason code and sentence of an error.
pub fn reason_of(error: &Error) -> Reason {
    let code = match error.kind {
        ErrorKind::Unreachable(_) => ReasonCode::Unreachable,
        ErrorKind::CertificateInvalid => ReasonCode::BadCertificate,
        ErrorKind::CredentialsRefused | ErrorKind::Unauthorized => ReasonCode::CredentialsRefused,
        ErrorKind::RoleMissing { .. } => ReasonCode::RoleMissing,
        ErrorKind::RoleTooHigh { .. } => ReasonCode::RoleTooHigh,
        ErrorKind::ScopeMissing | ErrorKind::RegionUnclear | ErrorKind::Unusable | ErrorKind::JournalUnwritable => {
            ReasonCode::Configuration
        }
        ErrorKind::NotAnApi | ErrorKind::Redirected => ReasonCode::NotAnApi,
        ErrorKind::Forbidden => ReasonCode::Forbidden,
        ErrorKind::ServiceAbsent { .. } | ErrorKind::EndpointAbsent { .. } => ReasonCode::ServiceAbsent,
        ErrorKind::Deadline => ReasonCode::Deadline,
        ErrorKind::RateLimited => ReasonCode::RateLimited,
        ErrorKind::NotFound | ErrorKind::ServerError(_) | ErrorKind::UnexpectedStatus(_) | ErrorKind::Failed => {
            ReasonCode::RequestFailed
        }
        ErrorKind::SuiteFailed => ReasonCode::SuiteFailed,
        ErrorKind::InvalidAnswer { .. } => ReasonCode::InvalidAnswer,
        ErrorKind::TooLarge | ErrorKind::EndlessList => ReasonCode::TooLarge,
        ErrorKind::Interrupted => ReasonCode::Interrupted,
    };
    Reason::new(code, error.to_string())
}
