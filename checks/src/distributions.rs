//! Releases of Linux distributions: data beside the definitions, which rules about images and nodes read.
//!
//! They are no fact of a subject, but belong to what is demanded of it: a definition names a distribution, and loading binds
//! the name to its releases. Their digest is part of that of the definitions.

mod release;
mod rhythm;
mod yaml;

pub use release::{Maintenance, Release, number};
pub use rhythm::{NextRelease, Rhythm};

use crate::verdict::{Reason, ReasonCode};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// The releases of all distributions that are known.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Releases of distributions")]
pub struct Distributions {
    /// The releases by the name of the distribution, as images have it in `os_distro`.
    pub distributions: BTreeMap<String, Distribution>,
    /// The origin of the data: a package and its version.
    pub source: String,
    /// The day as of which the source describes the world.
    pub as_of: NaiveDate,
}

/// A distribution.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// The rhythm of its releases, by which newer data is trusted for so long; none if people decide that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rhythm: Option<Rhythm>,
    /// The last day on which no release can count that is missing here.
    pub trusted_until: NaiveDate,
    /// Its releases, the oldest first.
    pub releases: Vec<Release>,
}

impl Distributions {
    /// Returns the first thing that contradicts itself.
    pub fn contradiction(&self) -> Option<String> {
        self.distributions.iter().find_map(|(name, distribution)| {
            let mut seen = HashSet::new();
            let twice = distribution.releases.iter().find(|release| !seen.insert(&release.version));
            let backwards = distribution.releases.windows(2).find(|pair| pair[0].number() >= pair[1].number());
            match (twice, backwards) {
                (Some(release), _) => Some(format!("{name} {} appears here twice", release.version)),
                (None, Some(pair)) => Some(format!("{name} {} is not newer than {}", pair[1].version, pair[0].version)),
                (None, None) => None,
            }
        })
    }
}

/// The releases of the distribution that a definition names. Unbound it knows none, so that its rule decides nothing.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct Releases {
    /// The name of the distribution, as images have it in `os_distro`.
    name: String,
    #[serde(skip)]
    known: Option<Known>,
}

/// The data of a distribution, with its origin.
#[derive(Clone, Debug)]
struct Known {
    distribution: Distribution,
    source: String,
    as_of: NaiveDate,
}

impl Releases {
    /// Returns the name of the distribution.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the releases of the distribution from the data; returns false if the data does not have it.
    pub fn bind(&mut self, all: &Distributions) -> bool {
        let distribution = all.distributions.get(&self.name).cloned();
        self.known =
            distribution.map(|distribution| Known { distribution, source: all.source.clone(), as_of: all.as_of });
        self.known.is_some()
    }

    /// Returns the releases, the oldest first.
    pub fn list(&self) -> &[Release] {
        self.known.as_ref().map_or(&[], |known| &known.distribution.releases)
    }

    /// Returns the release of a version.
    pub fn version(&self, version: &str) -> Option<&Release> {
        self.list().iter().find(|release| release.version == version)
    }

    /// Returns the release that a version belongs to, be it with further parts: 24.04 for `24.04.3`.
    pub fn release_of(&self, version: &str) -> Option<&Release> {
        let wanted = number(version)?;
        self.list().iter().find(|release| release.number().is_some_and(|number| wanted.starts_with(&number)))
    }

    /// Returns the first day on which a release may count that is not known; none where nothing is known.
    pub fn end(&self) -> Option<NaiveDate> {
        self.known.as_ref()?.distribution.trusted_until.succ_opt()
    }

    /// Returns the reason if the data does not suffice to name the newest release on a day.
    pub fn outdated(&self, day: NaiveDate) -> Option<Reason> {
        self.too_old(day, |known| {
            let since = known.distribution.trusted_until.succ_opt().unwrap_or(day);
            format!(
                "a newer release of {} may count since {since}, and {} as of {} does not name it",
                self.name, known.source, known.as_of
            )
        })
    }

    /// Returns the reason if the data does not suffice to name ends of maintenance on a day: they are moved at times.
    pub fn ends_outdated(&self, day: NaiveDate) -> Option<Reason> {
        self.too_old(day, |known| {
            format!(
                "ends of maintenance of {} may have been moved since {} as of {}",
                self.name, known.source, known.as_of
            )
        })
    }

    fn too_old(&self, day: NaiveDate, consequence: impl FnOnce(&Known) -> String) -> Option<Reason> {
        let message = match &self.known {
            None => format!("the definitions have no releases of {} (data/distributions.yaml)", self.name),
            Some(known) if day > known.distribution.trusted_until => {
                let consequence = consequence(known);
                format!("distribution data ends before {day}: {consequence}; use definitions with newer data")
            }
            Some(_) => return None,
        };
        Some(Reason::new(ReasonCode::OutdatedData, message))
    }
}
