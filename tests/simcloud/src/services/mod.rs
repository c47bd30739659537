//! The simulated services, one file each: a function from the state and a request to an answer.
//!
//! They imitate Keystone 30, Glance 33, Nova 34, Cinder 29, Neutron 29 and Swift 2.38 as recorded in
//! `tests/fixtures/recorded`, with their oddities.

mod addresses;
pub(crate) mod barbican;
pub(crate) mod cinder;
pub(crate) mod cinder_backups;
mod cinder_limits;
pub(crate) mod cinder_snapshots;
pub(crate) mod cinder_volumes;
pub(crate) mod glance;
pub(crate) mod glance_data;
mod glance_query;
mod guest;
pub(crate) mod keystone;
mod keystone_login;
mod microversion;
pub(crate) mod neutron;
mod neutron_groups;
mod neutron_list;
mod neutron_networks;
mod neutron_ports;
mod neutron_quotas;
mod neutron_resources;
mod neutron_routers;
pub(crate) mod nova;
mod nova_flavors;
mod nova_limits;
mod nova_request;
mod nova_server_wire;
pub(crate) mod nova_servers;
pub(crate) mod s3;
pub(crate) mod swift;

use serde_json::json;

use crate::http::Reply;
use crate::world::World;

/// What the authentication filter of most services says without a good token.
fn unauthorized(world: &World) -> Reply {
    let body = json!({"error": {
        "code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication.",
    }});
    Reply::json(401, &body).header("www-authenticate", format!("Keystone uri=\"{}\"", world.auth_uri()))
}

/// The error document of Nova and Cinder: one key that names the kind.
fn fault(kind: &str, code: u16, message: &str) -> Reply {
    Reply::json(code, &json!({kind: {"code": code, "message": message}}))
}

/// The part of a list that a page shows: from behind the marker, so many.
fn page<T>(mut items: Vec<T>, start: usize, limit: usize) -> Vec<T> {
    items.drain(..start.min(items.len()));
    items.truncate(limit);
    items
}
