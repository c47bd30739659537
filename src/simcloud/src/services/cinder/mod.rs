//! Cinder: routes, version documents and volume types.

mod backups;
mod errors;
mod limits;
mod request;
mod snapshots;
pub(super) mod volumes;

use self::errors::bad;
use self::request::{ApiRequest, limit};
use super::microversion::{Asked, unsupported};
use super::replies::{fault, page, unauthorized};
use crate::http::{Call, Reply};
use crate::state::{Cinder, Version, VolumeType};
use crate::tokens::Token;
use crate::world::World;
use serde_json::{Value, json};

const LOWEST: Version = Version(3, 0);
/// The extra specs that users may see.
const SHOWN: [&str; 3] = ["RESKEY:availability_zones", "multiattach", "replication_enabled"];

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let segments = call.segments();
    let request = world.ids.request();
    let named = |reply: Reply| reply.header("x-openstack-request-id", request.clone());
    let spoken = |reply: Reply| named(reply).header("x-compute-request-id", request.clone());
    if segments.first() != Some(&"v3") {
        return spoken(mark(Reply::json(300, &versions(call, &world.state.cinder)), LOWEST));
    }
    let Some(token) = world.bearer(call).cloned() else {
        return named(unauthorized(world));
    };
    let token = &token;
    let (project, rest) = match &segments[1..] {
        [] => return named(Reply::redirect(format!("{}/v3/", call.root()))),
        ["types" | "os-availability-zone", ..] => (None, &segments[1..]),
        [""] => (None, &segments[1..]),
        [project, rest @ ..] => (Some(*project), rest),
    };
    let read_only = call.is_get() && matches!(rest, [""] | ["types"] | ["types", _] | ["os-availability-zone"]);
    if !read_only && !matches!(rest, ["volumes" | "backups" | "snapshots" | "limits", ..]) {
        return named(Reply::no_route());
    }
    let version = match negotiate(call, &world.state.cinder) {
        Ok(version) => version,
        Err(reply) => return spoken(reply),
    };
    let reply = match rest {
        _ if project.is_some() && project != token.project_id() => fault("badRequest", 400, "Malformed request url"),
        [""] => Reply::json(200, &versions(call, &world.state.cinder)),
        _ if token.project.is_none() => {
            fault("forbidden", 403, "Policy doesn't allow volume_extension:type_get_all to be performed.")
        }
        ["os-availability-zone"] => Reply::json(200, &zones(&world.state.zones.storage)),
        ["types", id] => show(world, token, id),
        ["types"] => list(world, call, token),
        _ => match within(world, call, token, version, rest) {
            Some(reply) => reply,
            None => return named(Reply::no_route()),
        },
    };
    spoken(mark(reply, version))
}

/// Answers requests for what projects have; nothing where there is no route.
fn within(world: &mut World, call: &Call, token: &Token, version: Version, rest: &[&str]) -> Option<Reply> {
    let asked = ApiRequest { call, token, version };
    match rest {
        ["volumes", rest @ ..] => volumes::answer(world, &asked, rest),
        ["backups", rest @ ..] => backups::answer(world, &asked, rest),
        ["snapshots", rest @ ..] => snapshots::answer(world, &asked, rest),
        ["limits"] if call.is_get() => Some(limits::limits(world, &asked)),
        _ => None,
    }
}

/// Settles the version. Unlike Nova, Cinder refuses a header that speaks only of other services.
fn negotiate(call: &Call, cinder: &Cinder) -> Result<Version, Reply> {
    let Some(header) = call.header("openstack-api-version") else {
        return Ok(LOWEST);
    };
    let version = match Asked::from_header(header, "volume") {
        Asked::Latest => cinder.max_microversion,
        Asked::Exactly(version) => version,
        Asked::Malformed(text) => {
            return Err(fault("badRequest", 400, &Asked::complaint(&text)));
        }
        Asked::Nothing => {
            let message =
                "The server could not comply with the request since it is either malformed or otherwise incorrect.";
            return Err(fault("badRequest", 400, message));
        }
    };
    if version < LOWEST || version > cinder.max_microversion {
        let message = unsupported(version, LOWEST, cinder.max_microversion);
        return Err(mark(fault("computeFault", 406, &message), version));
    }
    Ok(version)
}

fn mark(reply: Reply, version: Version) -> Reply {
    reply.header("openstack-api-version", format!("volume {version}")).header("vary", "OpenStack-API-Version")
}

fn versions(call: &Call, cinder: &Cinder) -> Value {
    json!({"versions": [{
        "id": "v3.0", "status": "CURRENT", "version": cinder.max_microversion, "min_version": LOWEST,
        "updated": "2023-08-31T00:00:00Z",
        "links": [
            {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"},
            {"rel": "self", "href": format!("{}/v3/", call.root())},
        ],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.volume+json;version=3"}],
    }]})
}

fn zones(names: &[String]) -> Value {
    let zone = |name: &String| json!({"zoneName": name, "zoneState": {"available": true}});
    json!({"availabilityZoneInfo": names.iter().map(zone).collect::<Vec<_>>()})
}

/// Lists volume types in the order of the state. An unknown marker is ignored: the list starts over.
fn list(world: &World, call: &Call, token: &Token) -> Reply {
    let limit = match limit(&call.query, world.state.cinder.max_page) {
        Ok(limit) => limit,
        Err(message) => return bad(message),
    };
    let types: Vec<&VolumeType> = world.state.volume_types.iter().filter(|kind| may_use(kind, token)).collect();
    let marked = types.iter().position(|kind| Some(kind.id.as_str()) == call.query.get("marker"));
    let types = page(types, marked.map_or(0, |place| place + 1), limit);
    let mut body = json!({"volume_types": types.iter().map(|kind| wire(kind)).collect::<Vec<_>>()});
    if let Some(last) = types.last().filter(|_| types.len() == limit) {
        let query = call.query.clone().without("marker").with("marker", &last.id);
        let next = query.behind(&format!("{}{}", call.root(), call.path));
        body["volume_type_links"] = json!([{"rel": "next", "href": next}]);
    }
    Reply::json(200, &body)
}

fn show(world: &World, token: &Token, id: &str) -> Reply {
    match world.state.volume_types.iter().find(|kind| kind.id == id && may_use(kind, token)) {
        Some(kind) => Reply::json(200, &json!({"volume_type": wire(kind)})),
        None => fault("itemNotFound", 404, &format!("Volume type {id} could not be found.")),
    }
}

fn may_use(kind: &VolumeType, token: &Token) -> bool {
    kind.is_public || token.project_id().is_some_and(|project| kind.access.iter().any(|known| known == project))
}

fn wire(kind: &VolumeType) -> Value {
    let shown: serde_json::Map<String, Value> = kind
        .extra_specs
        .iter()
        .filter(|(key, _)| SHOWN.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    json!({
        "id": kind.id, "name": kind.name, "is_public": kind.is_public, "description": kind.description,
        "extra_specs": shown, "os-volume-type-access:is_public": kind.is_public,
    })
}
