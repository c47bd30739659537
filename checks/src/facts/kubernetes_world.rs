//! Public data about Kubernetes: releases, ends of life and vulnerabilities.
//!
//! All of it is kept as its documents spell it. Whether a cluster is affected, or a release
//! too old, is for the rules to say.

use crate::accepts::is_default;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::borrow::Cow;
use std::fmt;
use strum::Display;

/// Public data about Kubernetes, with the time as of which it is known.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesWorld {
    /// The documents it was read from.
    pub sources: Vec<WorldSource>,
    /// The documents that could not be had or understood, in words. Other ones stand in for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// The entries of lists of releases and branches that could not be understood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadEntry>,
    /// The stable releases, each once.
    pub releases: Vec<KubernetesRelease>,
    /// The branches, such as 1.36, each once.
    pub branches: Vec<KubernetesBranch>,
    /// The records of vulnerabilities, each once.
    pub vulnerabilities: Vec<Vulnerability>,
}

impl KubernetesWorld {
    /// Returns the instant up to which data of a kind is complete. None if there is no document of that kind.
    pub fn as_of(&self, kind: WorldData) -> Option<DateTime<Utc>> {
        self.sources.iter().filter(|source| source.data == kind).map(|source| source.as_of).max()
    }

    /// Returns true if a document of each kind was fetched just now.
    pub fn is_live(&self) -> bool {
        let live = |data| self.sources.iter().any(|source| source.data == data && source.way == WorldWay::Live);
        [WorldData::Releases, WorldData::Branches, WorldData::Vulnerabilities].into_iter().all(live)
    }

    /// Returns the branches whose end of life is still to come at an instant.
    pub fn supported_at(&self, now: DateTime<Utc>) -> impl Iterator<Item = &KubernetesBranch> {
        self.branches.iter().filter(move |branch| now < branch.end_of_life.and_time(NaiveTime::MIN).and_utc())
    }

    /// Returns the last release of a branch in the list, which is sorted.
    pub fn newest_release(&self, branch: &KubernetesBranch) -> Option<&KubernetesRelease> {
        let is_of_branch = |release: &&KubernetesRelease| {
            let version = release.version.trim_start_matches('v');
            version.strip_prefix(&branch.branch).is_some_and(|rest| rest.starts_with('.'))
        };
        self.releases.iter().rfind(is_of_branch)
    }
}

/// The subject of a document.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum WorldData {
    /// Releases, and when they were published.
    Releases,
    /// Branches, and when they reach their end of life.
    Branches,
    /// Vulnerabilities, and which versions they affect.
    Vulnerabilities,
}

/// A document, or several of the same kind.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorldSource {
    /// Its short name, which the facts refer to, for example `github-releases`.
    pub name: String,
    /// The subject of the document.
    pub data: WorldData,
    /// Its address.
    pub address: String,
    /// The way in which it was obtained.
    pub way: WorldWay,
    /// The instant up to which it is complete: when it was fetched; if that is not known, the latest instant that it
    /// mentions itself.
    pub as_of: DateTime<Utc>,
}

/// The way in which a document was obtained.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum WorldWay {
    /// It was fetched during this run.
    Live,
    /// It was fetched not long ago and kept.
    Cache,
    /// It was brought along in a folder.
    Folder,
    /// It is built into the program.
    Bundle,
}

/// An entry of a list of releases or branches that could not be understood.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UnreadEntry {
    /// The subject of the list.
    pub data: WorldData,
    /// The version or branch that the entry names, as spelled; none if it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The problem with it.
    pub problem: String,
    /// The name of the source.
    pub from: String,
}

/// A stable release.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesRelease {
    /// Its version, as spelled, for example `v1.36.4` or `1.36.4`.
    pub version: String,
    /// The date of publication.
    pub published_at: Published,
    /// The name of the source.
    pub from: String,
}

/// A point in time, or a day in UTC if no more is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Published {
    /// An instant.
    At(DateTime<Utc>),
    /// Some instant of a day.
    On(NaiveDate),
}

impl Published {
    /// Returns the earliest instant that it can be.
    pub fn earliest(self) -> DateTime<Utc> {
        match self {
            Self::At(instant) => instant,
            Self::On(day) => day.and_time(NaiveTime::MIN).and_utc(),
        }
    }

    /// Returns the latest instant that it can be.
    pub fn latest(self) -> DateTime<Utc> {
        let within = match self {
            Self::At(_) => TimeDelta::zero(),
            Self::On(_) => TimeDelta::days(1) - TimeDelta::nanoseconds(1),
        };
        self.earliest().checked_add_signed(within).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(instant) => write!(f, "{}", instant.format("%Y-%m-%dT%H:%M:%SZ")),
            Self::On(day) => day.fmt(f),
        }
    }
}

impl Serialize for Published {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(instant) => instant.serialize(serializer),
            Self::On(day) => day.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Published {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let instant = DateTime::parse_from_rfc3339(&text).map(|instant| Self::At(instant.to_utc()));
        let day = || NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(Self::On);
        instant.or_else(|_| day()).map_err(|_| D::Error::custom(format!("{text:?} is neither an instant nor a day")))
    }
}

impl JsonSchema for Published {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Published".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]})
    }
}

/// A branch of releases.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesBranch {
    /// Its name, for example `1.36`.
    pub branch: String,
    /// The first day (UTC) on which it is no longer supported.
    pub end_of_life: NaiveDate,
    /// The first day on which it only gets what is most urgent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_from: Option<NaiveDate>,
    /// The name of the source.
    pub from: String,
}

/// The record of a vulnerability, as its CVE numbering authority (CNA) wrote it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Vulnerability {
    /// Its id, for example `CVE-2024-10220`.
    pub id: String,
    /// The name of the source.
    pub from: String,
    /// The date of the last change to the record, if it gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Published>,
    /// True if its CNA has rejected it: it affects nothing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rejected: bool,
    /// The severity scores that the CNA assigned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<CvssScore>,
    /// The severity scores of the CNA that could not be parsed, as spelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_scores: Vec<String>,
    /// The affected products and versions according to the CNA.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affected: Vec<AffectedProduct>,
    /// The reason why the record is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A base score of CVSS.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CvssScore {
    /// The version of CVSS, as spelled, for example `3.1`.
    pub cvss: String,
    /// The base score, from 0 to 10.
    pub base: f64,
}

/// A product, and which of its versions are affected.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AffectedProduct {
    /// Its name, as spelled: the product, or else the package. Empty if the record names neither.
    pub product: String,
    /// The vendor, as spelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// The status of versions that no entry names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_status: Option<String>,
    /// The entries about versions, as spelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<AffectedVersions>,
}

/// An entry about one or more versions, as spelled.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AffectedVersions {
    /// The version, the lower end, or a text.
    pub version: String,
    /// `affected`, `unaffected` or `unknown`.
    pub status: String,
    /// The upper end, which is not part of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less_than: Option<String>,
    /// The upper end, which is part of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less_than_or_equal: Option<String>,
    /// The numbering scheme of the versions, as spelled, for example `semver` or `git`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_type: Option<String>,
    /// The versions inside the range from which on another status holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<StatusChange>,
}

/// A version from which on another status holds, up to the next change or the end of the range.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StatusChange {
    /// The version, as spelled.
    pub at: String,
    /// `affected`, `unaffected` or `unknown`.
    pub status: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("\"2026-08-20\"", "2026-08-20T00:00:00Z", "2026-08-20T23:59:59.999999999Z")]
    #[case("\"2026-08-20T10:11:12Z\"", "2026-08-20T10:11:12Z", "2026-08-20T10:11:12Z")]
    #[case("\"2026-08-20T10:11:12+02:00\"", "2026-08-20T08:11:12Z", "2026-08-20T08:11:12Z")]
    fn a_day_is_all_its_instants(#[case] json: &str, #[case] earliest: &str, #[case] latest: &str) {
        let published: Published = serde_json::from_str(json).unwrap();
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!((published.earliest(), published.latest()), (instant(earliest), instant(latest)));
        let again: Published = serde_json::from_str(&serde_json::to_string(&published).unwrap()).unwrap();
        assert_eq!(again, published);
    }

    #[rstest]
    #[case("\"2026-02-30\"")]
    #[case("\"yesterday\"")]
    #[case("\"2026-08-20T10:11\"")]
    #[case("20260820")]
    fn other_texts_are_no_time(#[case] json: &str) {
        assert!(serde_json::from_str::<Published>(json).is_err());
    }

    #[test]
    fn the_newest_document_of_a_kind_says_how_current_it_is() {
        let source = |data, day: &str| WorldSource {
            name: "s".into(),
            data,
            address: "https://example.org".into(),
            way: WorldWay::Live,
            as_of: format!("{day}T00:00:00Z").parse().unwrap(),
        };
        let sources = vec![
            source(WorldData::Releases, "2026-08-20"),
            source(WorldData::Releases, "2026-08-22"),
            source(WorldData::Branches, "2026-11-01"),
        ];
        let world = KubernetesWorld { sources, ..KubernetesWorld::default() };
        assert_eq!(world.as_of(WorldData::Releases), Some("2026-08-22T00:00:00Z".parse().unwrap()));
        assert_eq!(world.as_of(WorldData::Vulnerabilities), None);
    }
}
