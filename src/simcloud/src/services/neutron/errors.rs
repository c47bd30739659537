//! The error document of Neutron.

use serde_json::json;

use crate::http::Reply;

/// Returns Neutron's error document: `kind` is the class of the exception.
pub(super) fn error(code: u16, kind: &str, message: &str) -> Reply {
    Reply::json(code, &json!({"NeutronError": {"type": kind, "message": message, "detail": ""}}))
}
