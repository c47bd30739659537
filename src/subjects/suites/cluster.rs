//! Reads what an archive of Sonobuoy says of the cluster that was tested, and of itself.

use super::budget::lines;
use super::error::ContentError;
use chrono::{DateTime, Utc};
use scs_checks::facts::TestedNode;
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::io::{BufRead, Read};

/// The most nodes or namespaces that are looked at.
const MOST_ITEMS: usize = 20_000;
/// The largest document of which all is kept, in bytes; real ones have 2 KiB.
const LARGEST: u64 = 256 << 10;
/// The longest name or UID, in bytes: that of Kubernetes' own names.
const LONGEST_NAME: usize = 253;

/// `serverversion.json`, the answer of `/version`.
#[derive(Deserialize)]
pub(super) struct ServerVersion {
    #[serde(rename = "gitVersion")]
    pub git_version: String,
}

/// `meta/config.json`, the configuration of Sonobuoy.
#[derive(Deserialize)]
pub(super) struct Config {
    #[serde(rename = "Version", default)]
    pub version: String,
}

/// A list of objects, of which only names and UIDs matter.
#[derive(Deserialize)]
struct List {
    #[serde(deserialize_with = "few")]
    items: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    uid: Option<String>,
}

/// Reads names and UIDs of the objects of a list.
///
/// # Errors
/// It is not such a list, or has too many objects.
pub(super) fn names(file: impl BufRead) -> Result<Vec<TestedNode>, ContentError> {
    let List { items } = json(file)?;
    let objects = items.into_iter().map(|item| TestedNode { name: item.metadata.name, uid: item.metadata.uid });
    let objects: Vec<TestedNode> = objects.collect();
    let is_long = |text: &str| text.len() > LONGEST_NAME;
    match objects.iter().any(|object| is_long(&object.name) || object.uid.as_deref().is_some_and(is_long)) {
        true => Err(ContentError::TooLarge(format!("it has a name of more than {LONGEST_NAME} bytes"))),
        false => Ok(objects),
    }
}

/// Reads a document.
///
/// # Errors
/// It is not such a document: where.
pub(super) fn json<T: DeserializeOwned>(file: impl BufRead) -> Result<T, ContentError> {
    Ok(serde_json::from_reader(file)?)
}

/// Reads a document of which all is kept.
///
/// # Errors
/// It is not such a document: where; or it is too large.
pub(super) fn whole(file: impl BufRead) -> Result<Value, ContentError> {
    let mut text = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(ContentError::Unreadable)?;
    match text.len() as u64 > LARGEST {
        true => Err(ContentError::TooLarge(format!("it has more than {} KiB", LARGEST >> 10))),
        false => Ok(serde_json::from_slice(&text)?),
    }
}

/// Reads the time of the last line of `meta/run.log`.
///
/// # Errors
/// It breaks off.
pub(super) fn last_time(log: impl BufRead) -> Result<Option<DateTime<Utc>>, ContentError> {
    #[derive(Deserialize)]
    struct Line {
        time: DateTime<Utc>,
    }
    let mut last = None;
    let read = lines(log, |line| last = serde_json::from_str(line).ok().map(|Line { time }| time).max(last));
    read.map_err(ContentError::Unreadable)?;
    Ok(last)
}

/// Reads a list of no more than [`MOST_ITEMS`].
fn few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Object>, D::Error> {
    struct Few;
    impl<'de> Visitor<'de> for Few {
        type Value = Vec<Object>;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Object>, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = list.next_element()? {
                if items.len() >= MOST_ITEMS {
                    return Err(A::Error::custom(format!("it has more than {MOST_ITEMS} items")));
                }
                items.push(item);
            }
            Ok(items)
        }
    }
    deserializer.deserialize_seq(Few)
}
