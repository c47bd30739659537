//! `Status` objects: how the API server says that something went wrong, or that there is nothing more to say.

use super::resources::Resource;
use crate::http::Reply;
use serde_json::{Map, Value, json};

/// Returns an error, or a refusal.
pub(crate) fn failure(code: u16, reason: &str, message: &str, details: Option<Value>) -> Reply {
    let mut body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason,
    });
    if let Some(details) = details {
        body["details"] = details;
    }
    body["code"] = json!(code);
    Reply::json(code, &body)
}

/// Names the object that an error is about. `kind` is the plural, as the real server has it.
pub(crate) fn details(resource: &Resource, name: Option<&str>) -> Value {
    let mut details = Map::new();
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        details.insert("name".to_owned(), json!(name));
    }
    if !resource.group.is_empty() {
        details.insert("group".to_owned(), json!(resource.group));
    }
    details.insert("kind".to_owned(), json!(resource.plural));
    Value::Object(details)
}

fn about(code: u16, reason: &str, resource: &Resource, name: &str, rest: &str) -> Reply {
    let message = format!("{} {name:?} {rest}", resource.qualified());
    failure(code, reason, &message, Some(details(resource, Some(name))))
}

pub(crate) fn unauthorized() -> Reply {
    failure(401, "Unauthorized", "Unauthorized", None)
}

/// Returns a refusal by admission or authorization.
pub(crate) fn forbidden(resource: &Resource, name: Option<&str>, why: &str) -> Reply {
    let name = name.filter(|name| !name.is_empty());
    let object = name.map(|name| format!(" {name:?}")).unwrap_or_default();
    let message = format!("{}{object} is forbidden: {why}", resource.qualified());
    failure(403, "Forbidden", &message, Some(details(resource, name)))
}

pub(crate) fn not_found(resource: &Resource, name: &str) -> Reply {
    about(404, "NotFound", resource, name, "not found")
}

pub(crate) fn exists(resource: &Resource, name: &str) -> Reply {
    about(409, "AlreadyExists", resource, name, "already exists")
}

pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Reply {
    let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", resource.qualified());
    failure(409, "Conflict", &message, Some(details(resource, Some(name))))
}

pub(crate) fn bad_request(message: &str) -> Reply {
    failure(400, "BadRequest", message, None)
}

/// Returns the error of an object that is not valid: field and complaint.
pub(crate) fn invalid(resource: &Resource, name: &str, field: &str, complaint: &str) -> Reply {
    let message = format!("{}{} {name:?} is invalid: {field}: {complaint}", resource.kind, suffix(resource));
    let mut details = details(resource, Some(name));
    details["kind"] = json!(resource.kind);
    let reason = if complaint.starts_with("Required") { "FieldValueRequired" } else { "FieldValueInvalid" };
    details["causes"] = json!([{"reason": reason, "message": complaint, "field": field}]);
    failure(422, "Invalid", &message, Some(details))
}

fn suffix(resource: &Resource) -> String {
    if resource.group.is_empty() { String::new() } else { format!(".{}", resource.group) }
}

/// Returns the answer to a path that belongs to the API, but names no resource.
pub(crate) fn no_resource() -> Reply {
    failure(404, "NotFound", "the server could not find the requested resource", Some(json!({})))
}

pub(crate) fn no_method() -> Reply {
    let message = "the server does not allow this method on the requested resource";
    failure(405, "MethodNotAllowed", message, Some(json!({})))
}

/// Returns the message about a body that is no object.
pub(crate) fn unreadable(resource: &Resource) -> String {
    let kind = resource.kind;
    format!("the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error")
}

/// Returns the answer to no path at all: the real server tells which there are.
pub(crate) fn no_root() -> Reply {
    let paths = ["/apis", "/apis/", "/healthz", "/livez", "/metrics", "/openapi/v2", "/readyz", "/version"];
    Reply::json(404, &json!({"paths": paths}))
}

/// Returns the answer to a path that the API does not have.
pub(crate) fn no_path() -> Reply {
    Reply::typed(404, "text/plain; charset=utf-8", "404 page not found\n").header("x-content-type-options", "nosniff")
}

/// Refuses the page of a list that the server no longer remembers.
pub(crate) fn expired(fresh: &str) -> Reply {
    let message = "The provided continue parameter is too old to display a consistent list result. You can start a new \
                   list without the continue parameter, or use the continue token in this response to retrieve the \
                   remainder of the results. Continuing with the provided token results in an inconsistent list - \
                   objects that were created, modified, or deleted between the time the first chunk was returned and \
                   now may show up in the list.";
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {"continue": fresh}, "status": "Failure",
        "message": message, "reason": "Expired", "code": 410,
    });
    Reply::json(410, &body)
}

/// Returns the answer that it is done, and nothing is left to show.
pub(crate) fn success(resource: &Resource, name: &str, uid: &Value) -> Reply {
    let mut details = details(resource, Some(name));
    details["uid"] = uid.clone();
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
    Reply::json(200, &body)
}
