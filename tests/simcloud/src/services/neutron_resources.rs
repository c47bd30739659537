//! What projects have in Neutron: which request is for which collection, and what all collections have in common.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::neutron::error;
use super::{neutron_groups, neutron_list, neutron_networks, neutron_ports, neutron_quotas, neutron_routers};
use crate::http::{Call, Reply};
use crate::tokens::Token;
use crate::world::World;

/// What every resource may be filtered by.
const COMMON: [&str; 9] =
    ["id", "name", "description", "project_id", "tenant_id", "status", "admin_state_up", "tags", "revision_number"];

/// What projects have, as it stands in the path.
const COLLECTIONS: [&str; 8] =
    ["networks", "subnets", "routers", "floatingips", "ports", "security-groups", "security-group-rules", "quotas"];

/// A request that passed the gates, and whose it is.
pub(super) struct Asking<'a> {
    pub(super) call: &'a Call,
    pub(super) token: &'a Token,
    /// The resource as the client wants it.
    pub(super) wanted: Value,
}

impl Asking<'_> {
    /// The project that asks.
    pub(super) fn project(&self) -> &str {
        self.token.project_id().unwrap_or_default()
    }

    /// A text that the client gave, or nothing.
    pub(super) fn text(&self, key: &str) -> String {
        self.wanted[key].as_str().unwrap_or_default().to_owned()
    }

    /// A switch that the client set, or what holds otherwise.
    pub(super) fn switch(&self, key: &str, otherwise: bool) -> bool {
        self.wanted[key].as_bool().unwrap_or(otherwise)
    }

    /// Answers with one resource.
    pub(super) fn one(&self, status: u16, key: &str, resource: Value) -> Reply {
        Reply::json(status, &json!({key: resource}))
    }

    /// Answers with a page of resources, which may also be filtered by these attributes.
    pub(super) fn list(&self, world: &World, key: &str, own: &[&str], items: Vec<Value>) -> Reply {
        let attributes: Vec<&str> = COMMON.iter().chain(own).copied().collect();
        neutron_list::page(self.call, key, &attributes, items, world.state.neutron.max_page)
    }
}

/// Requests for what projects have; nothing where there is no route.
pub(super) fn answer(world: &mut World, call: &Call, token: &Token, rest: &[&str]) -> Option<Reply> {
    let (collection, rest) = rest.split_first()?;
    let collection = collection.strip_suffix(".json").unwrap_or(collection);
    let rest: Vec<&str> = rest.iter().map(|part| part.strip_suffix(".json").unwrap_or(part)).collect();
    if !COLLECTIONS.contains(&collection) {
        return None;
    }
    let mut asked = Asking { call, token, wanted: Value::Null };
    if matches!(call.method, Method::POST | Method::PUT) {
        match wanted(call, collection, rest.len()) {
            Ok(wanted) => asked.wanted = wanted,
            Err(reply) => return Some(reply),
        }
    }
    match collection {
        "networks" => neutron_networks::networks(world, &asked, &rest),
        "subnets" => neutron_networks::subnets(world, &asked, &rest),
        "routers" => neutron_routers::routers(world, &asked, &rest),
        "floatingips" => neutron_routers::floating_ips(world, &asked, &rest),
        "ports" => neutron_ports::ports(world, &asked, &rest),
        "security-groups" => neutron_groups::groups(world, &asked, &rest),
        "security-group-rules" => neutron_groups::rules(world, &asked, &rest),
        "quotas" => neutron_quotas::quotas(world, &asked, &rest),
        _ => None,
    }
}

/// The resource in the body; an action has it bare.
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

/// A resource with what all have on the wire besides their own.
pub(super) fn wire(resource: &impl serde::Serialize, more: Value) -> Value {
    let mut all = match json!(resource) {
        Value::Object(all) => all,
        _ => Map::new(),
    };
    let created = all.get("created_at").and_then(Value::as_str).unwrap_or_default().get(..19).unwrap_or_default();
    let created = json!(format!("{created}Z"));
    all.insert("updated_at".to_owned(), created.clone());
    all.insert("created_at".to_owned(), created);
    let project = all.get("project_id").cloned().unwrap_or_default();
    all.insert("tenant_id".to_owned(), project);
    all.insert("tags".to_owned(), json!([]));
    all.insert("revision_number".to_owned(), json!(1));
    if let Value::Object(more) = more {
        all.extend(more);
    }
    Value::Object(all)
}

/// What Neutron says where the client may not see the resource, or there is none.
pub(super) fn not_found(kind: &str, id: &str) -> Reply {
    let message = match kind {
        "Network" | "Subnet" => format!("{kind} {id} could not be found."),
        "Router" | "Port" => format!("{kind} {id} could not be found."),
        "FloatingIP" => format!("Floating IP {id} could not be found"),
        _ => format!("Security group {id} does not exist"),
    };
    error(404, &format!("{kind}NotFound"), &message)
}

/// What Neutron says where the client may see the resource, but no more.
pub(super) fn forbidden(rule: &str) -> Reply {
    error(403, "HTTPForbidden", &format!("(rule:{rule}) is disallowed by policy"))
}

/// What Neutron says where the quota is used up.
pub(super) fn over_quota(resource: &str) -> Reply {
    error(409, "OverQuota", &format!("Quota exceeded for resources: ['{resource}']."))
}
