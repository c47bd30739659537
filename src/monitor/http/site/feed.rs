//! Feeds in the form of Atom. An entry keeps its id for as long as it exists, and a feed changes only when something has happened.

use crate::http::app::App;
use crate::http::cache::Page;
use crate::language::Language;
use atom_syndication::{Entry, Feed, FixedDateTime, Link, Person, Text};
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Builder;

/// The most entries of a feed; the newest are kept.
pub const MOST: usize = 100;

/// The media type.
const ATOM: &str = "application/atom+xml; charset=utf-8";

/// An entry, before it is written.
#[derive(Clone, Debug)]
pub struct Item {
    /// The words that make its id: the same ones for the same thing, whenever the feed is written.
    pub key: String,
    /// The instant at which it happened.
    pub at: DateTime<Utc>,
    /// The title.
    pub title: String,
    /// A sentence on it.
    pub summary: String,
    /// The path of the page about it, without the base.
    pub path: String,
}

/// A feed, without its entries.
#[derive(Clone, Debug)]
pub struct Channel {
    /// The title.
    pub title: String,
    /// The path of the feed, without the base.
    pub path: String,
    /// The path of the page about the same, without the base.
    pub page: String,
    /// The language.
    pub language: Language,
}

/// Returns the first instant of a day.
pub fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Writes a feed of the newest items.
pub fn render(app: &App, channel: &Channel, mut items: Vec<Item>) -> Page {
    items.sort_by(|one, other| (other.at, &other.key).cmp(&(one.at, &one.key)));
    items.truncate(MOST);
    let registry = app.registry();
    let author = registry.issuer.as_ref().map_or("scs-monitor", |issuer| &issuer.name).to_owned();
    let mark = channel.language.text("Demonstration: ", "Vorführung: ");
    let mark = if app.settings.demo { mark } else { "" };
    let link = |rel: &str, path: &str, kind: &str| Link {
        href: app.settings.address(path),
        rel: rel.to_owned(),
        mime_type: Some(kind.to_owned()),
        ..Link::default()
    };
    let language = channel.language;
    let entry = |item: &Item| Entry {
        title: Text::plain(scs_reports::visible(&format!("{mark}{}", item.title)).into_owned()),
        id: id(&format!("{language} {}", item.key)),
        updated: item.at.fixed_offset(),
        published: Some(item.at.fixed_offset()),
        summary: Some(Text::plain(scs_reports::visible(&item.summary).into_owned())),
        links: vec![link("alternate", &item.path, "text/html")],
        ..Entry::default()
    };
    let feed = Feed {
        title: Text::plain(format!("{mark}{}", channel.title)),
        id: id(&format!("feed {}", app.settings.address(&channel.path))),
        updated: items.first().map_or_else(FixedDateTime::default, |item| item.at.fixed_offset()),
        authors: vec![Person { name: author, ..Person::default() }],
        links: vec![link("self", &channel.path, "application/atom+xml"), link("alternate", &channel.page, "text/html")],
        lang: Some(language.code().to_owned()),
        entries: items.iter().map(entry).collect(),
        ..Feed::default()
    };
    Page::new(ATOM, feed.to_string())
}

/// Returns the id of some words: a UUID that is made of their digest.
fn id(words: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(words).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid().urn().to_string()
}

/// Returns the response with a page that other sites may show or read.
pub fn for_everybody(page: &Page, headers: &HeaderMap) -> Response {
    let mut response = page.response(headers);
    let headers = response.headers_mut();
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_the_words_alone() {
        assert_eq!(id("a"), id("a"));
        assert_ne!(id("a"), id("b"));
        assert!(id("a").starts_with("urn:uuid:"));
    }
}
