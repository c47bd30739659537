//! Nova's flavors, as a user sees them in each microversion.

use super::api_request::ApiRequest;
use super::dialect::Dialect;
use super::errors::{error, policy};
use super::links::Links;
use crate::http::{Query, Reply};
use crate::services::replies;
use crate::state::Flavor;
use crate::tokens::Token;
use crate::world::World;
use serde_json::{Value, json};

const PARAMETERS: [&str; 7] = ["limit", "marker", "is_public", "minRam", "minDisk", "sort_key", "sort_dir"];
const SORT_KEYS: [&str; 15] = [
    "created_at",
    "description",
    "disabled",
    "ephemeral_gb",
    "flavorid",
    "id",
    "is_public",
    "memory_mb",
    "name",
    "root_gb",
    "rxtx_factor",
    "swap",
    "updated_at",
    "vcpu_weight",
    "vcpus",
];

pub(super) fn list(world: &World, request: &ApiRequest, detail: bool) -> Reply {
    let &ApiRequest { call, token, dialect, links } = request;
    let limit = match check(&call.query, dialect) {
        Ok(limit) => limit.unwrap_or(usize::MAX).min(world.state.nova.max_page),
        Err(reply) => return reply,
    };
    let mut flavors: Vec<&Flavor> = world.state.flavors.iter().filter(|flavor| may_use(flavor, token)).collect();
    flavors.retain(|flavor| large_enough(flavor, &call.query));
    sort(&mut flavors, &call.query);
    let start = match call.query.get("marker") {
        None => 0,
        Some(marker) => match flavors.iter().position(|flavor| flavor.id == marker) {
            Some(place) => place + 1,
            None => return error("badRequest", 400, &format!("marker [{marker}] not found")),
        },
    };
    let flavors = replies::page(flavors, start, limit);
    let shown: Vec<Value> = flavors
        .iter()
        .map(|flavor| if detail { long(world, flavor, dialect, links) } else { short(flavor, dialect, links) })
        .collect();
    let mut body = json!({"flavors": shown});
    if let Some(last) = flavors.last().filter(|_| flavors.len() == limit) {
        let path = if detail { "flavors/detail" } else { "flavors" };
        let query = call.query.clone().only(&PARAMETERS).without("marker").sorted();
        let query = query.with("marker", &last.id);
        body["flavors_links"] = json!([{"rel": "next", "href": query.behind(&format!("{}/{path}", links.here))}]);
    }
    Reply::json(200, &body)
}

pub(super) fn show(world: &World, request: &ApiRequest, id: &str) -> Reply {
    match find(world, request.token, id) {
        Some(flavor) => Reply::json(200, &json!({"flavor": long(world, flavor, request.dialect, request.links)})),
        None => unknown(id),
    }
}

pub(super) fn extra_specs(world: &World, request: &ApiRequest, id: &str) -> Reply {
    if !world.state.nova.shows_extra_specs {
        return policy("os_compute_api:os-flavor-extra-specs:index");
    }
    match find(world, request.token, id) {
        Some(flavor) => Reply::json(200, &json!({"extra_specs": flavor.extra_specs})),
        None => unknown(id),
    }
}

fn find<'a>(world: &'a World, token: &Token, id: &str) -> Option<&'a Flavor> {
    world.state.flavors.iter().find(|flavor| flavor.id == id && may_use(flavor, token))
}

fn unknown(id: &str) -> Reply {
    error("itemNotFound", 404, &format!("Flavor {id} could not be found."))
}

/// Returns true if the user may use the flavor. Users see public flavors and those their project may use, but no
/// disabled ones.
fn may_use(flavor: &Flavor, token: &Token) -> bool {
    let granted = token.project_id().is_some_and(|project| flavor.access.iter().any(|known| known == project));
    !flavor.disabled && (flavor.is_public || granted)
}

fn large_enough(flavor: &Flavor, query: &Query) -> bool {
    let at_least = |name: &str| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(0u64);
    flavor.ram >= at_least("minRam") && flavor.disk >= at_least("minDisk")
}

/// Returns Nova's refusal of a query.
fn bad(message: &str) -> Reply {
    error("badRequest", 400, message)
}

/// Checks the query as Nova does, and returns the limit. Up to 2.74 unknown parameters are ignored.
fn check(query: &Query, dialect: &Dialect) -> Result<Option<usize>, Reply> {
    let unknown = query.pairs().iter().find(|(key, _)| !PARAMETERS.contains(&key.as_str()));
    if let Some((key, _)) = unknown.filter(|_| dialect.has(75)) {
        return Err(bad(&format!("Additional properties are not allowed ('{key}' was unexpected)")));
    }
    if let Some(key) = query.get("sort_key").filter(|key| !SORT_KEYS.contains(key)) {
        let known = SORT_KEYS.map(|known| format!("'{known}'")).join(", ");
        let message =
            format!("Invalid input for query parameters sort_key. Value: {key}. '{key}' is not one of [{known}]");
        return Err(bad(&message));
    }
    match query.get("limit") {
        None => Ok(None),
        Some("") => Err(bad("Invalid input for query parameters limit. Value: . '' should be non-empty")),
        Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(text.parse().unwrap_or(usize::MAX))),
        Some(text) => {
            let message =
                format!("Invalid input for query parameters limit. Value: {text}. '{text}' does not match '^[0-9]*$'");
            Err(bad(&message))
        }
    }
}

/// Sorts by id, unless asked otherwise.
fn sort(flavors: &mut [&Flavor], query: &Query) {
    let key = query.get("sort_key").unwrap_or("flavorid");
    flavors.sort_by(|left, right| {
        let ordering = match key {
            "name" => left.name.cmp(&right.name),
            "memory_mb" => left.ram.cmp(&right.ram),
            "root_gb" => left.disk.cmp(&right.disk),
            "ephemeral_gb" => left.ephemeral.cmp(&right.ephemeral),
            "swap" => left.swap.cmp(&right.swap),
            "vcpus" => left.vcpus.cmp(&right.vcpus),
            _ => left.id.cmp(&right.id),
        };
        ordering.then_with(|| left.id.cmp(&right.id))
    });
    if query.get("sort_dir") == Some("desc") {
        flavors.reverse();
    }
}

fn short(flavor: &Flavor, dialect: &Dialect, links: &Links) -> Value {
    let mut body = json!({"id": flavor.id, "name": flavor.name, "links": links.to(&format!("flavors/{}", flavor.id))});
    if dialect.has(55) {
        body["description"] = json!(flavor.description);
    }
    body
}

fn long(world: &World, flavor: &Flavor, dialect: &Dialect, links: &Links) -> Value {
    let no_swap = if dialect.has(75) { json!(0) } else { json!("") };
    let mut body = json!({
        "id": flavor.id, "name": flavor.name, "ram": flavor.ram, "disk": flavor.disk,
        "swap": if flavor.swap == 0 { no_swap } else { json!(flavor.swap) },
        "OS-FLV-EXT-DATA:ephemeral": flavor.ephemeral,
        "vcpus": flavor.vcpus, "os-flavor-access:is_public": flavor.is_public,
        "links": links.to(&format!("flavors/{}", flavor.id)),
    });
    if !dialect.has(102) {
        body["OS-FLV-DISABLED:disabled"] = json!(flavor.disabled);
        body["rxtx_factor"] = json!(1.0);
    }
    if dialect.has(55) {
        body["description"] = json!(flavor.description);
    }
    if dialect.has(61) && world.state.nova.shows_extra_specs {
        body["extra_specs"] = json!(flavor.extra_specs);
    }
    body
}
