//! Bodies of requests.

use super::resources::Resource;
use super::status;
use crate::http::{Call, Reply};
use serde_json::{Value, json};

/// Reads the body as an object; the error is the refusal.
pub(crate) fn read(call: &Call, resource: &Resource) -> Result<Value, Box<Reply>> {
    let kind = call.header("content-type").unwrap_or("application/json");
    let merges =
        kind.starts_with("application/merge-patch+json") || kind.starts_with("application/strategic-merge-patch");
    if !kind.starts_with("application/json") && !merges {
        let message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json, application/yaml, application/vnd.kubernetes.protobuf";
        return Err(Box::new(status::failure(415, "UnsupportedMediaType", message, Some(json!({})))));
    }
    let body = call.json();
    let kind = body["kind"].as_str().unwrap_or(resource.kind);
    match body.is_object() {
        true if kind == resource.kind => Ok(body),
        true => Err(Box::new(status::bad_request(&other_kind(resource, &body, kind)))),
        false => Err(Box::new(status::bad_request(&status::unreadable(resource)))),
    }
}

fn other_kind(resource: &Resource, body: &Value, kind: &str) -> String {
    let (wanted, version) = (resource.kind, body["apiVersion"].as_str().unwrap_or_default());
    let why = format!("converting ({version}.{kind}) to (core.{wanted}): unknown conversion");
    format!("{kind} in version {version:?} cannot be handled as a {wanted}: {why}")
}
