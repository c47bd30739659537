//! Signs that a list goes on. The links to the next page come in every spelling OpenStack has: Glance `next`, Nova, Neutron and
//! Cinder `<collection>_links`, Keystone `links.next`. Whatever else may speak of more is not understood.

use crate::wire::list::{Rest, pass};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The links of a page, and how many items it says that there are.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Links {
    links: Vec<Link>,
    /// The most that is said.
    pub total: Option<u64>,
}

/// One link to the next page.
#[derive(Debug, PartialEq)]
enum Link {
    To(String),
    /// It may be one, but cannot be read: what it is instead.
    Unreadable(&'static str),
    /// Something else says that there is more: under which key.
    Hint(String),
}

/// The reason why the next page of a list cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("the link to the next page is not a string, but {0}")]
    Unreadable(&'static str),
    #[error("the list may go on: `{0}` says so, in a way that OpenStack does not use")]
    Hint(String),
    #[error("there are two links to the next page, and they differ")]
    Two,
    #[error("the link to the next page is not a valid URL: {0}")]
    Url(#[from] url::ParseError),
    #[error("the link to the next page points to another host, {0}; the token is not sent there")]
    OtherHost(String),
    #[error("the link to the next page points to another resource, {0}")]
    OtherResource(String),
}

impl Links {
    /// Returns the link to the next page, if there is one.
    ///
    /// # Errors
    /// There may be one, but it cannot be read, or there are two: whoever took that for the end would lose the rest of the
    /// list.
    pub fn next(self) -> Result<Option<String>, LinkError> {
        let mut found: Option<String> = None;
        for link in self.links {
            match (link, &found) {
                (Link::Unreadable(what), _) => return Err(LinkError::Unreadable(what)),
                (Link::Hint(key), _) => return Err(LinkError::Hint(key)),
                (Link::To(link), Some(other)) if link != *other => return Err(LinkError::Two),
                (Link::To(link), _) => found = Some(link),
            }
        }
        Ok(found)
    }
}

impl Rest for Links {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "next" => self.links.extend(map.next_value::<Next>()?.0),
            "links" => self.links.extend(map.next_value::<Group>()?.0),
            key if key.ends_with("_links") => self.links.extend(map.next_value::<Group>()?.0),
            key => map.next_value_seed(Beside { key, links: self })?,
        }
        Ok(())
    }
}

/// Returns true for the name of a key or a header that says, unless it has no value, that there is more.
pub(super) fn speaks_of_more(name: &str) -> bool {
    const WORDS: [&str; 8] = ["next", "more", "link", "truncated", "marker", "continu", "partial", "incomplete"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Returns true for the name of a key or a header that says how many items there are.
pub(super) fn is_total(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    let plain = plain.strip_prefix('x').unwrap_or(&plain);
    matches!(plain, "total" | "count" | "totalcount" | "totalitems" | "totalresults" | "totalsize")
}

/// The value of any other key of a page, or of an object in it.
struct Beside<'a> {
    key: &'a str,
    links: &'a mut Links,
}

impl Beside<'_> {
    /// Notes that the value is one that says yes, where the key asks.
    fn yes(self) {
        if speaks_of_more(self.key) {
            self.links.links.push(Link::Hint(self.key.chars().take(50).collect()));
        }
    }

    fn number(self, number: u64) {
        if is_total(self.key) {
            self.links.total = self.links.total.max(Some(number));
        } else if number > 0 {
            self.yes();
        }
    }
}

impl<'de> DeserializeSeed<'de> for Beside<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Beside<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, is_so: bool) -> Result<(), E> {
        if is_so {
            self.yes();
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.number(number);
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.yes();
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.yes();
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if let Ok(number) = text.trim().parse() {
            self.number(number);
        } else if !text.trim().is_empty() && !text.eq_ignore_ascii_case("false") {
            self.yes();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut count = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        if count > 0 {
            self.yes();
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(Beside { key: &key, links: &mut *self.links })?;
        }
        Ok(())
    }
}

/// The value of `next`. Nothing is written in many ways.
struct Next(Option<Link>);

impl<'de> Deserialize<'de> for Next {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self(None))
    }
}

impl Next {
    fn unreadable<E>(what: &'static str) -> Result<Self, E> {
        Ok(Self(Some(Link::Unreadable(what))))
    }
}

impl<'de> Visitor<'de> for Next {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a link")
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(Self(None))
    }

    fn visit_str<E: Error>(self, link: &str) -> Result<Self, E> {
        Ok(Self((!link.trim().is_empty()).then(|| Link::To(link.to_owned()))))
    }

    fn visit_bool<E: Error>(self, is_more: bool) -> Result<Self, E> {
        if is_more { Self::unreadable("true") } else { Ok(Self(None)) }
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Self::unreadable("a number")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Self::unreadable("a number")
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Self::unreadable("a number")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        let mut count = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        if count > 0 { Self::unreadable("a list") } else { Ok(Self(None)) }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut count = 0;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            count += 1;
        }
        if count > 0 { Self::unreadable("an object") } else { Ok(Self(None)) }
    }
}

/// Links with their relations: a list of them, or an object whose keys are the relations. Another object than Keystone's is
/// not readable.
struct Group(Vec<Link>);

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Group {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of links")
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self, E> {
        if text.is_empty() { Ok(self) } else { Err(E::invalid_type(serde::de::Unexpected::Str(text), &self)) }
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut links: A) -> Result<Self, A::Error> {
        while let Some(Related(link)) = links.next_element()? {
            self.0.extend(link);
        }
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(relation) = map.next_key::<String>()? {
            match Relation::from_text(&relation) {
                Relation::Next => self.0.extend(map.next_value::<Next>()?.0),
                Relation::Other => pass(&mut map)?,
                Relation::Unclear => {
                    pass(&mut map)?;
                    self.0.push(Link::Unreadable("an object"));
                }
            }
        }
        Ok(self)
    }
}

/// The relation of a link to its page.
enum Relation {
    Next,
    Other,
    Unclear,
}

impl Relation {
    /// Classifies the name of a relation. Everything but the word itself that may mean the next page is not clear.
    fn from_text(text: &str) -> Self {
        match text {
            "next" => Self::Next,
            "self" | "previous" | "prev" | "first" | "last" | "bookmark" | "describedby" | "alternate" => Self::Other,
            _ => Self::Unclear,
        }
    }
}

/// One of a list of links, if it leads to the next page.
struct Related(Option<Link>);

impl<'de> Deserialize<'de> for Related {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self(None))
    }
}

impl<'de> Visitor<'de> for Related {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a link")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let (mut relation, mut link) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "rel" => relation = Some(map.next_value::<String>()?),
                "href" => link = map.next_value::<Next>()?.0,
                _ => pass(&mut map)?,
            }
        }
        Ok(Self(match Relation::from_text(&relation.unwrap_or_default()) {
            Relation::Other => None,
            Relation::Next => Some(link.unwrap_or(Link::Unreadable("null"))),
            Relation::Unclear => Some(Link::Unreadable("its relation is not clear")),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use scs_checks::json;

    struct Page;

    impl<'de> DeserializeSeed<'de> for Page {
        type Value = Links;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Links, D::Error> {
            deserializer.deserialize_map(self)
        }
    }

    impl<'de> Visitor<'de> for Page {
        type Value = Links;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a page")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Links, A::Error> {
            let mut links = Links::default();
            while let Some(key) = map.next_key::<String>()? {
                links.take(&key, &mut map)?;
            }
            Ok(links)
        }
    }

    fn next(page: &str) -> Result<Option<String>, String> {
        json::read(page.as_bytes(), Page).map_err(|flaw| format!("{flaw:?}"))?.next().map_err(|error| error.to_string())
    }

    #[rstest]
    #[case("{}", None)]
    #[case(r#"{"next": null}"#, None)]
    #[case(r#"{"next": ""}"#, None)]
    #[case(r#"{"next": []}"#, None)]
    #[case(r#"{"next": {}}"#, None)]
    #[case(r#"{"next": false}"#, None)]
    #[case(r#"{"things_links": []}"#, None)]
    #[case(r#"{"things_links": null}"#, None)]
    #[case(r#"{"things_links": {}}"#, None)]
    #[case(r#"{"things_links": [{"rel": "self", "href": "a"}, {"rel": "previous", "href": "b"}]}"#, None)]
    #[case(r#"{"links": {"next": null, "self": "a", "previous": null}}"#, None)]
    #[case(r#"{"links": {"next": "a", "self": "b"}}"#, Some("a"))]
    #[case(r#"{"links": [{"rel": "next", "href": "a"}]}"#, Some("a"))]
    #[case(r#"{"next": "a", "first": "b", "schema": "c"}"#, Some("a"))]
    #[case(r#"{"things_links": [{"href": "a", "rel": "next"}]}"#, Some("a"))]
    #[case(r#"{"next": "a", "things_links": [{"href": "a", "rel": "next"}]}"#, Some("a"))]
    #[case(r#"{"Next": null, "next_marker": "", "truncated": false, "has_more": 0, "next_links": []}"#, None)]
    #[case(r#"{"schema": "/v2/schemas/images", "first": "/v2/images", "previous": "c", "meta": {"next": null}}"#, None)]
    fn links_are_found(#[case] page: &str, #[case] link: Option<&str>) {
        assert_eq!(next(page).unwrap().as_deref(), link);
    }

    #[rstest]
    #[case(r#"{"total": 7}"#, Some(7))]
    #[case(r#"{"totalCount": 7, "count": 5}"#, Some(7))]
    #[case(r#"{"page_info": {"total_count": "7"}}"#, Some(7))]
    #[case(r#"{"total": null, "account": 3}"#, None)]
    fn totals_are_found(#[case] page: &str, #[case] total: Option<u64>) {
        assert_eq!(json::read(page.as_bytes(), Page).unwrap().total, total);
    }

    #[rstest]
    #[case(r#"{"next": 2}"#)]
    #[case(r#"{"next": true}"#)]
    #[case(r#"{"next": ["a"]}"#)]
    #[case(r#"{"next": {"href": "a"}}"#)]
    #[case(r#"{"links": {"next": {"href": "a"}}}"#)]
    #[case(r#"{"links": {"Next": "a"}}"#)]
    #[case(r#"{"links": "a"}"#)]
    #[case(r#"{"things_links": {"rel": "next", "href": "a"}}"#)]
    #[case(r#"{"things_links": "a"}"#)]
    #[case(r#"{"things_links": 1}"#)]
    #[case(r#"{"things_links": ["a"]}"#)]
    #[case(r#"{"things_links": [{"rel": "Next", "href": "a"}]}"#)]
    #[case(r#"{"things_links": [{"rel": " next", "href": "a"}]}"#)]
    #[case(r#"{"things_links": [{"rel": ["next"], "href": "a"}]}"#)]
    #[case(r#"{"things_links": [{"rel": "next"}]}"#)]
    #[case(r#"{"things_links": [{"rel": "next", "href": ""}]}"#)]
    #[case(r#"{"things_links": [{"href": "a"}]}"#)]
    #[case(r#"{"next": "a", "things_links": [{"rel": "next", "href": "b"}]}"#)]
    #[case(r#"{"Next": "a"}"#)]
    #[case(r#"{"next_marker": "a"}"#)]
    #[case(r#"{"nextLink": "a"}"#)]
    #[case(r#"{"things_link": [{"rel": "next", "href": "a"}]}"#)]
    #[case(r#"{"truncated": true}"#)]
    #[case(r#"{"has_more": 1}"#)]
    #[case(r#"{"is_truncated": "true"}"#)]
    #[case(r#"{"pagination": {"next": "a"}}"#)]
    #[case(r#"{"meta": {"page": {"has_more": true}}}"#)]
    fn what_may_be_a_link_is_not_the_end(#[case] page: &str) {
        assert!(next(page).is_err(), "{page}");
    }
}
