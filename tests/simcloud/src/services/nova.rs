//! Nova: version documents, microversions, flavors.

use hyper::Method;
use serde_json::{Value, json};

use super::microversion::{Asked, unsupported};
use super::{nova_flavors, nova_limits, nova_servers};
use crate::http::{Call, Reply};
use crate::state::{Nova, Version};
use crate::tokens::Token;
use crate::world::World;

const LOWEST: Version = Version(2, 1);
const DOCS: &str = "http://docs.openstack.org/";

pub(crate) fn answer(world: &mut World, call: &Call) -> Reply {
    let segments = call.segments();
    let documents = call.is_get() && world.state.nova.knows_microversions;
    let reply = match segments.as_slice() {
        [""] => return Reply::json(200, &versions(call, &world.state.nova)),
        ["v2.1"] | ["v2.1", ""] if call.is_get() => match Dialect::of(call, &world.state.nova) {
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

/// Nova names the request twice.
fn with_ids(reply: Reply, world: &World) -> Reply {
    let id = world.ids.request();
    reply.header("x-openstack-request-id", id.clone()).header("x-compute-request-id", id)
}

/// Below the version; the project in the path is optional.
fn within(world: &mut World, call: &Call, version: &str, rest: &[&str]) -> Reply {
    let Some(token) = world.bearer(call).cloned() else {
        return super::unauthorized(world);
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
    let known = matches!(rest.first(), Some(&("flavors" | "servers" | "limits" | "os-keypairs")));
    if !known || !matches!(call.method, Method::GET | Method::POST | Method::DELETE) {
        return Reply::no_route();
    }
    let dialect = match Dialect::of(call, &world.state.nova) {
        Ok(dialect) => dialect,
        Err(reply) => return reply,
    };
    let reply = match rest[0] {
        "flavors" => flavors(world, call, token, &dialect, &links, &rest[1..]),
        _ if token.project.is_none() => Some(policy(&format!("os_compute_api:{}:index", rest[0]))),
        "servers" => nova_servers::answer(world, call, token, &dialect, &links, &rest[1..]),
        "limits" => nova_limits::limits(world, call, token, &dialect, &rest[1..]),
        _ => nova_limits::keypairs(world, call, token, &dialect, &rest[1..]),
    };
    reply.map_or_else(Reply::no_route, |reply| dialect.mark(reply))
}

/// Flavors; nothing where there is no route.
fn flavors(
    world: &World,
    call: &Call,
    token: &Token,
    dialect: &Dialect,
    links: &Links,
    rest: &[&str],
) -> Option<Reply> {
    Some(match (&call.method, rest) {
        (&Method::GET, []) => nova_flavors::list(world, call, token, dialect, links, false),
        (&Method::GET, ["detail"]) => nova_flavors::list(world, call, token, dialect, links, true),
        (&Method::GET, [id]) => nova_flavors::show(world, token, dialect, links, id),
        (&Method::GET, [id, "os-extra_specs"]) => nova_flavors::extra_specs(world, token, id),
        (&Method::POST, []) => policy("os_compute_api:os-flavor-manage:create"),
        (&Method::DELETE, [_]) => policy("os_compute_api:os-flavor-manage:delete"),
        _ => return None,
    })
}

/// Where links point to.
pub(super) struct Links {
    pub(super) here: String,
    pub(super) bookmarks: String,
}

/// The version that request and answer speak, and how the answer says so.
pub(super) struct Dialect {
    pub(super) version: Version,
    headers: Vec<(&'static str, String)>,
}

impl Dialect {
    /// Settles the version; the error is the whole refusal.
    fn of(call: &Call, nova: &Nova) -> Result<Self, Reply> {
        if !nova.knows_microversions {
            return Ok(Self { version: LOWEST, headers: Vec::new() });
        }
        let highest = nova.max_microversion;
        let new_header = highest >= Version(2, 27);
        let legacy = call.header("x-openstack-nova-api-version").map_or(Asked::Nothing, Asked::word);
        let asked = match call.header("openstack-api-version").filter(|_| new_header) {
            Some(header) => Some(Asked::of_service(header, "compute")).filter(|asked| *asked != Asked::Nothing),
            None => None,
        };
        let version = match asked.unwrap_or(legacy) {
            Asked::Nothing => LOWEST,
            Asked::Latest => highest,
            Asked::Exactly(version) => version,
            Asked::Malformed(text) => {
                return Err(error("badRequest", 400, &Asked::complaint(&text)));
            }
        };
        let dialect = Self { version, headers: headers(version, new_header) };
        if version < LOWEST || version > highest {
            return Err(dialect.mark(error("computeFault", 406, &unsupported(version, LOWEST, highest))));
        }
        Ok(dialect)
    }

    /// Says in the answer which version it speaks.
    fn mark(&self, reply: Reply) -> Reply {
        reply.headers(&self.headers)
    }

    /// Whether this version has come.
    pub(super) fn has(&self, minor: u16) -> bool {
        self.version >= Version(2, minor)
    }
}

fn headers(version: Version, new_header: bool) -> Vec<(&'static str, String)> {
    let mut headers = vec![("x-openstack-nova-api-version", version.to_string())];
    if new_header {
        headers.push(("openstack-api-version", format!("compute {version}")));
        headers.push(("vary", "OpenStack-API-Version".to_owned()));
    }
    headers.push(("vary", "X-OpenStack-Nova-API-Version".to_owned()));
    headers
}

/// Nova's error document, with the type it has there.
pub(super) fn error(kind: &str, code: u16, message: &str) -> Reply {
    let mut reply = super::fault(kind, code, message);
    reply.replace_header("content-type", "application/json; charset=UTF-8");
    reply
}

pub(super) fn policy(rule: &str) -> Reply {
    error("forbidden", 403, &format!("Policy doesn't allow {rule} to be performed."))
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

/// What Nova says about a path without a version.
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
