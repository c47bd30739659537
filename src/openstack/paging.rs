//! Lists that come in pages: finds the link to the next page and makes sure that the list ends.

use std::collections::HashSet;

use serde_json::{Map, Value};
use url::Url;

/// The link to the next page, in every spelling OpenStack has: Glance `next`, Nova, Neutron and Cinder
/// `<collection>_links`, Keystone `links.next`.
///
/// # Errors
/// There is a link, but it is no text: whoever took that for the end would lose the rest of the list.
pub(super) fn next_link(page: &Map<String, Value>) -> Result<Option<&str>, String> {
    let relation = |link: &&Value| link.get("rel").and_then(Value::as_str) == Some("next");
    let mut lists = page.iter().filter(|(key, _)| key.ends_with("_links"));
    let link = match (page.get("next"), page.get("links").and_then(|links| links.get("next"))) {
        (Some(link), _) if !link.is_null() => Some(link),
        (_, Some(link)) if !link.is_null() => Some(link),
        _ => lists
            .find_map(|(_, links)| links.as_array()?.iter().find(relation))
            .map(|link| link.get("href").unwrap_or(&Value::Null)),
    };
    match link {
        None => Ok(None),
        Some(Value::String(link)) => Ok(Some(link)),
        Some(other) => Err(format!("the link to the next page is no text: {other}")),
    }
}

/// The URL of the next page. Only the link's query is taken, scheme, host and path stay ours: the token
/// cannot go elsewhere, and links that lost a path prefix or the `s` of https behind a proxy still work.
///
/// # Errors
/// The link points to another host or another resource.
pub(super) fn next_url(first: &Url, link: &str) -> Result<Url, String> {
    let target = first.join(link).map_err(|error| format!("the link to the next page is no URL: {error}"))?;
    if target.host() != first.host() {
        let host = target.host_str().unwrap_or_default();
        return Err(format!("the link to the next page points to another host, {host}; the token is not sent there"));
    }
    let last = |url: &Url| url.path().trim_end_matches('/').rsplit('/').next().map(str::to_owned);
    if last(&target) != last(first) {
        return Err(format!("the link to the next page points to another resource, {}", target.path()));
    }
    let mut next = first.clone();
    next.set_query(target.query());
    Ok(next)
}

/// Remembers pages and items, to notice a list that repeats itself.
#[derive(Default)]
pub(super) struct Visited {
    urls: HashSet<String>,
    ids: HashSet<String>,
}

impl Visited {
    /// The items of this page that no page before had: when something is created between two pages, the last items
    /// of one move on to the next. None if there is nothing new: a service that ignores the marker gives new links to
    /// the same items.
    pub fn new_items(&mut self, url: &Url, items: Vec<Value>) -> Option<Vec<Value>> {
        let had_items = !items.is_empty();
        let mut is_new = |item: &Value| match item.get("id").and_then(Value::as_str) {
            Some(id) => self.ids.insert(id.to_owned()),
            None => true,
        };
        let new: Vec<Value> = items.into_iter().filter(|item| is_new(item)).collect();
        let repeated = had_items && new.is_empty();
        (self.urls.insert(url.to_string()) && !repeated).then_some(new)
    }
}
