//! Replies and pages that several services have in common.

use crate::http::Reply;
use crate::world::World;
use serde_json::json;

/// Returns the refusal of a request without a good token, as the authentication filter of most services makes it.
pub(super) fn unauthorized(world: &World) -> Reply {
    let body = json!({"error": {
        "code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication.",
    }});
    Reply::json(401, &body).header("www-authenticate", format!("Keystone uri=\"{}\"", world.auth_uri()))
}

/// Returns the error document of Nova and Cinder: one key that names the kind.
pub(super) fn fault(kind: &str, code: u16, message: &str) -> Reply {
    Reply::json(code, &json!({kind: {"code": code, "message": message}}))
}

/// Returns the part of a list that a page shows: from behind the marker, so many.
pub(super) fn page<T>(mut items: Vec<T>, start: usize, limit: usize) -> Vec<T> {
    items.drain(..start.min(items.len()));
    items.truncate(limit);
    items
}
