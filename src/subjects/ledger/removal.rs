//! Removes one resource: asks for it, and waits until the service confirms that it is gone.

use super::kind::Kind;
use super::writer::{ResourceStatus, ResourceWriter, Warrant};
use crate::watch::Pace;
use crate::wire::error::{Error, ErrorKind};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// The reason why a resource is still there.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotRemoved {
    #[error("it is not known whether it exists: {0}")]
    Unknown(#[source] Error),
    #[error(transparent)]
    Request(Error),
    #[error("its removal was not confirmed in time")]
    TooLate,
    #[error("its removal was not confirmed in time; its status is \"{status}\"")]
    StillThere { status: String },
    #[error(
        "its removal was not confirmed in time; its status is \"{status}\", and the service refused to delete it: {refusal}"
    )]
    Refused { status: String, refusal: Error },
}

/// Removes one resource and waits until it is gone; or says why it is still there.
pub(super) async fn remove_and_wait<H: ResourceWriter>(
    writer: &H,
    kind: Kind,
    id: &str,
    pace: Pace,
    deadline: Instant,
) -> Result<(), NotRemoved> {
    let mut asked = false;
    let mut reason = NotRemoved::TooLate;
    for pause in pace.pauses() {
        match timeout_at(deadline, step(writer, kind, id, asked)).await.unwrap_or_else(|_| Err(too_late())) {
            Ok(Step { seen: None, .. }) => return Ok(()),
            Ok(Step { seen: Some(status), refusal }) => {
                asked = refusal.is_none() && status.is_leaving;
                reason = match refusal {
                    None => NotRemoved::StillThere { status: status.status },
                    Some(refusal) => NotRemoved::Refused { status: status.status, refusal },
                };
            }
            Err(error) if is_final(&error) => return Err(NotRemoved::Request(error)),
            Err(error) => reason = NotRemoved::Request(error),
        }
        if Instant::now() + pause >= deadline {
            break;
        }
        sleep(pause).await;
    }
    Err(reason)
}

/// One attempt at a removal.
struct Step {
    /// The resource, if it is still there.
    seen: Option<ResourceStatus>,
    /// The service's refusal to delete it.
    refusal: Option<Error>,
}

/// Asks for the removal if need be, and looks for the resource: whatever the answer is, it is gone only when it is no longer
/// found, and after a refusal its status says why.
async fn step<H: ResourceWriter>(writer: &H, kind: Kind, id: &str, asked: bool) -> Result<Step, Error> {
    let refusal = match asked {
        true => None,
        false => writer.delete(&Warrant(()), kind, id).await.err().filter(|error| error.kind != ErrorKind::NotFound),
    };
    match refusal {
        Some(error) if is_final(&error) && !H::may_yield(kind, &error) => Err(error),
        refusal => Ok(Step { seen: writer.look(kind, id).await?, refusal }),
    }
}

/// Returns the deadline of a resource that had to wait for another one: it has at least a tenth of the limit for itself.
pub(super) fn with_time_of_its_own(deadline: Instant, limit: Duration) -> Instant {
    deadline.max(Instant::now() + limit / 10)
}

/// Returns true for errors that will not go away by trying again.
pub(super) fn is_final(error: &Error) -> bool {
    matches!(
        error.kind,
        ErrorKind::Forbidden
            | ErrorKind::Unauthorized
            | ErrorKind::CredentialsRefused
            | ErrorKind::ServiceAbsent { .. }
            | ErrorKind::EndpointAbsent { .. }
            | ErrorKind::Deadline
    )
}

pub(super) fn too_late() -> Error {
    Error::new(ErrorKind::Deadline, "the time for cleanup is over")
}
