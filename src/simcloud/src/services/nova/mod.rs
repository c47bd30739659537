//! Nova: routes and version documents.

mod api_request;
mod dialect;
mod errors;
mod flavors;
mod guest;
mod limits;
mod links;
mod request;
mod server_wire;
mod servers;

use self::api_request::ApiRequest;
use self::dialect::{Dialect, LOWEST};
use self::errors::policy;
use self::links::Links;
use super::replies::unauthorized;
use crate::http::{Call, Reply};
use crate::state::Nova;
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

const DOCS: &str = "http://docs.openstack.org/";

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let segments = call.segments();
    let documents = call.is_get() && world.state.nova.knows_microversions;
    let reply = match segments.as_slice() {
        [""] => return Reply::json(200, &versions(call, &world.state.nova)),
        ["v2.1"] | ["v2.1", ""] if call.is_get() => match Dialect::from_call(call, &world.state.nova) {
            Err(reply) => reply,
            Ok(dialect) if documents => dialect.mark(Reply::json(200, &version_2_1(call, &world.state.nova))),
            Ok(_) => Reply::no_route(),
        },
        ["v2"] | ["v2", ""] if call.is_get() => Reply::json(200, &version_2(call)),
        ["v2.1" | "v2", rest @ ..] => within(world, call, segments[0], rest),
        _ => return Reply::json(300, &choices(call)),
    };
    with_ids(reply, world)
}

/// Names the request twice, as Nova does.
fn with_ids(reply: Reply, world: &World) -> Reply {
    let id = world.ids.request();
    reply.header("x-openstack-request-id", id.clone()).header("x-compute-request-id", id)
}

/// Serves a path below the version; the project in the path is optional.
fn within(world: &mut World, call: &Call, version: &str, rest: &[&str]) -> Reply {
    let Some(token) = world.bearer(call).cloned() else {
        return unauthorized(world);
    };
    let token = &token;
    let project = token.project_id().filter(|project| rest.first() == Some(project));
    let (rest, home) = match project {
        Some(project) => (&rest[1..], format!("{version}/{project}")),
        None => (rest, version.to_owned()),
    };
    let bookmarks = project.map_or(call.root(), |project| format!("{}/{project}", call.root()));
    let links = Links { here: format!("{}/{home}", call.root()), bookmarks };
    if call.method == Method::HEAD {
        return Reply::typed(404, "text/html; charset=UTF-8", "");
    }
    let known =
        matches!(rest.first(), Some(&("flavors" | "servers" | "limits" | "os-keypairs" | "os-availability-zone")));
    if !known || !matches!(call.method, Method::GET | Method::POST | Method::DELETE) {
        return Reply::no_route();
    }
    let dialect = match Dialect::from_call(call, &world.state.nova) {
        Ok(dialect) => dialect,
        Err(reply) => return reply,
    };
    let request = ApiRequest { call, token, dialect: &dialect, links: &links };
    let reply = match rest[0] {
        "flavors" => flavors(world, &request, &rest[1..]),
        _ if token.project.is_none() => Some(policy(&format!("os_compute_api:{}:index", rest[0]))),
        "servers" => servers::answer(world, &request, &rest[1..]),
        "os-availability-zone" => (call.is_get() && rest.len() == 1).then(|| zones(&world.state.zones.compute)),
        "limits" => limits::limits(world, call, token, &dialect, &rest[1..]),
        _ => limits::keypairs(world, call, token, &dialect, &rest[1..]),
    };
    reply.map_or_else(Reply::no_route, |reply| dialect.mark(reply))
}

fn zones(names: &[String]) -> Reply {
    let zone = |name: &String| json!({"zoneName": name, "zoneState": {"available": true}, "hosts": null});
    Reply::json(200, &json!({"availabilityZoneInfo": names.iter().map(zone).collect::<Vec<_>>()}))
}

/// Serves the flavors; returns nothing where there is no route.
fn flavors(world: &World, request: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    Some(match (&request.call.method, rest) {
        (&Method::GET, []) => flavors::list(world, request, false),
        (&Method::GET, ["detail"]) => flavors::list(world, request, true),
        (&Method::GET, [id]) => flavors::show(world, request, id),
        (&Method::GET, [id, "os-extra_specs"]) => flavors::extra_specs(world, request, id),
        (&Method::POST, []) => policy("os_compute_api:os-flavor-manage:create"),
        (&Method::DELETE, [_]) => policy("os_compute_api:os-flavor-manage:delete"),
        _ => return None,
    })
}

fn link(call: &Call, rel: &str, path: &str) -> Value {
    json!({"rel": rel, "href": format!("{}{path}", call.root())})
}

fn entry(call: &Call, id: &str, status: &str, highest: &str, lowest: &str, path: &str) -> Value {
    let updated = if id == "v2.0" { "2025-07-04T12:00:00Z" } else { "2013-07-23T11:33:21Z" };
    json!({
        "id": id, "status": status, "version": highest, "min_version": lowest, "updated": updated,
        "links": [link(call, "self", path)],
    })
}

fn versions(call: &Call, nova: &Nova) -> Value {
    let old = entry(call, "v2.0", "DEPRECATED", "", "", "/v2/");
    if !nova.knows_microversions {
        return json!({"versions": [old]});
    }
    let highest = nova.max_microversion.to_string();
    json!({"versions": [old, entry(call, "v2.1", "CURRENT", &highest, &LOWEST.to_string(), "/v2.1/")]})
}

fn version_2_1(call: &Call, nova: &Nova) -> Value {
    let highest = nova.max_microversion.to_string();
    let mut version = entry(call, "v2.1", "CURRENT", &highest, &LOWEST.to_string(), "/v2.1/");
    version["links"] = json!([link(call, "self", "/v2.1/"), {"rel": "describedby", "type": "text/html", "href": DOCS}]);
    version["media-types"] =
        json!([{"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}]);
    json!({"version": version})
}

fn version_2(call: &Call) -> Value {
    let mut version = entry(call, "v2.0", "DEPRECATED", "", "", "/v2/");
    version["links"] = json!([link(call, "self", "/v2/"), {"rel": "describedby", "type": "text/html", "href": DOCS}]);
    version["media-types"] =
        json!([{"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2"}]);
    json!({"version": version})
}

/// Returns the choices that Nova offers for a path without a version.
fn choices(call: &Call) -> Value {
    let choice = |id: &str, status: &str, path: &str, version: &str| {
        let media = format!("application/vnd.openstack.compute+json;version={version}");
        json!({
            "id": id, "status": status, "links": [link(call, "self", &format!("{path}{}", call.path))],
            "media-types": [{"base": "application/json", "type": media}],
        })
    };
    json!({"choices": [choice("v2.0", "DEPRECATED", "/v2", "2"), choice("v2.1", "CURRENT", "/v2.1", "2.1")]})
}
