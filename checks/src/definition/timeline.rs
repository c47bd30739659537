//! The versions of a scope that count on a given day.

use super::date::Date;
use super::located::Located;
use super::problem::{Problem, Source};
use chrono::NaiveDate;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

/// The standing of a version of a scope on a given day.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Validity {
    /// Clouds are certified against it.
    Effective,
    /// Clouds are certified against it, but not for much longer.
    Warn,
    /// It can be tested, but is not in force yet.
    Draft,
    /// It can be tested, but is no longer in force.
    Deprecated,
}

impl Validity {
    /// Returns true if a certificate depends on it.
    pub fn decides(self) -> bool {
        matches!(self, Self::Effective | Self::Warn)
    }
}

/// From a day on, these versions count.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// From which day on.
    pub date: Located<Date>,
    /// The standing of each version; one that is not listed is deprecated.
    pub versions: IndexMap<Located<String>, Validity>,
}

/// The history of a scope's versions: from each date on, these versions are listed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Timeline {
    entries: Vec<(NaiveDate, IndexMap<String, Validity>)>,
}

impl Timeline {
    /// Returns the versions that are listed on a day, in the order of the file. None before the first entry.
    pub fn at(&self, day: NaiveDate) -> Option<&IndexMap<String, Validity>> {
        self.entries.iter().filter(|(date, _)| *date <= day).max_by_key(|(date, _)| *date).map(|(_, listed)| listed)
    }

    /// Returns the standing of a version on a day; a version that is not listed is deprecated.
    pub fn validity(&self, version: &str, day: NaiveDate) -> Validity {
        self.at(day).and_then(|listed| listed.get(version)).copied().unwrap_or(Validity::Deprecated)
    }

    /// Returns the days on which something changes.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> {
        self.entries.iter().map(|(date, _)| *date)
    }

    /// Returns a timeline whose versions exist and whose dates differ; what is wrong goes to `problems`.
    pub(super) fn checked(
        entries: Vec<Entry>,
        versions: &[&str],
        source: &Source,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut timeline = Self::default();
        for entry in entries {
            if timeline.dates().any(|date| date == entry.date.value.0) {
                problems.push(
                    source
                        .problem_at(&entry.date, format!("two entries of the timeline begin on {}", *entry.date))
                        .help("merge them: only one can be meant"),
                );
            }
            for version in entry.versions.keys().filter(|version| !versions.contains(&version.as_str())) {
                problems.push(
                    source
                        .problem_at(version, format!("the timeline names an unknown version \"{version}\""))
                        .suggest(version, versions.iter().copied()),
                );
            }
            let listed = entry.versions.into_iter().map(|(version, validity)| (version.value, validity));
            timeline.entries.push((entry.date.value.0, listed.collect()));
        }
        timeline
    }
}
