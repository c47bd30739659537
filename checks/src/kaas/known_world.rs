//! What the public knows of Kubernetes, put in order for the rules of scs-0210.

use super::affected_range::Affected;
use super::kubernetes_version::{Branch, Spelled, Version};
use crate::facts::{KubernetesBranch, KubernetesRelease, KubernetesWorld, Published, Vulnerability, WorldData};
use crate::non_empty::NonEmpty;
use crate::verdict::{Finding, Reason, ReasonCode};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// What is known at an instant.
pub(super) struct Known<'a> {
    pub world: &'a KubernetesWorld,
    pub now: DateTime<Utc>,
    releases: BTreeMap<Version, &'a KubernetesRelease>,
    branches: BTreeMap<Branch, &'a KubernetesBranch>,
}

/// Whether a branch gets releases.
pub(super) enum Support<'a> {
    /// It does, until its end of life.
    Supported,
    /// Not any more.
    Ended(&'a KubernetesBranch),
    /// It is newer than all branches of which the end of life is known.
    Newer,
    /// Nothing is known of it.
    Unknown,
}

/// Whether something is older than a limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Older {
    Yes,
    No,
    /// Only its day is known, and the limit lies within.
    Unclear,
}

impl<'a> Known<'a> {
    pub fn new(world: &'a KubernetesWorld, now: DateTime<Utc>) -> Self {
        let stable = |release: &'a KubernetesRelease| {
            let spelled: Spelled = release.version.parse().ok()?;
            (!spelled.pre_release).then_some((spelled.version, release))
        };
        let named = |branch: &'a KubernetesBranch| Some((branch.branch.parse().ok()?, branch));
        Self {
            world,
            now,
            // What is not published yet at the reference instant is no choice for anybody.
            releases: world
                .releases
                .iter()
                .filter_map(stable)
                .filter(|(_, r)| r.published_at.earliest() <= now)
                .collect(),
            branches: world.branches.iter().filter_map(named).collect(),
        }
    }

    /// A branch is supported until its end of life begins, at 00:00 UTC (quirk Q-0210-7).
    pub fn support(&self, branch: Branch) -> Support<'a> {
        match self.branches.get(&branch) {
            Some(known) if self.is_supported(known) => Support::Supported,
            Some(known) => Support::Ended(known),
            None if self.branches.keys().next_back().is_some_and(|newest| branch > *newest) => Support::Newer,
            None => Support::Unknown,
        }
    }

    fn is_supported(&self, branch: &KubernetesBranch) -> bool {
        self.now < branch.end_of_life.and_time(NaiveTime::MIN).and_utc()
    }

    /// The branches that are known to be supported, the newest first.
    pub fn supported(&self) -> Vec<Branch> {
        let supported = self.branches.iter().rev().filter(|(_, known)| self.is_supported(known));
        supported.map(|(branch, _)| *branch).collect()
    }

    /// The releases of a branch, the oldest first.
    pub fn releases_of(&self, branch: Branch) -> impl DoubleEndedIterator<Item = (Version, &'a KubernetesRelease)> {
        let range = Version { branch, patch: 0 }..=Version { branch, patch: u32::MAX };
        self.releases.range(range).map(|(version, release)| (*version, *release))
    }

    /// The releases that have come after a version, in its branch.
    pub fn after(&self, version: Version) -> impl Iterator<Item = (Version, &'a KubernetesRelease)> {
        self.releases_of(version.branch).filter(move |(other, _)| *other > version)
    }

    /// Strictly more than so many days (quirk Q-0210-9).
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

    /// Why data of a kind does not show that nothing happened more than so many days ago.
    pub fn outdated(&self, data: WorldData, days: u32) -> Option<Reason> {
        let Some(as_of) = self.world.as_of(data) else {
            return Some(outdated(format!("nothing is known of {data}")));
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

    /// Which data was used, and how old it is; and what could not be had.
    pub fn evidence(&self) -> Vec<Finding> {
        let told = self.world.sources.iter().map(|source| {
            let as_of = source.as_of.format("%Y-%m-%dT%H:%M:%SZ");
            Finding::info(format!("{} ({}) tells of {}, as of {as_of}", source.name, source.way, source.data))
                .property(source.data.to_string())
                .observed(format!("{}, {} days old", source.address, (self.now - source.as_of).num_days().max(0)))
        });
        told.chain(self.world.problems.iter().map(Finding::warning)).collect()
    }
}

/// A reason for ABORT: the data does not tell enough.
pub(super) fn outdated(message: impl Into<String>) -> Reason {
    Reason::new(ReasonCode::OutdatedData, message)
}

/// What a record of a vulnerability says about Kubernetes itself.
pub(super) struct Weakness<'a> {
    pub record: &'a Vulnerability,
    affected: Vec<Affected<'a>>,
}

impl<'a> Weakness<'a> {
    /// None if the record concerns other products.
    pub fn new(record: &'a Vulnerability, products: &NonEmpty<Vec<String>>) -> Option<Self> {
        let ours = |name: &str| products.iter().any(|product| product.eq_ignore_ascii_case(name.trim()));
        let affected: Vec<_> = record.affected.iter().filter(|a| ours(&a.product)).map(Affected::of).collect();
        (!affected.is_empty()).then_some(Self { record, affected })
    }

    /// True if a version is affected.
    pub fn has(&self, version: Version) -> bool {
        self.affected.iter().any(|affected| affected.has(version))
    }

    /// What could not be understood, as a warning.
    pub fn unclear(&self) -> Option<Finding> {
        let texts: Vec<&str> = self.affected.iter().flat_map(|affected| affected.unclear.iter().copied()).collect();
        let message =
            format!("{} names versions in a way that is not understood; it counts as no match", self.record.id);
        (!texts.is_empty()).then(|| Finding::warning(message).property("versions").observed(texts.join(", ")))
    }
}

/// The largest base score of a record, in whichever version of CVSS its CNA used.
pub(super) fn base_score(record: &Vulnerability) -> Option<f64> {
    record.scores.iter().map(|score| score.base).max_by(f64::total_cmp)
}

/// A broken record, unless what is known of it shows that it weighs too little to matter.
pub(super) fn broken(record: &Vulnerability, score: f64) -> Option<Finding> {
    let problem = record.problem.as_ref()?;
    let matters = base_score(record).is_none_or(|base| base >= score);
    matters.then(|| Finding::warning(format!("{} could not be looked at: {problem}", record.id)))
}
