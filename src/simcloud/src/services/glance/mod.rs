//! Glance: version documents and images.

mod data;
mod query;
mod wire;

use self::query::Selection;
use self::wire::wire;
use super::replies;
use crate::http::{Call, Query, Reply};
use crate::state::Image;
use crate::tokens::Token;
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// Minor versions of the API that a cloud with one store offers, newest first.
const MINORS: [u8; 16] = [17, 15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
const DENIED: &str = "This server could not verify that you are authorized to access the document you requested. \
                      Either you supplied the wrong credentials (e.g., bad password), or your browser does not \
                      understand how to supply the credentials required.";

pub(super) fn answer(world: &mut World, call: &Call) -> Reply {
    let segments = call.segments();
    if segments.first() != Some(&"v2") {
        return versions(call, if segments == ["versions"] { 200 } else { 300 });
    }
    let Some(token) = world.bearer(call).cloned() else {
        let uri = format!("Keystone uri=\"{}\"", world.auth_uri());
        return Reply::webob(401, "Unauthorized", DENIED).header("www-authenticate", uri);
    };
    let token = &token;
    let reply = match (&call.method, segments.as_slice()) {
        (_, ["v2"]) => Reply::redirect(format!("{}/v2/", call.root())),
        (&Method::GET, ["v2", "images"]) => list(world, call, token),
        (&Method::POST, ["v2", "images"]) => data::create(world, call, token),
        (_, ["v2", "images"]) => not_allowed(call),
        (&Method::GET, ["v2", "images", id]) if !id.is_empty() => show(world, token, id),
        (&Method::DELETE, ["v2", "images", id]) => data::delete(world, token, id),
        (&Method::PUT, ["v2", "images", id, "file"]) => data::upload(world, call, token, id),
        (&Method::GET, ["v2", "images", id, "file"]) => data::download(world, token, id),
        _ => Reply::no_route(),
    };
    reply.header("x-openstack-request-id", world.ids.request())
}

fn versions(call: &Call, status: u16) -> Reply {
    let link = format!("{}/v2/", call.root());
    let versions: Vec<Value> = MINORS
        .iter()
        .map(|minor| {
            let status = if *minor == MINORS[0] { "CURRENT" } else { "SUPPORTED" };
            json!({"id": format!("v2.{minor}"), "status": status, "links": [{"rel": "self", "href": link}]})
        })
        .collect();
    Reply::json(status, &json!({"versions": versions}))
}

fn not_allowed(call: &Call) -> Reply {
    let reply = match call.method {
        Method::HEAD => Reply::typed(405, "text/html; charset=UTF-8", ""),
        ref method => {
            let text = format!("405 Method Not Allowed\n\nThe method {method} is not allowed for this resource. \n\n ");
            Reply::typed(405, "text/plain; charset=UTF-8", text)
        }
    };
    reply.header("allow", "GET, POST")
}

fn list(world: &mut World, call: &Call, token: &Token) -> Reply {
    if token.project.is_none() {
        return Reply::webob(403, "Forbidden", "You are not authorized to complete get_images action.");
    }
    let selection = match Selection::from_query(&call.query, &world.state.glance) {
        Ok(selection) => selection,
        Err(reply) => return reply,
    };
    let ids: Vec<String> = world.state.images.iter().map(|image| image.id.clone()).collect();
    world.observe(ids.iter().map(String::as_str));
    let images = query::select(&world.state.images, &selection, token.project_id().unwrap_or_default());
    let start = match &selection.marker {
        None => 0,
        Some(marker) => match images.iter().position(|image| image.id == *marker) {
            Some(place) => place + 1,
            None => {
                return Reply::webob(400, "Bad Request", &format!("No image found with ID {marker}"));
            }
        },
    };
    let images = replies::page(images, start, selection.limit);
    Reply::json(200, &page(&images, &call.query, selection.limit))
}

/// Returns a page. Its links are relative to nothing in particular: they leave out the prefix of the endpoint.
fn page(images: &[&Image], query: &Query, limit: usize) -> Value {
    let first = query.clone().without("marker");
    let mut body = json!({
        "images": images.iter().map(|image| wire(image)).collect::<Vec<_>>(),
        "first": first.behind("/v2/images"),
        "schema": "/v2/schemas/images",
    });
    if let Some(last) = images.last().filter(|_| images.len() == limit) {
        body["next"] = json!(first.with("marker", &last.id).behind("/v2/images"));
    }
    body
}

fn show(world: &mut World, token: &Token, id: &str) -> Reply {
    let project = token.project_id().unwrap_or_default();
    world.observe([id]);
    let known = world.state.images.iter().find(|image| image.id == id);
    match known.filter(|image| query::may_see(image, project)) {
        Some(image) => Reply::json(200, &wire(image)),
        None => Reply::webob(404, "Not Found", &format!("No image found with ID {id}")),
    }
}
