//! Neutron's lists: filters, fields and pages, the same for every collection.

use super::errors::error;
use crate::http::{Call, Query, Reply};
use crate::services::replies;
use serde_json::{Map, Value, json};

/// Parameters that are no filters.
const CONTROLS: [&str; 6] = ["fields", "limit", "marker", "page_reverse", "sort_dir", "sort_key"];

/// Returns a page of a list by id. There are pages only if the client or the operator asks for them; an unknown marker
/// is ignored.
pub(super) fn page(call: &Call, key: &str, attributes: &[&str], items: Vec<Value>, most: Option<usize>) -> Reply {
    let limit = match limit(&call.query, most) {
        Ok(limit) => limit,
        Err(reply) => return reply,
    };
    let known = |key: &str| CONTROLS.contains(&key) || attributes.contains(&key);
    if let Some((key, _)) = call.query.pairs().iter().find(|(key, _)| !known(key)) {
        return error(400, "HTTPBadRequest", &format!("['{key}'] is invalid attribute for filtering"));
    }
    let mut chosen: Vec<Value> = items.into_iter().filter(|item| passes(item, &call.query, attributes)).collect();
    chosen.sort_by(|left, right| left["id"].as_str().cmp(&right["id"].as_str()));
    let Some(limit) = limit else {
        return Reply::json(200, &json!({key: fields(&chosen, &call.query)}));
    };
    let marked = chosen.iter().position(|item| item["id"].as_str() == call.query.get("marker"));
    let chosen = replies::page(chosen, marked.map_or(0, |place| place + 1), limit);
    let body = json!({key: fields(&chosen, &call.query), format!("{key}_links"): links(call, &chosen, limit)});
    Reply::json(200, &body)
}

/// Returns the length of a page, if there are pages; zero means no limit.
fn limit(query: &Query, most: Option<usize>) -> Result<Option<usize>, Reply> {
    let asked = match query.get("limit") {
        None => 0,
        Some(text) => text.parse::<usize>().map_err(|_| {
            let message = format!("Bad limit request: Limit must be an integer 0 or greater and not '{text}'.");
            error(400, "BadRequest", &message)
        })?,
    };
    Ok(match (asked, most) {
        (0, most) => most,
        (asked, Some(most)) => Some(asked.min(most)),
        (asked, None) => Some(asked),
    })
}

fn links(call: &Call, page: &[Value], limit: usize) -> Value {
    let here = format!("{}{}", call.root(), call.path);
    let query = call.query.clone().without("marker");
    let at = |place: Option<&Value>| match place.and_then(|item| item["id"].as_str()) {
        Some(id) => query.clone().with("marker", id),
        None => query.clone(),
    };
    let mut links = Vec::new();
    if page.len() == limit {
        links.push(json!({"rel": "next", "href": at(page.last()).behind(&here)}));
    }
    let back = at(page.first()).with("page_reverse", "True").behind(&here);
    links.push(json!({"rel": "previous", "href": back}));
    json!(links)
}

/// Returns true if each attribute that is asked for has one of the values given.
fn passes(item: &Value, query: &Query, attributes: &[&str]) -> bool {
    attributes
        .iter()
        .filter(|key| query.has(key))
        .all(|key| query.all(key).any(|wanted| has_value(&item[*key], wanted)))
}

/// Lists have what one of their items has; of an item of `fixed_ips` a filter names key and value: `subnet_id=…`.
fn has_value(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| match wanted.split_once('=') {
            Some((key, wanted)) if item.is_object() => item[key] == wanted,
            _ => item == wanted,
        }),
        Value::String(text) => text.eq_ignore_ascii_case(wanted),
        Value::Null => wanted.is_empty() || wanted == "null",
        Value::Bool(set) => wanted.to_lowercase().parse() == Ok(*set),
        Value::Number(number) => wanted.parse().ok().as_ref() == Some(number),
        Value::Object(_) => false,
    }
}

/// Leaves only the fields that are asked for.
fn fields(items: &[Value], query: &Query) -> Vec<Value> {
    let wanted: Vec<&str> = query.all("fields").collect();
    let cut = |item: &Value| match item {
        Value::Object(all) if !wanted.is_empty() => {
            let kept = all.iter().filter(|(key, _)| wanted.contains(&key.as_str()));
            Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
        }
        whole => whole.clone(),
    };
    items.iter().map(cut).collect()
}
