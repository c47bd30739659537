//! Swift's own API: no more than an account that is empty.

use crate::http::{Call, Reply};
use crate::world::World;

pub(super) fn answer(world: &World, call: &Call) -> Reply {
    let transaction = world.ids.transaction();
    let reply = match call.segments().as_slice() {
        ["info"] => Reply::typed(200, "application/json; charset=UTF-8", r#"{"swift": {"version": "2.38.3"}}"#),
        ["v1", account] if account.starts_with("AUTH_") => read_account(world, call, account),
        _ => Reply::typed(412, "text/html; charset=UTF-8", "Bad URL"),
    };
    reply.header("x-trans-id", transaction.clone()).header("x-openstack-request-id", transaction)
}

fn read_account(world: &World, call: &Call, account: &str) -> Reply {
    let Some(token) = world.bearer(call) else {
        let text = "This server could not verify that you are authorized to access the document you requested.";
        return page(401, "Unauthorized", text)
            .header("www-authenticate", format!("Swift realm=\"{account}\""))
            .header("www-authenticate", format!("Keystone uri=\"{}\"", world.auth_uri()));
    };
    if account.strip_prefix("AUTH_") != token.project_id() {
        return page(403, "Forbidden", "Access was denied to this resource.");
    }
    let counts = ["x-account-container-count", "x-account-object-count", "x-account-bytes-used"];
    let reply = match call.query.get("format") {
        Some("json") => Reply::typed(200, "application/json; charset=utf-8", "[]"),
        _ => Reply::typed(204, "text/plain; charset=utf-8", "").header("vary", "Accept"),
    };
    counts.iter().fold(reply, |reply, name| reply.header(name, "0"))
}

/// Returns the short page that Swift's web library makes of an error.
pub(super) fn page(status: u16, title: &str, text: &str) -> Reply {
    Reply::typed(status, "text/html; charset=UTF-8", format!("<html><h1>{title}</h1><p>{text}</p></html>"))
}
