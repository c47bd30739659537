//! Octavia: its version document, and availability zones.

use super::replies::unauthorized;
use crate::http::{Call, Reply};
use crate::world::World;
use serde_json::{Value, json};

/// The newest minor version.
const NEWEST: u32 = 27;

pub(super) fn answer(world: &World, call: &Call) -> Reply {
    let reply = match call.segments().as_slice() {
        [""] if call.is_get() => Reply::json(200, &versions(call)),
        ["v2" | "v2.0", ..] if world.bearer(call).is_none() => unauthorized(world),
        ["v2" | "v2.0", "lbaas", "availabilityzones"] if call.is_get() => Reply::json(200, &zones(world)),
        _ => {
            let detail = "The resource could not be found.";
            Reply::json(404, &json!({"faultcode": "Client", "faultstring": detail, "debuginfo": null}))
        }
    };
    reply.header("x-openstack-request-id", world.ids.request())
}

fn versions(call: &Call) -> Value {
    let version = |minor: u32| {
        json!({
            "id": format!("v2.{minor}"), "status": if minor == NEWEST { "CURRENT" } else { "SUPPORTED" },
            "updated": "2023-06-30T00:00:00Z", "links": [{"href": format!("{}/v2", call.root()), "rel": "self"}],
        })
    };
    json!({"versions": (0..=NEWEST).map(version).collect::<Vec<_>>()})
}

fn zones(world: &World) -> Value {
    let zone = |name: &String| {
        json!({
            "name": name, "description": "", "enabled": true,
            "availability_zone_profile_id": crate::ids::uuid(&format!("profile of {name}")),
        })
    };
    json!({
        "availability_zones": world.state.zones.load_balancers.iter().map(zone).collect::<Vec<_>>(),
        "availability_zones_links": [],
    })
}
