//! scs-0116: creates, lists, reads and deletes a secret as an ordinary user.

use super::context::ExperimentContext;
use crate::collect::reason_of;
use crate::ledger::Kind;
use crate::openstack::{Error, ErrorKind, Order, Resource, Service};
use scs_checks::facts::{SecretPayload, SecretTrial};
use scs_checks::verdict::Reason;

/// The result of the experiment.
pub(super) struct Trial {
    pub trial: SecretTrial,
    /// The payload that was read back, or the reason why it proves nothing.
    pub payload: Result<SecretPayload, Reason>,
}

/// Tries it. That something is forbidden is a fact, any other trouble is an error.
pub(super) async fn secret(context: &ExperimentContext<'_>) -> Result<Trial, Error> {
    let sent = format!("scs-conformance {}", uuid::Uuid::new_v4());
    let created = match context.ledger.create("secret", &Order::Secret { payload: sent.clone() }).await {
        Err(error) if error.kind == ErrorKind::Forbidden => return Ok(forbidden("create", &error)),
        other => other?.id,
    };
    let listed = match context.reader.leftovers(Kind::Secret, None).await {
        Err(error) if error.kind == ErrorKind::Forbidden => return Ok(forbidden("list", &error)),
        other => other?.iter().any(|secret| secret.id == created),
    };
    let path = ["secrets", &created, "payload"];
    let received = context.reader.get_bytes(Resource::new(Service::KeyManager, &path), "text/plain").await;
    let removal = match context.ledger.delete(Kind::Secret, &created).await {
        Err(error) if error.kind == ErrorKind::Forbidden => Some(refusal("delete", &error)),
        other => other.map(|()| None)?,
    };
    // Whoever may create secrets may read them as well: that is what Barbican's role creator is for.
    let reading = received.as_ref().err().filter(|error| error.kind == ErrorKind::Forbidden);
    let forbidden = reading.map(|error| refusal("read", error)).or(removal);
    let payload = received.map(|received| SecretPayload { sent, received: String::from_utf8_lossy(&received).into() });
    Ok(Trial { trial: SecretTrial { forbidden, listed }, payload: payload.map_err(|error| reason_of(&error)) })
}

fn forbidden(step: &str, error: &Error) -> Trial {
    let trial = SecretTrial { forbidden: Some(refusal(step, error)), listed: false };
    Trial { trial, payload: Err(reason_of(error)) }
}

fn refusal(step: &str, error: &Error) -> String {
    format!("{step}: {error}")
}
