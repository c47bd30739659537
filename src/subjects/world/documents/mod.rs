//! Reads the public documents about Kubernetes: text in, facts out. Nothing is fetched here.
//!
//! Every function takes whatever it is given and says in one sentence what is wrong with it.

mod branches;
mod error;
mod releases;
mod rows;
mod text;
mod vulnerabilities;

#[cfg(test)]
mod tests;

pub use branches::{Branches, ends_of_life, product, schedule};
pub use error::DocumentError;
pub use releases::{Releases, github_releases, release_dates};
pub use vulnerabilities::{CveFeed, feed, is_cve_id, record};

pub(super) use text::short;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use scs_checks::facts::{Published, UnreadEntry, WorldData};
use serde::de::DeserializeOwned;

/// The most entries of a document that are kept although they are not understood.
const UNREAD: usize = 100;

/// Lists entries that are not understood, each by its name, if it has one, and what is wrong. Of very many, some are
/// kept, and the last stands for all others.
fn unread(data: WorldData, entries: Vec<(Option<String>, DocumentError)>, from: &str) -> Vec<UnreadEntry> {
    let more = entries.len().saturating_sub(UNREAD);
    let rest = (more > 0).then(|| (None, format!("{more} more entries are not understood").into()));
    let entries = entries.into_iter().take(UNREAD).chain(rest);
    let entry = |(name, problem): (Option<String>, DocumentError)| {
        let problem = problem.to_string();
        let problem = name.as_ref().map_or_else(|| problem.clone(), |name| format!("{name}: {problem}"));
        UnreadEntry { data, name: name.as_deref().map(short), problem: short(&problem), from: from.to_owned() }
    };
    entries.map(entry).collect()
}

/// Reads JSON of a shape; the error says where it differs.
fn json<T: DeserializeOwned>(text: &str) -> Result<T, DocumentError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().to_string();
        let place = if place == "." { String::new() } else { format!(" at {place}") };
        DocumentError::form("JSON", &place, &error.into_inner().to_string())
    })?;
    json.end().map_err(|error| DocumentError::form("JSON", "", &error.to_string()))?;
    Ok(value)
}

/// Reads YAML of a shape; the error says where it differs.
fn yaml<T: DeserializeOwned>(text: &str) -> Result<T, DocumentError> {
    serde_yaml::from_str(text).map_err(|error| {
        let message = error.to_string();
        DocumentError::form("YAML", "", message.lines().next().unwrap_or_default())
    })
}

/// Reads a day as `2026-08-20`.
fn day(text: &str) -> Result<NaiveDate, DocumentError> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| format!("{text:?} is not a date").into())
}

/// Reads an instant with its zone, or without (then it is UTC), or a day.
fn published(text: &str) -> Result<Published, DocumentError> {
    let text = text.trim();
    let zoned = || DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc());
    let plain = || text.parse::<NaiveDateTime>().ok().map(|instant| instant.and_utc());
    match zoned().or_else(plain) {
        Some(instant) => Ok(Published::At(instant)),
        None => day(text).map(Published::On),
    }
}
