//! Keystone: version documents, tokens, the catalog.

mod credentials;
mod domains;
mod login;
mod refusals;

use self::login::{Refusal, log_in};
use self::refusals::{forbidden, not_there, refuse};
use crate::http::{Call, Reply};
use crate::ids::hex_id;
use crate::state::{ApplicationCredential, CatalogEntry};
use crate::tokens::Token;
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

const TIME: &str = "%Y-%m-%dT%H:%M:%S.000000Z";

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let reply = match (&call.method, call.segments().as_slice()) {
        (&Method::GET | &Method::HEAD, [""]) => {
            let versions = json!({"versions": {"values": [version(call)]}});
            Reply::json(300, &versions).header("location", format!("{}/v3/", call.root()))
        }
        (&Method::GET | &Method::HEAD, ["v3"] | ["v3", ""]) => Reply::json(200, &json!({"version": version(call)})),
        (&Method::POST, ["v3", "auth", "tokens"]) => issue(world, call),
        (&Method::GET | &Method::HEAD, ["v3", "auth", "tokens"]) => validate(world, call),
        (&Method::DELETE, ["v3", "auth", "tokens"]) => revoke(world, call),
        (_, ["v3", "auth", "tokens"]) => {
            let message = json!({"message": "The method is not allowed for the requested URL."});
            Reply::json(405, &message).header("allow", "POST, DELETE, OPTIONS, HEAD, GET")
        }
        (&Method::GET, ["v3", "auth", "catalog"]) => catalog_of_bearer(world, call),
        (&Method::GET, ["v3", "auth", "projects"]) => projects_of_bearer(world, call),
        (&Method::GET, ["v3", kind @ ("services" | "endpoints")]) => match world.bearer(call) {
            None => refuse(world, &Refusal::Unauthorized),
            Some(_) => forbidden(&format!("identity:list_{kind}")),
        },
        (&Method::GET, ["v3", "users", user, "application_credentials", id]) => own_credential(world, call, user, id),
        (_, ["v3", "credentials", path @ ..]) => credentials::answer(world, call, path),
        _ => domains::answer(world, call).unwrap_or_else(not_there),
    };
    reply.header("vary", "X-Auth-Token").header("x-openstack-request-id", world.ids.request())
}

fn version(call: &Call) -> Value {
    json!({
        "id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{}/v3/", call.root())}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    })
}

fn issue(world: &mut World, call: &Call) -> Reply {
    match log_in(world, &call.body) {
        Err(refusal) => refuse(world, &refusal),
        Ok(token) => {
            let id = world.ids.token();
            let reply = Reply::json(201, &describe(world, &token, !call.query.has("nocatalog")));
            world.tokens.keep(id.clone(), token);
            reply.header("x-subject-token", id)
        }
    }
}

/// Validates a token, which may be looked at by itself.
fn validate(world: &World, call: &Call) -> Reply {
    if world.bearer(call).is_none() {
        return refuse(world, &Refusal::Unauthorized);
    }
    let Some(subject) = call.header("x-subject-token") else {
        return forbidden("identity:validate_token");
    };
    match world.tokens.get(subject) {
        None => refuse(world, &Refusal::NotFound("Could not recognize Fernet token".to_owned())),
        Some(token) => {
            Reply::json(200, &describe(world, token, !call.query.has("nocatalog"))).header("x-subject-token", subject)
        }
    }
}

fn revoke(world: &mut World, call: &Call) -> Reply {
    if world.bearer(call).is_none() {
        return refuse(world, &Refusal::Unauthorized);
    }
    if let Some(subject) = call.header("x-subject-token") {
        world.tokens.expire(subject);
    }
    Reply::empty(204)
}

fn catalog_of_bearer(world: &World, call: &Call) -> Reply {
    match world.bearer(call) {
        None => refuse(world, &Refusal::Unauthorized),
        Some(token) => {
            let links = json!({"self": format!("{}/v3/auth/catalog", call.root())});
            Reply::json(200, &json!({"catalog": catalog(world, token), "links": links}))
        }
    }
}

/// Describes an application credential to its user, also if it was made with that credential.
fn own_credential(world: &World, call: &Call, user: &str, id: &str) -> Reply {
    let Some(token) = world.bearer(call) else {
        return refuse(world, &Refusal::Unauthorized);
    };
    if token.user.id != user {
        return forbidden("identity:get_application_credential");
    }
    let of_user = |one: &&ApplicationCredential| one.user == user && one.id == id;
    let Some(found) = world.state.identity.application_credentials.iter().find(of_user) else {
        let problem = format!("Could not find Application Credential: {id}.");
        return refuse(world, &Refusal::NotFound(problem));
    };
    // A real one has no `Z` at the end.
    let expires_at = found.expires_at.map(|time| time.format("%Y-%m-%dT%H:%M:%S.000000").to_string());
    let this = format!("{}/v3/users/{user}/application_credentials/{id}", call.root());
    Reply::json(
        200,
        &json!({"application_credential": {
            "id": found.id, "name": found.name, "description": null, "project_id": found.project, "user_id": found.user,
            "expires_at": expires_at, "unrestricted": found.unrestricted, "system": null, "links": {"self": this},
            "roles": found.roles.iter().map(|role| json!({"id": hex_id(&format!("role {role}")), "name": role,
                                                          "domain_id": null, "options": {}, "description": null}))
                .collect::<Vec<Value>>(),
        }}),
    )
}

fn projects_of_bearer(world: &World, call: &Call) -> Reply {
    let Some(token) = world.bearer(call) else {
        return refuse(world, &Refusal::Unauthorized);
    };
    let assigned = |id: &str| token.user.assignments.iter().any(|assignment| assignment.project == id);
    let projects: Vec<Value> = world.state.identity.projects.iter().filter(|project| assigned(&project.id)).map(|project| {
        json!({
            "id": project.id, "name": project.name, "domain_id": project.domain.id, "description": "", "enabled": true,
            "parent_id": project.domain.id, "is_domain": false, "tags": [], "options": {},
            "links": {"self": format!("{}/v3/projects/{}", call.root(), project.id)},
        })
    }).collect();
    let this = format!("{}/v3/auth/projects", call.root());
    Reply::json(200, &json!({"projects": projects, "links": {"next": null, "self": this, "previous": null}}))
}

/// Describes the token as Keystone does.
fn describe(world: &World, token: &Token, with_catalog: bool) -> Value {
    let domain = |domain: &crate::state::Domain| json!({"id": domain.id, "name": domain.name});
    let mut body = json!({
        "methods": token.methods,
        "user": {
            "domain": domain(&token.user.domain), "id": token.user.id, "name": token.user.name, "password_expires_at": null,
        },
        "audit_ids": token.audit_ids,
        "expires_at": token.expires_at.format(TIME).to_string(),
        "issued_at": token.issued_at.format(TIME).to_string(),
    });
    if let Some(project) = &token.project {
        body["project"] = json!({"domain": domain(&project.domain), "id": project.id, "name": project.name});
        body["is_domain"] = json!(false);
    }
    if let Some(of_token) = &token.domain {
        body["domain"] = domain(of_token);
    }
    if token.project.is_some() || token.domain.is_some() {
        let roles: Vec<Value> =
            token.roles.iter().map(|role| json!({"id": hex_id(&format!("role {role}")), "name": role})).collect();
        body["roles"] = json!(roles);
        if with_catalog {
            body["catalog"] = catalog(world, token);
        }
    }
    if let Some((id, name, restricted)) = &token.credential {
        body["application_credential"] = json!({"id": id, "name": name, "restricted": restricted});
    }
    json!({"token": body})
}

/// Returns the catalog; an endpoint whose URL needs a project is left out where there is none.
fn catalog(world: &World, token: &Token) -> Value {
    let project = token.project_id();
    Value::Array(world.state.catalog.iter().map(|entry| catalog_entry(world, entry, project)).collect())
}

fn catalog_entry(world: &World, entry: &CatalogEntry, project: Option<&str>) -> Value {
    let reachable =
        entry.endpoints.iter().filter(|endpoint| project.is_some() || !endpoint.url.contains("{project_id}"));
    let endpoints: Vec<Value> = reachable
        .map(|endpoint| {
            let interface = endpoint.interface.as_str();
            let url = endpoint.url.replace("{base}", &world.base).replace("{project_id}", project.unwrap_or_default());
            json!({
                "id": hex_id(&format!("endpoint {} {} {interface}", entry.service_type, endpoint.region)),
                "interface": interface, "region_id": endpoint.region, "url": url, "region": endpoint.region,
            })
        })
        .collect();
    let id = hex_id(&format!("service {} {}", entry.service_type, entry.name));
    json!({"endpoints": endpoints, "id": id, "type": entry.service_type, "name": entry.name})
}
