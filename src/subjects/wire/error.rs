//! Everything that can go wrong between us and a subject, with stable kinds that become reason codes.

use scs_checks::visible::visible;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::iter::successors;
use std::sync::Arc;

/// The reason why a service could not be reached at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// The host name is not known.
    Dns,
    /// Nobody listens on the port.
    Refused,
    /// No connection, or no answer, in time.
    Timeout,
    /// The connection broke before the answer was complete.
    Broken,
}

/// The kind of a failure, on which the program decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// No connection, or it broke.
    Unreachable(Unreachable),
    /// TLS: the server's certificate is not accepted, or ours is not.
    CertificateInvalid,
    /// Keystone refused the credentials.
    CredentialsRefused,
    /// The user lacks a role the checks need.
    RoleMissing {
        /// The role.
        role: String,
    },
    /// The user holds a role the checks must not run with.
    RoleTooHigh {
        /// The role.
        role: String,
    },
    /// The token has no project or no catalog.
    ScopeMissing,
    /// The region is not in the catalog, or none was chosen of several.
    RegionUnclear,
    /// Something answers, but it is no OpenStack API: a web page, a proxy, another service.
    NotAnApi,
    /// The answer points elsewhere; redirects are never followed, they would carry the token away.
    Redirected,
    /// A valid, freshly renewed token was refused.
    Unauthorized,
    /// The user may not do this.
    Forbidden,
    /// There is no such resource.
    NotFound,
    /// The catalog has no service of this type at all.
    ServiceAbsent {
        /// The service type.
        service: &'static str,
    },
    /// The catalog has the service, but no endpoint of it for the region and interface.
    EndpointAbsent {
        /// The service type.
        service: &'static str,
    },
    /// The time for this fact is over.
    Deadline,
    /// The service asked us to slow down and we did not get through in time.
    RateLimited,
    /// The service failed, status 5xx.
    ServerError(u16),
    /// Any other status that is not a success.
    UnexpectedStatus(u16),
    /// The answer is not what the API promises.
    InvalidAnswer {
        /// The path in the JSON, such as `images[3].id`; empty for the whole.
        path: String,
    },
    /// The answer, or a list, is larger than anything plausible.
    TooLarge,
    /// A list whose pages never end.
    EndlessList,
    /// The service accepted the request, but did not manage to do it.
    Failed,
    /// Tests of others could not be run, or not to their end.
    SuiteFailed,
    /// The run was stopped.
    Interrupted,
    /// The journal cannot be written, so nothing may be created.
    JournalUnwritable,
    /// The configuration cannot be turned into a client: an unusable certificate or key.
    Unusable,
}

/// A failure as one line for users. It is `Clone` because a failure is remembered and given to everyone who needs what
/// failed. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind.
    pub kind: ErrorKind,
    /// The event, in one line.
    pub what: String,
    /// Advice; empty if nothing can be said.
    pub help: String,
    /// Method and URL of the request, if there was one.
    pub request: Option<Box<str>>,
    /// The service's id of the request, for the operator's logs.
    pub request_id: Option<Box<str>>,
    /// The error of the library or of the layer below, for programs; messages do not repeat it.
    pub(crate) cause: Option<Arc<Cause>>,
}

/// The error that led to a failure.
pub(crate) struct Cause(Box<dyn StdError + Send + Sync>);

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(&*self.0))
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        chain(&*self.0) == chain(&*other.0)
    }
}

impl Eq for Cause {}

impl Error {
    /// Creates a failure of this kind.
    pub fn new(kind: ErrorKind, what: impl AsRef<str>) -> Self {
        Self { kind, what: one_line(what.as_ref()), help: String::new(), request: None, request_id: None, cause: None }
    }

    /// Returns the error that the run was stopped before this could be done.
    #[must_use]
    pub fn interrupted() -> Self {
        Self::new(ErrorKind::Interrupted, "the run was stopped")
    }

    /// Returns true if the request may have taken effect all the same: unless the service refused it or never got it.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        match self.kind {
            ErrorKind::Unreachable(Unreachable::Timeout | Unreachable::Broken)
            | ErrorKind::NotAnApi
            | ErrorKind::Redirected
            | ErrorKind::Deadline
            | ErrorKind::ServerError(_)
            | ErrorKind::InvalidAnswer { .. }
            | ErrorKind::TooLarge
            | ErrorKind::EndlessList
            | ErrorKind::Failed
            | ErrorKind::SuiteFailed
            | ErrorKind::Interrupted => true,
            ErrorKind::UnexpectedStatus(status) => status == 408 || !(400..500).contains(&status),
            ErrorKind::Unreachable(Unreachable::Dns | Unreachable::Refused)
            | ErrorKind::CertificateInvalid
            | ErrorKind::CredentialsRefused
            | ErrorKind::RoleMissing { .. }
            | ErrorKind::RoleTooHigh { .. }
            | ErrorKind::ScopeMissing
            | ErrorKind::RegionUnclear
            | ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::ServiceAbsent { .. }
            | ErrorKind::EndpointAbsent { .. }
            | ErrorKind::RateLimited
            | ErrorKind::JournalUnwritable
            | ErrorKind::Unusable => false,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    pub(crate) fn during(mut self, request: &str) -> Self {
        self.request = Some(request.into());
        self
    }

    pub(crate) fn caused_by(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(Cause(Box::new(cause))));
        self
    }

    pub(crate) fn request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id.map(String::into_boxed_str);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(request) = &self.request {
            write!(f, "{request}: ")?;
        }
        f.write_str(&self.what)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| &*cause.0 as _)
    }
}

/// Longest text taken from an answer or a lower layer into a message, in characters.
const MAX_TEXT: usize = 300;

/// Makes foreign text safe for a message: one line, no control characters, others that cannot be seen spelled out, bounded.
pub(crate) fn one_line(text: &str) -> String {
    // Spelled out, a character is longer: before anything is cut off.
    let blank: String = text.chars().take(MAX_TEXT * 8 + 1).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = String::new();
    for (count, c) in visible(&blank).chars().enumerate() {
        if count >= MAX_TEXT * 8 || line.chars().count() >= MAX_TEXT {
            line.push('…');
            break;
        }
        if c != ' ' || (!line.is_empty() && !line.ends_with(' ')) {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Messages of the HTTP client's outer layers, which add nothing to the cause.
const NOISE: &[&str] = &[
    "builder error",
    "error sending request",
    "client error (",
    "connection error",
    "error decoding response body",
    "error reading a body",
    "request or response body error",
    "dns error",
    "error resolving DNS",
];

/// Writes an error with all its causes in one line, each said once.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        let message = cause.to_string();
        if !text.contains(&message) && !NOISE.iter().any(|noise| message.starts_with(noise)) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&message);
        }
        next = cause.source();
    }
    one_line(&text)
}

/// Returns the cause of an error. An error of the operating system holds the error that it was made of, and skips it as its
/// source.
fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// Finds the first error of a type among an error and its causes.
pub(crate) fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    successors(Some(error), |error| cause(*error)).find_map(|error| error.downcast_ref())
}

/// Returns the kind of the first error of the operating system among the causes.
pub(crate) fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    find::<io::Error>(error).map(io::Error::kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_found_also_inside_errors_of_the_operating_system() {
        let inner = io::Error::other(Error::interrupted());
        let error = Error::new(ErrorKind::Failed, "x").caused_by(io::Error::other(inner));
        assert_eq!(find::<Error>(error.source().unwrap()), Some(&Error::interrupted()));
        assert_eq!((error.to_string().as_str(), io_kind(&error)), ("x", Some(io::ErrorKind::Other)));
        assert_eq!(find::<fmt::Error>(&error), None);
    }
}
