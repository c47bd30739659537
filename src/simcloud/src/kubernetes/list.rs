//! Lists: selectors, pages, and the shapes in which objects may be asked for.

use super::objects::{Cluster, Entry};
use super::resources::Resource;
use super::status;
use super::target::Target;
use crate::http::{Call, Reply};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Fields by which the real server can select, whatever the kind.
const FIELDS: [&str; 2] = ["metadata.name", "metadata.namespace"];
/// Fields by which it can select some kinds.
const MORE_FIELDS: [(&str, &str); 8] = [
    ("pods", "spec.nodeName"),
    ("pods", "spec.restartPolicy"),
    ("pods", "status.phase"),
    ("namespaces", "status.phase"),
    ("events", "involvedObject.name"),
    ("events", "involvedObject.uid"),
    ("events", "reason"),
    ("secrets", "type"),
];

/// Answers a list.
pub(crate) fn answer(cluster: &mut Cluster, call: &Call, resource: &'static Resource, target: &Target) -> Reply {
    let page = match Page::from_call(call) {
        Ok(page) => page,
        Err(reply) => return *reply,
    };
    if page.start.is_some() && cluster.state.expired_pages > 0 {
        cluster.state.expired_pages -= 1;
        return status::expired(&token(cluster.revision, page.start.as_deref().unwrap_or_default()));
    }
    let labels = call.query.get("labelSelector").unwrap_or_default();
    let fields = call.query.get("fieldSelector").unwrap_or_default();
    if let Some(bad) = unknown_field(resource, fields) {
        return status::bad_request(&format!("field label not supported: {bad}"));
    }
    let mut entries = cluster.entries(resource);
    entries.retain(|entry| target.namespace.as_deref().is_none_or(|namespace| entry.namespace() == namespace));
    entries.retain(|entry| selected(labels, |key| entry.label(key)) && in_fields(fields, *entry));
    entries.sort_by_key(|entry| (entry.namespace(), entry.name()));
    if let Some(start) = &page.start {
        entries.retain(|entry| key(*entry) >= *start);
    }
    if target.verb == "watch" {
        return watched(cluster, resource, &entries);
    }
    let shown = page.limit.map_or(entries.len(), |limit| limit.min(entries.len()));
    let mut metadata = json!({"resourceVersion": cluster.revision.to_string()});
    if let Some(next) = entries[..shown].last().filter(|_| shown < entries.len()) {
        metadata["continue"] = json!(token(cluster.revision, &format!("{}\0", key(*next))));
        if labels.is_empty() && fields.is_empty() {
            metadata["remainingItemCount"] = json!(entries.len() - shown);
        }
    }
    let items = entries[..shown].iter().map(|entry| entry.item(&cluster.state)).collect();
    Reply::json(200, &listed(call, resource, metadata, items))
}

fn listed(call: &Call, resource: &Resource, metadata: Value, items: Vec<Value>) -> Value {
    if partial(call) {
        let items: Vec<Value> = items.into_iter().map(|item| partial_object(&item)).collect();
        let kind = "PartialObjectMetadataList";
        return json!({"kind": kind, "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "items": items});
    }
    let kind = format!("{}List", resource.kind);
    json!({"kind": kind, "apiVersion": resource.api_version(), "metadata": metadata, "items": items})
}

/// Returns an object in the shape that was asked for.
pub(crate) fn shaped(call: &Call, _resource: &Resource, whole: Value) -> Value {
    if partial(call) { partial_object(&whole) } else { whole }
}

/// Tells whether the client wants the metadata only.
fn partial(call: &Call) -> bool {
    call.header("accept").is_some_and(|accept| accept.contains("as=PartialObjectMetadata"))
}

fn partial_object(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

/// Answers a watch that tells what is there and ends.
fn watched(cluster: &Cluster, resource: &Resource, entries: &[Entry<'_>]) -> Reply {
    let events = entries.iter().map(|entry| json!({"type": "ADDED", "object": entry.whole(&cluster.state, resource)}));
    Reply::typed(200, "application/json", events.map(|event| format!("{event}\n")).collect::<String>())
}

/// Returns the place of an object in the order of the list.
fn key(entry: Entry<'_>) -> String {
    if entry.namespace().is_empty() {
        entry.name().to_owned()
    } else {
        format!("{}/{}", entry.namespace(), entry.name())
    }
}

/// The part of a list that is asked for.
struct Page {
    limit: Option<usize>,
    /// The first key to show.
    start: Option<String>,
}

impl Page {
    fn from_call(call: &Call) -> Result<Self, Box<Reply>> {
        let limit = call.query.get("limit").filter(|text| !text.is_empty());
        let limit = limit.map(|text| text.parse::<usize>().map_err(|_| not_a_number(text))).transpose()?;
        let start = call.query.get("continue").filter(|text| !text.is_empty());
        let start = start.map(|text| begin(text).ok_or_else(bad_token)).transpose()?;
        Ok(Self { limit: limit.filter(|limit| *limit > 0), start })
    }
}

fn not_a_number(text: &str) -> Box<Reply> {
    Box::new(status::bad_request(&format!("strconv.ParseInt: parsing {text:?}: invalid syntax")))
}

fn bad_token() -> Box<Reply> {
    Box::new(status::bad_request("invalid continue token: continue key is not valid: invalid character"))
}

/// Returns the token of the page that begins with this key.
fn token(revision: u64, start: &str) -> String {
    URL_SAFE_NO_PAD.encode(json!({"v": "meta.k8s.io/v1", "rv": revision, "start": start}).to_string())
}

/// Returns the key with which the page of this token begins.
fn begin(token: &str) -> Option<String> {
    let text = URL_SAFE_NO_PAD.decode(token).ok()?;
    let value: Value = serde_json::from_slice(&text).ok()?;
    value["start"].as_str().map(str::to_owned)
}

/// Tells whether labels fit a selector: `a=b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b,c)`, and several with commas.
pub(crate) fn selected<'a>(selector: &str, label: impl Fn(&str) -> Option<&'a str>) -> bool {
    terms(selector).iter().all(|term| fits(term, &label))
}

/// Cuts a selector at the commas outside of parentheses.
fn terms(selector: &str) -> Vec<String> {
    let (mut terms, mut depth) = (vec![String::new()], 0_i32);
    for letter in selector.chars() {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        match (letter, depth) {
            (',', 0) => terms.push(String::new()),
            _ => terms.last_mut().into_iter().for_each(|term| term.push(letter)),
        }
    }
    terms.into_iter().map(|term| term.trim().to_owned()).filter(|term| !term.is_empty()).collect()
}

fn fits<'a>(term: &str, label: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let among = |list: &str, value: Option<&str>| {
        let list = list.trim().trim_start_matches('(').trim_end_matches(')');
        value.is_some_and(|value| list.split(',').any(|item| item.trim() == value))
    };
    if let Some((key, list)) = term.split_once(" notin ") {
        return !among(list, label(key.trim()));
    }
    if let Some((key, list)) = term.split_once(" in ") {
        return among(list, label(key.trim()));
    }
    if let Some((key, value)) = term.split_once("!=") {
        return label(key.trim()) != Some(value.trim());
    }
    if let Some((key, value)) = term.split_once('=') {
        return label(key.trim()) == Some(value.trim_start_matches('=').trim());
    }
    match term.strip_prefix('!') {
        Some(key) => label(key.trim()).is_none(),
        None => label(term).is_some(),
    }
}

fn field_of(term: &str) -> &str {
    term.split(['!', '=']).next().unwrap_or_default().trim()
}

/// Returns the first field of a selector that the server cannot select by.
fn unknown_field(resource: &Resource, selector: &str) -> Option<String> {
    let known = |field: &str| FIELDS.contains(&field) || MORE_FIELDS.contains(&(resource.plural, field));
    terms(selector).iter().map(|term| field_of(term)).find(|field| !known(field)).map(str::to_owned)
}

fn in_fields(selector: &str, entry: Entry<'_>) -> bool {
    terms(selector).iter().all(|term| {
        let field = field_of(term);
        let own = match (field, entry) {
            ("metadata.name", _) => entry.name(),
            ("metadata.namespace", _) => entry.namespace(),
            (_, Entry::Other(object)) => {
                field.split('.').fold(object, |value, key| &value[key]).as_str().unwrap_or_default()
            }
            _ => "",
        };
        fits(term, &|_| Some(own))
    })
}

#[cfg(test)]
mod tests {
    use super::{selected, terms};

    #[test]
    fn selectors_select() {
        let label = |key: &str| match key {
            "app" => Some("web"),
            "empty" => Some(""),
            _ => None,
        };
        for fitting in
            ["", "app", "app=web", "app==web", "app!=db", "!tier", "app in (db, web)", "tier notin (a,b)", "empty="]
        {
            assert!(selected(fitting, label), "{fitting}");
        }
        for not in
            ["tier", "app=db", "app!=web", "!app", "app in (db)", "app notin (web,db)", "app=web,tier=a", "tier="]
        {
            assert!(!selected(not, label), "{not}");
        }
    }

    #[test]
    fn commas_in_parentheses_do_not_cut() {
        assert_eq!(terms("a in (b,c),d=e"), ["a in (b,c)", "d=e"]);
    }
}
