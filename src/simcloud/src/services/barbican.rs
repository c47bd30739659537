//! Barbican: secrets.

use super::replies;
use crate::http::{Call, Reply};
use crate::state::Secret;
use crate::tokens::Token;
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// The types as which a payload may be asked for.
const READABLE: [&str; 2] = ["text/plain", "application/octet-stream"];

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let segments = call.segments();
    if segments == [""] {
        return Reply::json(300, &json!({"versions": {"values": [version(call)]}}));
    }
    let Some(token) = world.bearer(call).cloned() else {
        return replies::unauthorized(world);
    };
    let path: Vec<&str> = segments.into_iter().filter(|part| !part.is_empty()).collect();
    let reply = match (&call.method, path.as_slice()) {
        (&Method::GET, ["v1"]) => Reply::json(200, &json!({"version": version(call)})),
        (&Method::POST, ["v1", "secrets"]) => create(world, call, &token),
        (&Method::GET, ["v1", "secrets"]) => list(world, call, &token),
        (&Method::GET, ["v1", "secrets", id]) => show(world, call, &token, id),
        (&Method::GET, ["v1", "secrets", id, "payload"]) => payload(world, call, &token, id),
        (&Method::DELETE, ["v1", "secrets", id]) => delete(world, &token, id),
        (_, ["v1", "secrets"] | ["v1", "secrets", _]) => error(405, "Method Not Allowed", "Method Not Allowed"),
        _ => error(404, "Not Found", "The resource could not be found."),
    };
    reply.header("x-openstack-request-id", world.ids.request())
}

fn error(code: u16, title: &str, description: &str) -> Reply {
    Reply::json(code, &json!({"code": code, "title": title, "description": description}))
}

fn forbidden(what: &str) -> Reply {
    let description = format!("{what} attempt not allowed - please review your user/project privileges");
    error(403, "Forbidden", &description)
}

/// Returns the error of a secret that is not there, or cannot be.
fn not_found(id: &str) -> Reply {
    let is_uuid = id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let description = if is_uuid { "Secret not found." } else { "Not Found. Provided secret id is invalid." };
    error(404, "Not Found", description)
}

fn version(call: &Call) -> Value {
    json!({
        "id": "v1", "status": "stable",
        "links": [
            {"rel": "self", "href": format!("{}/v1/", call.root())},
            {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"},
        ],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.key-manager-v1+json"}],
    })
}

fn reference(call: &Call, id: &str) -> String {
    format!("{}/v1/secrets/{id}", call.root())
}

fn create(world: &mut World, call: &Call, token: &Token) -> Reply {
    let Some(project) = token.project_id().filter(|_| !world.state.barbican.forbids_create) else {
        return forbidden("Secret creation");
    };
    let body = call.json();
    if !body.is_object() {
        return error(400, "Bad Request", "Malformed JSON");
    }
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    let (payload, content_type) = (text("payload"), text("payload_content_type"));
    if let Err(reply) = check(payload.as_deref(), content_type.as_deref(), world.state.barbican.max_payload) {
        return reply;
    }
    let secret = Secret {
        id: world.ids.uuid(),
        name: text("name"),
        project: project.to_owned(),
        user: token.user.id.clone(),
        secret_type: text("secret_type").unwrap_or_else(|| "opaque".to_owned()),
        payload,
        content_type: content_type.unwrap_or_else(|| "text/plain".to_owned()),
        ..Secret::default()
    };
    let address = reference(call, &secret.id);
    world.state.resources.secrets.push(secret);
    Reply::json(201, &json!({"secret_ref": address})).header("location", address)
}

/// Checks a payload: it needs a type, must not be empty, and must not be too long.
fn check(payload: Option<&str>, content_type: Option<&str>, most: usize) -> Result<(), Reply> {
    let invalid = |reason: &str| {
        let description =
            format!("Secret creation issue seen - Provided object does not match schema 'Secret': {reason}.");
        Err(error(400, "Bad Request", &description))
    };
    match (payload, content_type) {
        (None, None) => Ok(()),
        (None, Some(_)) => invalid("payload must be provided when payload_content_type is supplied"),
        (Some(_), None) => invalid("If 'payload' is supplied, 'payload_content_type' must be supplied also"),
        (Some(""), _) => invalid("If 'payload' specified, must be non empty"),
        (Some(payload), _) if payload.len() > most => {
            let description = "Secret creation issue seen - Provided information too large to process.";
            Err(error(413, "Request Entity Too Large", description))
        }
        _ => Ok(()),
    }
}

fn list(world: &World, call: &Call, token: &Token) -> Reply {
    let settings = &world.state.barbican;
    if settings.forbids_list {
        return forbidden("Secret(s) retrieval");
    }
    let query = &call.query;
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
    let limit = number("limit").unwrap_or(settings.default_page).clamp(1, settings.max_page);
    let offset = number("offset").unwrap_or(0);
    let mut secrets: Vec<&Secret> = world.state.resources.secrets.iter().filter(|it| own(it, token)).collect();
    secrets.retain(|secret| query.get("name").is_none_or(|name| secret.name.as_deref() == Some(name)));
    let total = secrets.len();
    let page = replies::page(secrets, offset, limit);
    let shown: Vec<Value> = page.iter().map(|secret| wire(call, secret)).collect();
    let mut body = json!({"secrets": shown, "total": total});
    let link = |offset: usize| {
        let query = query.clone().with("limit", &limit.to_string()).with("offset", &offset.to_string());
        json!(query.behind(&format!("{}/v1/secrets", call.root())))
    };
    // An empty page has no links at all.
    if !page.is_empty() && offset > 0 {
        body["previous"] = link(offset.saturating_sub(limit));
    }
    if !page.is_empty() && offset + limit < total {
        body["next"] = link(offset + limit);
    }
    Reply::json(200, &body)
}

fn own(secret: &Secret, token: &Token) -> bool {
    Some(secret.project.as_str()) == token.project_id()
}

fn show(world: &World, call: &Call, token: &Token, id: &str) -> Reply {
    if world.state.barbican.forbids_read {
        return forbidden("Secret retrieval");
    }
    match world.state.resources.secrets.iter().find(|secret| secret.id == id && own(secret, token)) {
        Some(secret) => Reply::json(200, &wire(call, secret)),
        None => not_found(id),
    }
}

/// Returns the secret itself, in the form it was given.
fn payload(world: &World, call: &Call, token: &Token, id: &str) -> Reply {
    if world.state.barbican.forbids_read {
        return forbidden("Secret payload retrieval");
    }
    let known = world.state.resources.secrets.iter().find(|secret| secret.id == id && own(secret, token));
    let Some(secret) = known else {
        return not_found(id);
    };
    let Some(payload) = &secret.payload else {
        return error(404, "Not Found", "Not Found. Sorry but your secret has no payload.");
    };
    // Who names no type gets bytes; who names several is not understood.
    let accepted = match call.header("accept") {
        None | Some("") => "application/octet-stream",
        Some("*/*") => &secret.content_type,
        Some(accepted) => accepted,
    };
    if !READABLE.contains(&accepted.split(';').next().unwrap_or_default().trim()) {
        return error(406, "Not Acceptable", "Secret payload retrieval issue seen - Wrong payload content-type.");
    }
    Reply::typed(200, accepted, payload.clone())
}

fn delete(world: &mut World, token: &Token, id: &str) -> Reply {
    if world.state.barbican.forbids_delete {
        return forbidden("Secret deletion");
    }
    let secrets = &mut world.state.resources.secrets;
    match secrets.iter().position(|secret| secret.id == id && own(secret, token)) {
        Some(at) => {
            secrets.remove(at);
            Reply::empty(204)
        }
        None => not_found(id),
    }
}

fn wire(call: &Call, secret: &Secret) -> Value {
    let created = secret.created_at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let mut body = json!({
        "name": secret.name, "status": "ACTIVE", "created": created, "updated": created, "expiration": null,
        "secret_type": secret.secret_type, "algorithm": null, "bit_length": null, "mode": null,
        "creator_id": secret.user, "secret_ref": reference(call, &secret.id),
    });
    if secret.payload.is_some() {
        body["content_types"] = json!({"default": secret.content_type});
    }
    body
}
