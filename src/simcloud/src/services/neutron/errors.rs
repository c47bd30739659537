//! The error document of Neutron.

use crate::http::Reply;
use serde_json::json;

/// Returns Neutron's error document: `kind` is the class of the exception.
pub(super) fn error(code: u16, kind: &str, message: &str) -> Reply {
    Reply::json(code, &json!({"NeutronError": {"type": kind, "message": message, "detail": ""}}))
}
