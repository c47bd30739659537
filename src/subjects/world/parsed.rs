//! The documents as they are passed on: read, with their origin.

use super::documents::{self, Branches, CveFeed, DocumentError, Releases};
use super::sources::Document;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use scs_checks::facts::{Vulnerability, WorldData, WorldWay};

/// The content of a document.
pub(super) enum Parsed {
    Releases(Releases),
    Branches(Branches),
    Feed(CveFeed),
    Record(Box<Vulnerability>),
}

/// Reads a document.
pub(super) fn parse(document: &Document, text: &str) -> Result<Parsed, DocumentError> {
    let from = document.name();
    Ok(match document {
        Document::GithubReleases => Parsed::Releases(documents::github_releases(text, from)?),
        Document::ReleaseDates => Parsed::Releases(documents::release_dates(text, from)?),
        Document::Schedule => Parsed::Branches(documents::schedule(text, from)?),
        Document::EndsOfLife => Parsed::Branches(documents::ends_of_life(text, from)?),
        Document::Product => Parsed::Branches(documents::product(text, from)?),
        Document::Feed => Parsed::Feed(documents::feed(text)?),
        Document::Record(id) => Parsed::Record(Box::new(documents::record(text, id, from)?)),
    })
}

impl Parsed {
    /// Returns the latest instant before `now` that it speaks of as past: it is not older than that. What it says of
    /// the future does not make it younger.
    pub fn newest(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let begin = |day: &NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let past = |instant: &DateTime<Utc>| *instant <= now;
        match self {
            Self::Releases(releases) => releases.list.iter().map(|r| r.published_at.earliest()).filter(past).max(),
            Self::Branches(branches) => branches.days.iter().map(begin).filter(past).max(),
            Self::Feed(feed) => feed.updated_at.filter(past),
            Self::Record(record) => record.updated_at.map(|updated| updated.earliest()).filter(past),
        }
    }

    /// Returns the kind of data that it has.
    pub fn data(&self) -> WorldData {
        match self {
            Self::Releases(_) => WorldData::Releases,
            Self::Branches(_) => WorldData::Branches,
            Self::Feed(_) | Self::Record(_) => WorldData::Vulnerabilities,
        }
    }
}

/// A document that was obtained and understood.
pub(super) struct ObtainedDocument {
    pub parsed: Parsed,
    pub way: WorldWay,
    pub address: String,
    pub as_of: DateTime<Utc>,
}

/// A document, if it could be obtained, and the problem on the way to it.
#[derive(Default)]
pub(super) struct Attempt {
    pub obtained: Option<ObtainedDocument>,
    pub problem: Option<String>,
}
