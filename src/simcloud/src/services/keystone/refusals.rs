//! The answers by which Keystone refuses a request.

use super::login::Refusal;
use crate::http::Reply;
use crate::world::World;
use serde_json::json;

pub(super) fn error(code: u16, title: &str, message: &str) -> Reply {
    Reply::json(code, &json!({"error": {"code": code, "message": message, "title": title}}))
}

pub(super) fn forbidden(action: &str) -> Reply {
    error(403, "Forbidden", &format!("You are not authorized to perform the requested action: {action}."))
}

pub(super) fn refuse(world: &World, refusal: &Refusal) -> Reply {
    let uri = format!("Keystone uri=\"{}\"", world.auth_uri());
    match refusal {
        Refusal::Unauthorized => error(401, "Unauthorized", "The request you have made requires authentication.")
            .header("www-authenticate", uri),
        Refusal::ScopedCredential => {
            let message = "Error authenticating with application credential: \
                           Application credentials cannot request a scope.";
            let body = json!({"error": {"code": 401, "identity": {}, "message": message, "title": "Unauthorized"}});
            Reply::json(401, &body).header("www-authenticate", uri)
        }
        Refusal::NotFound(message) => error(404, "Not Found", message),
        Refusal::Malformed(message) => error(400, "Bad Request", message),
    }
}

pub(super) fn not_there() -> Reply {
    let page = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL \
                was not found on the server. If you entered the URL manually please check your spelling and try \
                again.</p>\n";
    Reply::typed(404, "text/html; charset=utf-8", page)
}
