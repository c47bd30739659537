//! Neutron: routes, version document, extensions, default rules for security groups.

mod addresses;
mod errors;
mod groups;
mod list;
mod networks;
pub(super) mod ports;
mod quotas;
mod resources;
mod routers;

use self::errors::error;
use self::resources::ApiRequest;
use super::replies::unauthorized;
use crate::http::{Call, Reply};
use crate::tokens::Token;
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// The collections of what projects have, as they stand in the path.
const COLLECTIONS: [&str; 8] =
    ["networks", "subnets", "routers", "floatingips", "ports", "security-groups", "security-group-rules", "quotas"];

const ALIAS: &str = "security-groups-default-rules";
const RULES: &str = "default_security_group_rules";
const ATTRIBUTES: [&str; 12] = [
    "id",
    "ethertype",
    "direction",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_ip_prefix",
    "remote_address_group_id",
    "remote_group_id",
    "description",
    "used_in_default_sg",
    "used_in_non_default_sg",
];

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let segments = call.segments();
    match segments.as_slice() {
        [""] => return Reply::json(200, &versions(call)),
        ["v2.0", ..] => {}
        _ => return Reply::no_route(),
    }
    let reply = match (world.bearer(call).cloned(), &segments[1..]) {
        (None, _) => unauthorized(world),
        (Some(_), _) if call.method == Method::HEAD => Reply::typed(405, "application/json", ""),
        (Some(_), [""]) => Reply::json(200, &resource_kinds(call)),
        (Some(_), ["availability_zones" | "availability_zones.json"]) if call.is_get() => {
            Reply::json(200, &zones(world))
        }
        (Some(token), ["subnetpools" | "subnetpools.json"]) if call.is_get() => {
            let seen = world.state.subnet_pools.iter();
            let seen = seen.filter(|pool| pool.shared || Some(pool.project_id.as_str()) == token.project_id());
            let pools = seen.map(|pool| json!(pool)).collect();
            list::page(
                call,
                "subnetpools",
                &["id", "name", "shared", "is_default", "ip_version"],
                pools,
                world.state.neutron.max_page,
            )
        }
        (Some(_), ["extensions"]) => Reply::json(200, &json!({"extensions": extensions(world)})),
        (Some(_), ["extensions", alias]) => extension(world, alias),
        (Some(token), ["default-security-group-rules" | "default-security-group-rules.json"])
            if offers_rules(world, call) =>
        {
            // Without a project Neutron answers with an empty list instead of a refusal.
            let rules = if token.project.is_some() { world.state.default_rules.as_slice() } else { &[] };
            let rules = rules.iter().map(|rule| json!(rule)).collect();
            list::page(call, RULES, &ATTRIBUTES, rules, world.state.neutron.max_page)
        }
        (Some(_), ["default-security-group-rules", id]) if offers_rules(world, call) => show(world, id),
        (Some(token), rest) => project_resources(world, call, &token, rest)
            .unwrap_or_else(|| error(404, "HTTPNotFound", "The resource could not be found.")),
    };
    reply.header("x-openstack-request-id", world.ids.request())
}

/// Answers requests for what projects have; nothing where there is no route.
fn project_resources(world: &mut World, call: &Call, token: &Token, rest: &[&str]) -> Option<Reply> {
    let (collection, rest) = rest.split_first()?;
    let collection = collection.strip_suffix(".json").unwrap_or(collection);
    let rest: Vec<&str> = rest.iter().map(|part| part.strip_suffix(".json").unwrap_or(part)).collect();
    if !COLLECTIONS.contains(&collection) {
        return None;
    }
    let mut asked = ApiRequest { call, token, wanted: Value::Null };
    if matches!(call.method, Method::POST | Method::PUT) {
        match wanted(call, collection, rest.len()) {
            Ok(wanted) => asked.wanted = wanted,
            Err(reply) => return Some(reply),
        }
    }
    match collection {
        "networks" => networks::networks(world, &asked, &rest),
        "subnets" => networks::subnets(world, &asked, &rest),
        "routers" => routers::routers(world, &asked, &rest),
        "floatingips" => routers::floating_ips(world, &asked, &rest),
        "ports" => ports::ports(world, &asked, &rest),
        "security-groups" => groups::groups(world, &asked, &rest),
        "security-group-rules" => groups::rules(world, &asked, &rest),
        "quotas" => quotas::quotas(world, &asked, &rest),
        _ => None,
    }
}

/// Returns the resource in the body; an action has it bare.
fn wanted(call: &Call, collection: &str, depth: usize) -> Result<Value, Reply> {
    let body = call.json();
    if !body.is_object() {
        return Err(error(400, "HTTPBadRequest", "Malformed request body"));
    }
    if depth > 1 {
        return Ok(body);
    }
    let key = collection.strip_suffix('s').unwrap_or(collection).replace('-', "_");
    match body.get(&key) {
        Some(wanted) if wanted.is_object() => Ok(wanted.clone()),
        _ => Err(error(400, "HTTPBadRequest", &format!("Unable to find '{key}' in request body"))),
    }
}

fn offers_rules(world: &World, call: &Call) -> bool {
    call.is_get() && world.state.neutron.default_rules_extension
}

/// Lists each zone twice, as agents of both kinds are in it.
fn zones(world: &World) -> Value {
    let of = |name: &String| {
        ["network", "router"].map(|resource| json!({"name": name, "resource": resource, "state": "available"}))
    };
    json!({"availability_zones": world.state.zones.network.iter().flat_map(of).collect::<Vec<_>>()})
}

fn versions(call: &Call) -> Value {
    let link = format!("{}/v2.0/", call.root());
    json!({"versions": [{"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": link}]}]})
}

fn resource_kinds(call: &Call) -> Value {
    let resource = |name: &str| {
        let link = format!("{}/v2.0/{name}s", call.root());
        json!({"name": name, "collection": format!("{name}s"), "links": [{"rel": "self", "href": link}]})
    };
    let all = ["network", "subnet", "subnetpool", "port"].map(resource);
    json!({"resources": all})
}

fn extensions(world: &World) -> Vec<Value> {
    let entry = |name: &str, alias: &str, description: &str, updated: &str| json!({"name": name, "alias": alias, "description": description, "updated": updated, "links": []});
    let mut all =
        vec![entry("security-group", "security-group", "The security groups extension.", "2012-10-05T10:00:00-00:00")];
    all.push(entry(
        "Availability Zone",
        "availability_zone",
        "The availability zone extension.",
        "2015-01-01T10:00:00-00:00",
    ));
    if world.state.neutron.default_rules_extension {
        let description = "Configure set of security group rules used as default rules for every new security group";
        all.push(entry("Default rules for security groups", ALIAS, description, "2022-12-19T10:00:00-00:00"));
    }
    all
}

fn extension(world: &World, alias: &str) -> Reply {
    match extensions(world).into_iter().find(|extension| extension["alias"] == alias) {
        Some(extension) => Reply::json(200, &json!({"extension": extension})),
        None => {
            let detail = format!("The resource could not be found.\n\n Extension with alias {alias} does not exist  ");
            Reply::typed(404, "text/plain; charset=UTF-8", format!("404 Not Found\n\n{detail}"))
        }
    }
}

fn show(world: &World, id: &str) -> Reply {
    match world.state.default_rules.iter().find(|rule| rule.id == id) {
        Some(rule) => Reply::json(200, &json!({"default_security_group_rule": rule})),
        None => {
            let message = format!("Default Security Group rule {id} does not exist");
            error(404, "DefaultSecurityGroupRuleNotFound", &message)
        }
    }
}
