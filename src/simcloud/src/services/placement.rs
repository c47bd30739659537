//! Placement: its version document, and nothing else that a member may see.

use super::replies::unauthorized;
use crate::http::{Call, Reply};
use crate::world::World;
use serde_json::json;

pub(super) fn answer(world: &World, call: &Call) -> Reply {
    let reply = match call.segments().as_slice() {
        [""] => Reply::json(
            200,
            &json!({"versions": [{
                "id": "v1.0", "max_version": "1.39", "min_version": "1.0", "status": "CURRENT",
                "links": [{"rel": "self", "href": ""}],
            }]}),
        ),
        _ if world.bearer(call).is_none() => unauthorized(world),
        _ => {
            let detail = "placement:resource_providers:list is forbidden by policy";
            Reply::json(403, &json!({"errors": [{"status": 403, "title": "Forbidden", "detail": detail}]}))
        }
    };
    reply.header("x-openstack-request-id", world.ids.request())
}
