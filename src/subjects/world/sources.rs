//! The addresses of the documents, which can be changed, and the names of their files.

use crate::wire::address::is_local;
use serde::{Deserialize, Deserializer, de::Error as _};
use thiserror::Error;
use url::Url;

/// One document.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Document {
    /// The newest releases, with the second of their publication.
    GithubReleases,
    /// The days of all releases.
    ReleaseDates,
    /// The supported branches.
    Schedule,
    /// The branches that are no longer supported.
    EndsOfLife,
    /// Both kinds of branches, as endoflife.date sees it.
    Product,
    /// The ids of vulnerabilities.
    Feed,
    /// The record of the vulnerability of an id.
    Record(String),
}

impl Document {
    /// All but the records, whose number nobody knows beforehand.
    pub const FIXED: [Self; 6] =
        [Self::GithubReleases, Self::ReleaseDates, Self::Schedule, Self::EndsOfLife, Self::Product, Self::Feed];

    /// Returns the short name by which facts refer to it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::GithubReleases => "github-releases",
            Self::ReleaseDates => "release-dates",
            Self::Schedule => "schedule",
            Self::EndsOfLife => "ends-of-life",
            Self::Product => "endoflife-date",
            Self::Feed => "cve-feed",
            Self::Record(_) => "cve-record",
        }
    }

    /// Returns the name of its file in a folder of documents, as its publisher calls it.
    pub fn file(&self) -> String {
        match self {
            Self::GithubReleases => "github-releases.json".into(),
            Self::ReleaseDates => "release-data-kubernetes.json".into(),
            Self::Schedule => "schedule.yaml".into(),
            Self::EndsOfLife => "eol.yaml".into(),
            Self::Product => "kubernetes.md".into(),
            Self::Feed => "official-cve-feed.json".into(),
            Self::Record(id) => format!("cve/{id}.json"),
        }
    }

    /// Returns the largest that it can plausibly be, in bytes. What is read of it can take 32 times as much memory.
    pub fn largest(&self) -> usize {
        match self {
            Self::Record(_) => 1 << 20,
            _ => 4 << 20,
        }
    }
}

/// The addresses of the documents. Those left out in a file are the public ones.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sources {
    /// GitHub's list of releases.
    #[serde(deserialize_with = "address")]
    pub github_releases: Url,
    /// The days of releases, as endoflife.date collects them.
    #[serde(deserialize_with = "address")]
    pub release_dates: Url,
    /// The schedule of kubernetes.io.
    #[serde(deserialize_with = "address")]
    pub schedule: Url,
    /// The list of ended branches of kubernetes.io.
    #[serde(deserialize_with = "address")]
    pub ends_of_life: Url,
    /// The page of endoflife.date on Kubernetes, as its source.
    #[serde(deserialize_with = "address")]
    pub endoflife_date: Url,
    /// The official CVE feed.
    #[serde(deserialize_with = "address")]
    pub cve_feed: Url,
    /// The folder of CVE records; the id follows as a last part of the path.
    #[serde(deserialize_with = "address")]
    pub cve_records: Url,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            github_releases: known("https://api.github.com/repos/kubernetes/kubernetes/releases?per_page=100"),
            release_dates: known(
                "https://raw.githubusercontent.com/endoflife-date/release-data/main/releases/kubernetes.json",
            ),
            schedule: known("https://raw.githubusercontent.com/kubernetes/website/main/data/releases/schedule.yaml"),
            ends_of_life: known("https://raw.githubusercontent.com/kubernetes/website/main/data/releases/eol.yaml"),
            endoflife_date: known(
                "https://raw.githubusercontent.com/endoflife-date/endoflife.date/master/products/kubernetes.md",
            ),
            cve_feed: known("https://kubernetes.io/docs/reference/issues-security/official-cve-feed/index.json"),
            cve_records: known("https://cveawg.mitre.org/api/cve/"),
        }
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => Err(D::Error::custom(format!("{text:?} is not an address of the form https://…"))),
    }
}

/// Returns an address that is written here. A test reads them all.
#[expect(clippy::expect_used, reason = "the addresses are constants, and a test reads them all")]
fn known(address: &str) -> Url {
    Url::parse(address).expect("an address in this file")
}

/// Addresses of documents that cannot be read.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct SourcesError(#[from] serde_yaml::Error);

impl Sources {
    /// Reads addresses, for example of mirrors, from YAML.
    ///
    /// # Errors
    /// The text is not YAML, or has other keys, or something that is not an address.
    pub fn from_yaml(text: &str) -> Result<Self, SourcesError> {
        Ok(serde_yaml::from_str(text)?)
    }

    /// Returns all addresses.
    pub fn all(&self) -> [&Url; 7] {
        let Self { github_releases, release_dates, schedule, ends_of_life, endoflife_date, cve_feed, cve_records } =
            self;
        [github_releases, release_dates, schedule, ends_of_life, endoflife_date, cve_feed, cve_records]
    }

    /// Returns true if all of them are on this machine, to which no proxy leads.
    pub fn are_here(&self) -> bool {
        self.all().into_iter().all(is_local)
    }

    /// Returns the address of a document.
    pub fn address(&self, document: &Document) -> Url {
        match document {
            Document::GithubReleases => self.github_releases.clone(),
            Document::ReleaseDates => self.release_dates.clone(),
            Document::Schedule => self.schedule.clone(),
            Document::EndsOfLife => self.ends_of_life.clone(),
            Document::Product => self.endoflife_date.clone(),
            Document::Feed => self.cve_feed.clone(),
            Document::Record(id) => {
                let mut url = self.cve_records.clone();
                // An address without a path, such as `data:`, was refused when it was read.
                if let Ok(mut path) = url.path_segments_mut() {
                    path.pop_if_empty().push(id);
                }
                url
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn the_public_addresses_are_addresses() {
        let sources = Sources::default();
        assert!(Document::FIXED.iter().all(|document| sources.address(document).scheme() == "https"));
        let record = sources.address(&Document::Record("CVE-2024-10220".into()));
        assert_eq!(record.as_str(), "https://cveawg.mitre.org/api/cve/CVE-2024-10220");
    }

    #[test]
    fn what_a_file_leaves_out_is_public() {
        let sources = Sources::from_yaml("cve-records: http://mirror.example/cve").unwrap();
        let record = sources.address(&Document::Record("CVE-2024-10220".into()));
        assert_eq!(record.as_str(), "http://mirror.example/cve/CVE-2024-10220");
        assert_eq!(sources.schedule, Sources::default().schedule);
    }

    #[rstest]
    #[case("http://127.0.0.1:8080", true)]
    #[case("http://[::1]:8080", true)]
    #[case("http://localhost", true)]
    #[case("http://localhost.example", false)]
    #[case("http://10.0.0.1", false)]
    fn what_is_here_is_asked_without_a_proxy(#[case] base: &str, #[case] here: bool) {
        let keys = [
            "github-releases",
            "release-dates",
            "schedule",
            "ends-of-life",
            "endoflife-date",
            "cve-feed",
            "cve-records",
        ];
        let yaml: String = keys.iter().map(|key| format!("{key}: \"{base}/{key}\"\n")).collect();
        assert_eq!(Sources::from_yaml(&yaml).unwrap().are_here(), here);
        let partly: String = yaml.lines().skip(1).map(|line| format!("{line}\n")).collect();
        assert!(!Sources::from_yaml(&partly).unwrap().are_here());
    }

    #[rstest]
    #[case("cve-feed: mirror.example/feed")]
    #[case("cve-feed: file:///etc/passwd")]
    #[case("feed: https://mirror.example/feed")]
    fn other_addresses_are_refused(#[case] yaml: &str) {
        assert!(Sources::from_yaml(yaml).is_err());
    }
}
