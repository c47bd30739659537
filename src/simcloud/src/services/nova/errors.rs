//! Errors of Nova.

use crate::http::Reply;
use crate::services::replies::fault;

/// Returns Nova's error document, with the type it has there.
pub(super) fn error(kind: &str, code: u16, message: &str) -> Reply {
    let mut reply = fault(kind, code, message);
    reply.replace_header("content-type", "application/json; charset=UTF-8");
    reply
}

/// Returns the refusal of what the policy does not allow.
pub(super) fn policy(rule: &str) -> Reply {
    error("forbidden", 403, &format!("Policy doesn't allow {rule} to be performed."))
}
