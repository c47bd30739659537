//! Error bodies of services: finds the human text in every shape that OpenStack has.

use super::error::one_line;
use crate::secrets::Secrets;
use serde_json::Value;

/// The most bytes of a body, or of a message in it, that are read: the human text stands near the beginning.
const LONGEST: usize = 4096;
/// A longer body is not read as JSON, which takes several times its memory.
const LONGEST_JSON: usize = 64 << 10;

/// Returns the message of an error body, one line, bounded and without secrets; empty if there is none.
pub(crate) fn text(body: &[u8], secrets: &Secrets) -> String {
    let json = (body.len() <= LONGEST_JSON).then(|| serde_json::from_slice::<Value>(body).ok()).flatten();
    let found = match json {
        Some(json) => from_json(&json).unwrap_or_default(),
        // Twice as long, so that no secret is cut in two before it is found.
        None => String::from_utf8_lossy(&body[..body.len().min(2 * LONGEST)]).into_owned(),
    };
    let found: String = secrets.hide(&found).chars().take(LONGEST).collect();
    // Some JSON messages are made of HTML all the same.
    one_line(without_tags(&found).trim().trim_end_matches('.'))
}

/// Returns true for a web page rather than JSON.
pub(crate) fn is_html(content_type: &str, body: &[u8]) -> bool {
    content_type.starts_with("text/html") || body.trim_ascii_start().starts_with(b"<")
}

/// Returns true for a web page rather than data, which may begin with any byte.
pub(crate) fn is_page(content_type: &str, body: &[u8]) -> bool {
    let begin = body.trim_ascii_start();
    let begins = |with: &[u8]| begin.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    content_type.starts_with("text/html") || begins(b"<!doctype html") || begins(b"<html")
}

/// Finds the message in JSON: Keystone `{"error": {"message"}}`, Nova `{"badRequest": {"message"}}`, Neutron
/// `{"NeutronError": …}`, Octavia `{"faultstring"}`, Barbican `{"title", "description"}`, Placement `{"errors":
/// [{"detail"}]}`.
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
    let text = || map.values().filter_map(Value::as_str).find(|text| !text.is_empty()).map(str::to_owned);
    inner.or_else(text)
}

/// Returns the visible text of a page: what its body says, without scripts, styles, comments and tags.
fn without_tags(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let mut text = String::new();
    let mut at = 0;
    while let Some(start) = page[at..].find('<').map(|found| at + found) {
        text.push_str(&page[at..start]);
        text.push(' ');
        let hidden = ["style", "script"].iter().find(|tag| lower[start + 1..].starts_with(**tag));
        let close =
            hidden.map_or(Some(start), |tag| lower[start..].find(&format!("</{tag}")).map(|found| start + found));
        let end = close.and_then(|close| page[close..].find('>').map(|found| close + found));
        at = end.map_or(page.len(), |end| end + 1);
    }
    text.push_str(&page[at..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("text/html; charset=utf-8", "anything", true)]
    #[case("text/plain", "\n <!DOCTYPE HTML><html>", true)]
    #[case("application/octet-stream", "<html lang=en>", true)]
    #[case("application/octet-stream", "<\u{1}random", false)]
    #[case("application/octet-stream", "", false)]
    #[case("text/plain", "scs-conformance 4b98df39", false)]
    fn data_are_no_page_because_of_one_byte(#[case] content_type: &str, #[case] body: &str, #[case] page: bool) {
        assert_eq!(is_page(content_type, body.as_bytes()), page);
    }
}
