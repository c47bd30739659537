//! Lists that come in pages: finds the link to the next page and makes sure that the list ends.

use std::collections::HashSet;

use serde_json::{Map, Value};
use url::Url;

use super::error::{Error, ErrorKind};
use super::http::Reply;
use super::reader::Item;

/// A list that is read page by page. It sends nothing itself.
pub(super) struct Pages<'a, T> {
    /// The URL of the first page.
    pub first: Url,
    /// What is kept of the items so far.
    pub items: Vec<T>,
    keep: &'a dyn Fn(Item) -> T,
    key: &'a str,
    most: usize,
    visited: Visited,
}

impl<'a, T> Pages<'a, T> {
    /// A list of at most so many items, which stand under `key`. What is not kept of an item is gone with its page: a
    /// long list takes several times the memory as JSON that it takes as what is read of it.
    pub fn from(first: Url, key: &'a str, most: usize, keep: &'a dyn Fn(Item) -> T) -> Self {
        Self { first, items: Vec::new(), keep, key, most, visited: Visited::default() }
    }

    /// Takes the items of the page at `url`, and gives the URL of the next one if there is one.
    ///
    /// # Errors
    /// The page is not as the API promises, or the list repeats itself, is too long or leads astray.
    pub fn take(&mut self, url: &Url, reply: &Reply) -> Result<Option<Url>, Error> {
        let mut page: Item = reply.json()?;
        let found = taken(&mut page, self.key, reply)?;
        let Some(found) = self.visited.new_items(url, found) else {
            return Err(endless(reply, "the pages of this list repeat themselves"));
        };
        self.append(found, reply)?;
        if self.items.len() > self.most {
            let what = format!("the list has more than {} items", self.most);
            return Err(reply.error(ErrorKind::TooLarge, what));
        }
        let link = next_link(&page).map_err(|why| astray(reply, &why))?;
        link.map(|link| next_url(&self.first, link).map_err(|why| astray(reply, &why))).transpose()
    }

    fn append(&mut self, found: Vec<Value>, reply: &Reply) -> Result<(), Error> {
        for item in found {
            match item {
                Value::Object(item) => self.items.push((self.keep)(item)),
                _ => return Err(reply.invalid(&format!("{}[{}]", self.key, self.items.len()), "not an object")),
            }
        }
        Ok(())
    }
}

/// The items of one page, moved out of it.
fn taken(page: &mut Item, key: &str, reply: &Reply) -> Result<Vec<Value>, Error> {
    match page.remove(key) {
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(reply.invalid(key, "not a list")),
        None => Err(reply.invalid(key, "missing")),
    }
}

fn astray(reply: &Reply, why: &str) -> Error {
    let kind = ErrorKind::InvalidAnswer { path: "next".to_owned() };
    reply.error(kind, why).help("the service's public address is configured wrongly")
}

fn endless(reply: &Reply, what: &str) -> Error {
    reply.error(ErrorKind::EndlessList, what).help("the service's paging is broken")
}

/// The link to the next page, in every spelling OpenStack has: Glance `next`, Nova, Neutron and Cinder
/// `<collection>_links`, Keystone `links.next`.
///
/// # Errors
/// There is a link, but it is no text: whoever took that for the end would lose the rest of the list.
fn next_link(page: &Map<String, Value>) -> Result<Option<&str>, String> {
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
struct Visited {
    urls: HashSet<String>,
    ids: HashSet<String>,
}

impl Visited {
    /// The items of this page that no page before had: when something is created between two pages, the last items
    /// of one move on to the next. None if there is nothing new: a service that ignores the marker gives new links to
    /// the same items.
    fn new_items(&mut self, url: &Url, items: Vec<Value>) -> Option<Vec<Value>> {
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
