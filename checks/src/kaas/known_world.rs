//! Orders the public data about Kubernetes for the rules of scs-0210.

use super::affected_range::IsAffected;
use super::kubernetes_version::{Branch, Spelled, Version};
use super::weakness::{Products, Weakness};
use crate::facts::{KubernetesBranch, KubernetesRelease, KubernetesWorld, Published, UnreadEntry, WorldData, WorldWay};
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::str::FromStr;

/// The public data as known at an instant.
pub(super) struct Known<'a> {
    pub world: &'a KubernetesWorld,
    pub now: DateTime<Utc>,
    releases: BTreeMap<Version, &'a KubernetesRelease>,
    branches: BTreeMap<Branch, &'a KubernetesBranch>,
    /// The statements about releases and branches that cannot be used.
    unread: Vec<UnreadEntry>,
}

/// The support status of a branch.
pub(super) enum Support<'a> {
    /// Supported, until its end of life.
    Supported,
    /// No longer supported.
    Ended(&'a KubernetesBranch),
    /// Older than all branches with a known end of life.
    Older,
    /// Newer than all branches with a known end of life.
    Newer,
    /// Unknown.
    Unknown,
}

/// The number of records that a message names.
const NAMED_AT_MOST: usize = 5;

/// The tolerated lead of a source's dates over its clock, in minutes.
const CLOCKS_DIFFER: i64 = 60;

/// The result of comparing an age to a limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Older {
    Yes,
    No,
    /// Only its day is known, and the limit is within it.
    Unclear,
}

impl<'a> Known<'a> {
    pub fn new(world: &'a KubernetesWorld, now: DateTime<Utc>) -> Self {
        let mut known =
            Self { world, now, releases: BTreeMap::new(), branches: BTreeMap::new(), unread: world.unread.clone() };
        world.releases.iter().for_each(|release| known.add_release(release));
        for branch in &world.branches {
            match branch.branch.parse() {
                Ok(name) => {
                    known.branches.insert(name, branch);
                }
                Err(error) => known.unread.push(unread(WorldData::Branches, None, error.to_string(), &branch.from)),
            }
        }
        known
    }

    /// Adds a release if it is published at the reference instant: nobody can choose a later one. A release that
    /// its own source dates into the future is dated wrongly.
    fn add_release(&mut self, release: &'a KubernetesRelease) {
        let mut unread = |name, problem| self.unread.push(unread(WorldData::Releases, name, problem, &release.from));
        match release.version.parse::<Spelled>() {
            Err(error) => unread(None, error.to_string()),
            Ok(Spelled { pre_release: true, .. }) => {}
            Ok(_) if is_of_the_future(release, self.world, self.now) => {
                let day = release.published_at;
                unread(Some(release.version.clone()), format!("{} is dated {day}, in the future", release.version));
            }
            Ok(Spelled { version, .. }) if release.published_at.earliest() <= self.now => {
                self.releases.insert(version, release);
            }
            Ok(_) => {}
        }
    }

    /// Returns true if a list of releases names a version, even with an unreadable date.
    pub fn names(&self, version: Version) -> bool {
        let is_it = |name: &str| name.parse() == Ok(Spelled { version, pre_release: false });
        let named = |entry: &UnreadEntry| entry.data == WorldData::Releases && entry.name.as_deref().is_some_and(is_it);
        self.releases.contains_key(&version) || self.unread.iter().any(named)
    }

    /// Returns an entry that could not be used and may be a release that came after a version, in its branch.
    pub fn unread_release_after(&self, version: Version) -> Option<&UnreadEntry> {
        let newer = |Spelled { version: other, pre_release }: Spelled| {
            let is_newer = other.branch == version.branch && other > version && !pre_release;
            is_newer && !self.releases.contains_key(&other)
        };
        self.unread.iter().find(|entry| is_about(entry, WorldData::Releases, newer))
    }

    /// Returns an entry that could not be used and may be about a branch: no document of equal weight lists that branch.
    pub fn unread_branch(&self, branch: Branch) -> Option<&UnreadEntry> {
        let rank = |from: &str| self.world.sources.iter().position(|s| s.data == WorldData::Branches && s.name == from);
        let listed = self.branches.get(&branch).and_then(|known| rank(&known.from));
        self.unread.iter().find(|entry| {
            let weighs_more = match (listed, rank(&entry.from)) {
                (Some(listed), Some(unread)) if entry.name.is_some() => listed < unread,
                (Some(listed), Some(unread)) => listed <= unread,
                _ => false,
            };
            !weighs_more && is_about(entry, WorldData::Branches, |name: Branch| name == branch)
        })
    }

    /// Returns the support status of a branch: it ends when its end of life begins, at 00:00 UTC (quirk Q-0210-7).
    pub fn support(&self, branch: Branch) -> Support<'a> {
        match self.branches.get(&branch) {
            Some(known) if self.is_supported(known) => Support::Supported,
            Some(known) => Support::Ended(known),
            None if self.branches.keys().next_back().is_some_and(|newest| branch > *newest) => Support::Newer,
            None if self.branches.keys().next().is_some_and(|oldest| branch < *oldest) => Support::Older,
            None => Support::Unknown,
        }
    }

    fn is_supported(&self, branch: &KubernetesBranch) -> bool {
        self.now < branch.end_of_life.and_time(NaiveTime::MIN).and_utc()
    }

    /// Returns the branches that are known to be supported, the newest first.
    pub fn supported(&self) -> Vec<Branch> {
        let supported = self.branches.iter().rev().filter(|(_, known)| self.is_supported(known));
        supported.map(|(branch, _)| *branch).collect()
    }

    /// Returns the releases of a branch, the oldest first.
    pub fn releases_of(&self, branch: Branch) -> impl DoubleEndedIterator<Item = (Version, &'a KubernetesRelease)> {
        let range = Version { branch, patch: 0 }..=Version { branch, patch: u32::MAX };
        self.releases.range(range).map(|(version, release)| (*version, *release))
    }

    /// Returns the releases that have come after a version, in its branch.
    pub fn after(&self, version: Version) -> impl Iterator<Item = (Version, &'a KubernetesRelease)> {
        self.releases_of(version.branch).filter(move |(other, _)| *other > version)
    }

    /// Compares an age to a limit in days: strictly more than so many (quirk Q-0210-9).
    pub fn older(&self, published: Published, days: u32) -> Older {
        let limit = TimeDelta::days(days.into());
        if self.now - published.latest() > limit {
            Older::Yes
        } else if self.now - published.earliest() > limit {
            Older::Unclear
        } else {
            Older::No
        }
    }

    /// Explains why data of a kind is too old to show that nothing happened more than so many days ago.
    pub fn outdated(&self, data: WorldData, days: u32) -> Option<Reason> {
        let Some(as_of) = self.world.as_of(data) else {
            return Some(outdated(format!("there is no data about {data}")));
        };
        let is_old = self.now - as_of > TimeDelta::days(days.into());
        is_old.then(|| {
            outdated(format!(
                "what is known of {data} is as of {}, more than {days} days ago: there may be newer ones; \
                 get them with `scs-conformance data update`",
                as_of.format("%Y-%m-%d")
            ))
        })
    }

    /// Returns a warning for everything that could not be obtained.
    pub fn problems(&self) -> Vec<Finding> {
        self.world.problems.iter().map(Finding::warning).collect()
    }

    /// Returns the records that may be about Kubernetes itself and weigh at least so much.
    pub fn weaknesses(&self, products: &Products, least: f64) -> Vec<Weakness<'a>> {
        self.world.vulnerabilities.iter().filter_map(|record| Weakness::new(record, products, least)).collect()
    }
}

/// Names the records of which it is not known whether they concern a version.
pub(super) fn unread_records(version: Version, weaknesses: &[Weakness<'_>], findings: &mut Findings) {
    let unread: Vec<_> = weaknesses.iter().filter(|weakness| weakness.has(version) == IsAffected::Unread).collect();
    let Some(first) = unread.first() else { return };
    let named = unread.iter().take(NAMED_AT_MOST);
    let mut ids: Vec<String> = named.clone().map(|weakness| weakness.record.id.clone()).collect();
    if unread.len() > NAMED_AT_MOST {
        ids.push(format!("{} more", unread.len() - NAMED_AT_MOST));
    }
    let (ids, why) = (ids.join(", "), first.why_unread(version));
    findings.unknown(outdated(format!("it is not known whether {version} is affected by {ids}; {why}")));
    findings.list.extend(named.map(|weakness| {
        Finding::warning(format!("not decided: {}", weakness.why_unread(version))).property("vulnerabilities")
    }));
}

fn unread(data: WorldData, name: Option<String>, problem: String, from: &str) -> UnreadEntry {
    UnreadEntry { data, name, problem, from: from.to_owned() }
}

/// Returns true if an entry is of a kind and names the version or branch, or nothing readable.
fn is_about<T: FromStr>(entry: &UnreadEntry, data: WorldData, asked: impl Fn(T) -> bool) -> bool {
    entry.data == data && entry.name.as_ref().and_then(|name| name.parse().ok()).is_none_or(asked)
}

/// Returns true if a release is dated later than both its source and the reference instant. The snapshot has some releases
/// that are younger than its documents.
fn is_of_the_future(release: &KubernetesRelease, world: &KubernetesWorld, now: DateTime<Utc>) -> bool {
    let source = world.sources.iter().find(|source| source.data == WorldData::Releases && source.name == release.from);
    let had = source.filter(|source| source.way != WorldWay::Bundle).map(|source| source.as_of.max(now));
    had.is_some_and(|had| release.published_at.earliest() - had > TimeDelta::minutes(CLOCKS_DIFFER))
}

/// Creates a reason for ABORT: the data does not suffice.
pub(super) fn outdated(message: impl Into<String>) -> Reason {
    Reason::new(ReasonCode::OutdatedData, message)
}
