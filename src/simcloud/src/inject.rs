//! Faults applied: the right answer of a service turned into what the client gets.

use crate::body::{ScriptedBody, Step};
use crate::fault::Failure;
use crate::http::{Call, Reply};
use crate::ids::Ids;
use crate::observe::Entry;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Size of the pieces of a dripping body.
const DROP: usize = 256;

/// Returns the answer that stands in for the service's, if the failure keeps the request from it.
pub(crate) fn instead(failures: &[Failure], busy: impl Fn(u16) -> Reply) -> Option<Reply> {
    failures.iter().find_map(|failure| match failure {
        Failure::Status { status, headers, body } => {
            let reply = Reply { status: *status, headers: headers.clone(), body: body.clone().into_bytes() };
            Some(reply)
        }
        Failure::RetryAfter { status, after } => Some(busy(*status).header("retry-after", after)),
        _ => None,
    })
}

/// Changes the request before the service sees it: a list that never ends starts from the beginning again and again.
pub(crate) fn disturb(call: &mut Call, failures: &[Failure]) {
    if failures.iter().any(|failure| matches!(failure, Failure::EndlessList | Failure::LoopingList)) {
        call.query = call.query.clone().without("marker").without("offset").without("continue");
    }
}

/// Changes the answer after the service has given it.
pub(crate) fn distort(reply: Reply, failures: &[Failure], call: &Call, ids: &Ids) -> Reply {
    failures.iter().fold(reply, |reply, failure| match failure {
        Failure::Json(text) => Reply::typed(200, "application/json", text.clone()),
        Failure::Html => {
            let page =
                "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n";
            Reply::typed(200, "text/html; charset=utf-8", page)
        }
        Failure::AnswerStatus { status, body } => {
            Reply { status: *status, headers: Vec::new(), body: body.clone().into_bytes() }
        }
        Failure::EndlessList => relink(reply, call, Some(ids)),
        Failure::LoopingList => relink(reply, call, None),
        _ => reply,
    })
}

/// Makes a page of a list point on: to itself, or, with fresh ids, to a page that nobody has seen.
fn relink(mut reply: Reply, call: &Call, fresh: Option<&Ids>) -> Reply {
    let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(&reply.body) else {
        return reply;
    };
    if body.get("items").is_some_and(Value::is_array) {
        reply.body = continued(body, fresh).to_string().into_bytes();
        return reply;
    }
    let list = body.iter_mut().find(|(key, value)| value.is_array() && !key.ends_with("_links"));
    let Some((name, Value::Array(items))) = list else {
        return reply;
    };
    let name = name.clone();
    let mut query = call.query.clone();
    if let Some(ids) = fresh {
        items.iter_mut().for_each(|item| rename(item, ids));
        query = query.with("marker", &ids.uuid());
    }
    let (key, link) = match name.as_str() {
        "images" => ("next".to_owned(), json!(query.behind(&call.path))),
        "secrets" => ("next".to_owned(), json!(query.behind(&format!("{}{}", call.root(), call.path)))),
        _ => {
            let key = if name == "volume_types" { "volume_type_links".to_owned() } else { format!("{name}_links") };
            (key, json!([{"rel": "next", "href": query.behind(&format!("{}{}", call.root(), call.path))}]))
        }
    };
    body.insert(key, link);
    reply.body = Value::Object(body).to_string().into_bytes();
    reply
}

/// Does the same for a list of Kubernetes, whose next page is named in its metadata.
fn continued(mut body: Map<String, Value>, fresh: Option<&Ids>) -> Value {
    let token = fresh.map_or_else(|| "loop".to_owned(), Ids::uuid);
    if let Some(Value::Object(metadata)) = body.get_mut("metadata") {
        metadata.insert("continue".to_owned(), json!(token));
    }
    let items = body.get_mut("items").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter(|item| item["metadata"].is_object()) {
        if let Some(ids) = fresh {
            item["metadata"]["name"] = json!(ids.uuid());
            item["metadata"]["uid"] = json!(ids.uuid());
        }
    }
    Value::Object(body)
}

/// Gives an item of a list an id that nobody has seen. A secret has none but the one in its reference.
fn rename(item: &mut Value, ids: &Ids) {
    if item.get("id").is_some() {
        item["id"] = json!(ids.uuid());
    } else if let Some((collection, _)) = item["secret_ref"].as_str().and_then(|text| text.rsplit_once('/')) {
        item["secret_ref"] = json!(format!("{collection}/{}", ids.uuid()));
    }
}

/// Returns the answer as it goes out, with a body that does what the failure demands.
pub(crate) fn respond(reply: Reply, failures: &[Failure], keep_alive: bool, entry: Entry) -> Response<ScriptedBody> {
    entry.answered(reply.status);
    let length = reply.body.len();
    let bytes = Bytes::from(reply.body.clone());
    let special = failures.iter().find_map(|failure| match failure {
        Failure::Truncate => {
            let half = bytes.slice(..length / 2);
            Some((Some(length as i64), vec![Step::Send(half), Step::Flush, Step::Break]))
        }
        Failure::Oversize(size) => Some((None, vec![Step::Pad(*size), Step::Send(bytes.clone())])),
        Failure::WrongContentLength(by) => {
            let declared = (length as i64).saturating_add(*by).max(0);
            Some((Some(declared), vec![Step::Send(bytes.clone()), Step::Flush]))
        }
        Failure::Drip(pause) => Some((Some(length as i64), drip(&bytes, *pause))),
        _ => None,
    });
    let (declared, body) = match special {
        None => (None, ScriptedBody::plain(reply.body, entry)),
        Some((declared, steps)) => (declared, ScriptedBody::scripted(steps, entry)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = reply.headers;
    headers.extend(declared.map(|length| ("content-length".to_owned(), length.to_string())));
    if !keep_alive {
        headers.push(("connection".to_owned(), "close".to_owned()));
    }
    for (name, value) in headers {
        // What HTTP cannot carry (a planted header with a line break, say) is left out.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn drip(bytes: &Bytes, pause: u64) -> Vec<Step> {
    let pieces = bytes.chunks(DROP).map(Bytes::copy_from_slice);
    pieces.flat_map(|piece| [Step::Wait(Duration::from_millis(pause)), Step::Send(piece)]).collect()
}
