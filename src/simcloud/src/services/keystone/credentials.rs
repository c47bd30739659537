//! Keystone's credentials of type `ec2`, which users make for themselves.

use super::login::Refusal;
use super::refusals::{error, forbidden, refuse};
use crate::http::{Call, Reply};
use crate::ids::hex_id;
use crate::state::Ec2Credential;
use crate::tokens::Token;
use crate::world::World;
use serde_json::{Value, json};

/// Requests below `/v3/credentials`. Keystone's policy asks whose a credential is, so it refuses one that is not there, too.
pub(super) fn answer(world: &mut World, call: &Call, path: &[&str]) -> Reply {
    let Some(token) = world.bearer(call).cloned() else { return refuse(world, &Refusal::Unauthorized) };
    let all = &world.state.resources.credentials;
    match (call.method.as_str(), path) {
        ("GET", []) => {
            let own = all.iter().filter(|one| one.user == token.user.id).map(wire).collect::<Vec<_>>();
            let links = json!({"self": format!("{}/v3/credentials", call.root()), "next": null, "previous": null});
            Reply::json(200, &json!({"credentials": own, "links": links}))
        }
        ("POST", []) => create(world, call, &token),
        ("GET", [id]) => match all.iter().find(|one| one.id == *id && one.user == token.user.id) {
            Some(one) => Reply::json(200, &json!({"credential": wire(one)})),
            None => forbidden("identity:get_credential"),
        },
        ("DELETE", [id]) => {
            let Some(at) = all.iter().position(|one| one.id == *id && one.user == token.user.id) else {
                return forbidden("identity:delete_credential");
            };
            world.state.resources.credentials.remove(at);
            Reply::empty(204)
        }
        _ => error(405, "Method Not Allowed", "The method is not allowed for the requested URL."),
    }
}

fn create(world: &mut World, call: &Call, token: &Token) -> Reply {
    if token.credential.as_ref().is_some_and(|(_, _, restricted)| *restricted) {
        return forbidden("identity:create_credential");
    }
    let body = call.json();
    let asked = &body["credential"];
    let blob: Value = asked["blob"].as_str().and_then(|blob| serde_json::from_str(blob).ok()).unwrap_or_default();
    let (Some(access), Some(secret)) = (blob["access"].as_str(), blob["secret"].as_str()) else {
        return error(400, "Bad Request", "Invalid blob in credential");
    };
    if asked["type"] != "ec2" || asked["user_id"] != token.user.id.as_str() {
        return forbidden("identity:create_credential");
    }
    // The real one is the SHA-256 of the access key.
    let id = format!("{}{}", hex_id(access), hex_id(&format!("{access} again")));
    if world.state.resources.credentials.iter().any(|one| one.id == id) {
        return error(409, "Conflict", "Conflict occurred attempting to store credential - Duplicate entry.");
    }
    let project = asked["project_id"].as_str().unwrap_or_default().to_owned();
    let made = Ec2Credential {
        id,
        access: access.to_owned(),
        secret: secret.to_owned(),
        user: token.user.id.clone(),
        project,
    };
    let reply = Reply::json(201, &json!({"credential": wire(&made)}));
    world.state.resources.credentials.push(made);
    reply
}

fn wire(one: &Ec2Credential) -> Value {
    let blob = json!({"access": one.access, "secret": one.secret}).to_string();
    json!({"id": one.id, "type": "ec2", "blob": blob, "user_id": one.user, "project_id": one.project, "links": {}})
}
