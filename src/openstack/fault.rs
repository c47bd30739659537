//! What services say when they refuse: finds the human text in error bodies of every OpenStack shape.

use serde_json::Value;

use super::error::one_line;

/// The message of an error body, one line and bounded; empty if there is none.
pub(super) fn text(body: &[u8]) -> String {
    let found = match serde_json::from_slice::<Value>(body) {
        Ok(json) => from_json(&json).unwrap_or_default(),
        // A page is cut before its tags are stripped: the message stands near its beginning.
        Err(_) => without_tags(&String::from_utf8_lossy(&body[..body.len().min(4096)])),
    };
    one_line(&found)
}

/// Whether a body is a web page rather than JSON.
pub(super) fn is_html(content_type: &str, body: &[u8]) -> bool {
    content_type.starts_with("text/html") || body.trim_ascii_start().starts_with(b"<")
}

/// Keystone `{"error": {"message"}}`, Nova `{"badRequest": {"message"}}`, Neutron `{"NeutronError": …}`,
/// Octavia `{"faultstring"}`, Barbican `{"title", "description"}`, Placement `{"errors": [{"detail"}]}`.
fn from_json(json: &Value) -> Option<String> {
    let map = json.as_object()?;
    for key in ["message", "faultstring", "description", "detail"] {
        if let Some(text) = map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()) {
            return Some(text.to_owned());
        }
    }
    if let Some(first) = map.get("errors").and_then(|errors| errors.get(0)) {
        return from_json(first);
    }
    let inner = map.values().find(|value| value.is_object()).and_then(from_json);
    let text = || map.values().find_map(Value::as_str).map(str::to_owned);
    inner.or_else(text)
}

/// The visible text of a page: what its body says, without scripts, styles, comments and tags.
fn without_tags(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        text.push(' ');
        rest = &rest[start..];
        let skip_to = ["style", "script"]
            .iter()
            .find(|tag| rest[1..].get(..tag.len()).is_some_and(|name| name.eq_ignore_ascii_case(tag)));
        let end = match skip_to {
            Some(tag) => rest.find(&format!("</{tag}")).and_then(|at| rest[at..].find('>').map(|end| at + end)),
            None => rest.find('>'),
        };
        rest = end.map_or("", |end| &rest[end + 1..]);
    }
    text.push_str(rest);
    text
}
