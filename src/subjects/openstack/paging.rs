//! Lists that come in pages: finds the link to the next page and makes sure that the list ends.

use super::error::{Error, ErrorKind};
use super::http::Reply;
use super::links::{LinkError, Links, is_total, speaks_of_more};
use super::reader::Item;
use crate::wire::budget::MemoryBudget;
use crate::wire::list::{List, ListReading};
use reqwest::header::{CONTENT_RANGE, HeaderName, LINK};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use url::Url;

/// A list that is read page by page. It sends nothing itself.
pub(super) struct Pages<T> {
    /// The URL of the first page.
    pub first: Url,
    key: String,
    list: List<T>,
    urls: HashSet<String>,
}

impl<T: Serialize> Pages<T> {
    /// Creates a list of at most so many items, which stand under `key`. What is not kept of an item is gone before the
    /// next one is read: a long list takes several times the memory as JSON that it takes as what is read of it.
    pub fn from(first: Url, key: &str, budget: &MemoryBudget, most: usize) -> Self {
        Self { first, key: key.to_owned(), list: List::new(budget, most), urls: HashSet::new() }
    }

    /// Returns the items; what they take of the memory is taken for good where the whole run keeps them.
    pub fn into_items(self, stay: bool) -> Vec<T> {
        self.list.into_items(stay)
    }

    /// Takes the items of the page at `url`, and gives the URL of the next one if there is one.
    ///
    /// # Errors
    /// The page is not as the API promises, or the list repeats or contradicts itself, is too long or leads astray.
    pub fn take(&mut self, url: &Url, reply: &Reply, keep: &dyn Fn(Item) -> T) -> Result<Option<Url>, Error> {
        reply.no_page()?;
        whole(reply)?;
        let keep = |item| Ok(keep(item));
        let manner = ListReading { key: &self.key, identity, null_is_empty: false, keep: &keep };
        let added = self.list.add::<Links>(&reply.body, &manner).map_err(|flaw| reply.flaw(&flaw))?;
        // A service that ignores the marker gives new links to the same items.
        if !self.urls.insert(url.to_string()) || added.found > 0 && added.new == 0 {
            return Err(reply
                .error(ErrorKind::EndlessList, "the pages of this list repeat themselves")
                .help("the service's paging is broken"));
        }
        let total = added.rest.total.max(total(reply));
        let link = added.rest.next().map_err(|error| astray(reply, &error))?;
        // Where a list has several pages, something may have been created or deleted between them.
        if let Some(total) = total.filter(|total| link.is_none() && self.urls.len() == 1 && *total > added.found as u64)
        {
            return Err(
                reply.invalid("", &format!("the list has {} items, but says that there are {total}", added.found))
            );
        }
        link.map(|link| next_url(&self.first, &link).map_err(|error| astray(reply, &error))).transpose()
    }
}

/// Makes sure that no header says that there is more: no service of OpenStack pages in such a way.
fn whole(reply: &Reply) -> Result<(), Error> {
    let says_so = |name: &HeaderName, value: &str| match name {
        &CONTENT_RANGE => true,
        &LINK => value.contains("next"),
        name => speaks_of_more(name.as_str()) && !matches!(value, "" | "0" | "false"),
    };
    let mut headers = reply.headers.iter();
    let found = headers.find(|(name, value)| says_so(name, &String::from_utf8_lossy(value.as_bytes()).to_lowercase()));
    found.map_or(Ok(()), |(name, _)| Err(reply.invalid("", &format!("the header {name} says that there is more"))))
}

/// Returns the number of items, if a header says so.
fn total(reply: &Reply) -> Option<u64> {
    let totals = reply.headers.iter().filter(|(name, _)| is_total(name.as_str()));
    totals.filter_map(|(_, value)| value.to_str().ok()?.trim().parse().ok()).max()
}

/// Returns the id, in whatever way it is written.
fn identity(item: &Item) -> Option<String> {
    match item.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn astray(reply: &Reply, error: &LinkError) -> Error {
    let kind = ErrorKind::InvalidAnswer { path: "next".to_owned() };
    reply.error(kind, error.to_string()).help("the service's public address is configured wrongly")
}

/// Returns the URL of the next page. Only the link's query is taken, scheme, host and path stay ours: the token cannot
/// go elsewhere, and links that lost a path prefix or the `s` of https behind a proxy still work.
///
/// # Errors
/// The link points to another host or another resource.
pub(super) fn next_url(first: &Url, link: &str) -> Result<Url, LinkError> {
    let target = first.join(link)?;
    if target.host() != first.host() {
        return Err(LinkError::OtherHost(target.host_str().unwrap_or_default().to_owned()));
    }
    let last = |url: &Url| url.path().trim_end_matches('/').rsplit('/').next().map(str::to_owned);
    if last(&target) != last(first) {
        return Err(LinkError::OtherResource(target.path().to_owned()));
    }
    let mut next = first.clone();
    next.set_query(target.query());
    Ok(next)
}
