//! Requests for what projects have in Neutron, and what all its resources have in common.

use super::errors::error;
use super::list;
use crate::http::{Call, Reply};
use crate::state::Net;
use crate::tokens::Token;
use crate::world::World;
use serde_json::{Map, Value, json};

/// The attributes by which every resource may be filtered.
const COMMON: [&str; 9] =
    ["id", "name", "description", "project_id", "tenant_id", "status", "admin_state_up", "tags", "revision_number"];

/// A request that passed the gates, and whose it is.
pub(super) struct ApiRequest<'a> {
    pub(super) call: &'a Call,
    pub(super) token: &'a Token,
    /// The resource as the client wants it.
    pub(super) wanted: Value,
}

impl ApiRequest<'_> {
    /// Returns the project that asks.
    pub(super) fn project(&self) -> &str {
        self.token.project_id().unwrap_or_default()
    }

    /// Tells whether the project that asks may see a network.
    pub(super) fn sees(&self, network: &Net) -> bool {
        network.project_id == self.project() || network.shared || network.external
    }

    /// Returns a text that the client gave, or nothing.
    pub(super) fn text(&self, key: &str) -> String {
        self.wanted[key].as_str().unwrap_or_default().to_owned()
    }

    /// Returns a switch that the client set, or what holds otherwise.
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
        list::page(self.call, key, &attributes, items, world.state.neutron.max_page)
    }
}

/// Returns a resource with what all have on the wire besides their own.
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

/// Returns the error where the client may not see the resource, or there is none.
pub(super) fn not_found(kind: &str, id: &str) -> Reply {
    let message = match kind {
        "Network" | "Subnet" => format!("{kind} {id} could not be found."),
        "Router" | "Port" => format!("{kind} {id} could not be found."),
        "FloatingIP" => format!("Floating IP {id} could not be found"),
        _ => format!("Security group {id} does not exist"),
    };
    error(404, &format!("{kind}NotFound"), &message)
}

/// Returns the error where the client may see the resource, but no more.
pub(super) fn forbidden(rule: &str) -> Reply {
    error(403, "PolicyNotAuthorized", &format!("{rule} is disallowed by policy"))
}

/// Returns the error where the quota is used up.
pub(super) fn over_quota(resource: &str) -> Reply {
    error(409, "OverQuota", &format!("Quota exceeded for resources: ['{resource}']."))
}
