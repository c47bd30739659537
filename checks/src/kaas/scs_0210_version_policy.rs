//! scs-0210: clusters follow the releases of Kubernetes.

use super::affected_range::IsAffected;
use super::known_world::{Known, Older, Support, outdated, unread_records};
use super::kubernetes_version::{Branch, Spelled, Version};
use super::weakness::{Products, Weakness};
use crate::facts::{ClusterVersion, KubernetesRelease, KubernetesWorld, WorldData};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(super) mod tests;

/// scs-0210 v2: a cluster runs a branch that is supported, and follows its releases: within about
/// a month, and faster if a release fixes a critical vulnerability.
///
/// A vulnerability counts from the first release of the branch that it does not affect
/// (deviation Q-0210-2). A pass needs data that is young enough to show that no release was missed.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VersionPolicy {
    /// Days after which a newer release of the branch has to be in use; one more second is too late.
    patch_days: u32,
    /// The stricter demands for critical vulnerabilities.
    critical: Critical,
    /// The number of branches that have to be supported for the list of branches to be credible.
    branches: BranchLimits,
}

/// Critical vulnerabilities.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Critical {
    /// The base score from which on a vulnerability is critical.
    pub(super) score: f64,
    /// Days after which the first release without it has to be in use.
    pub(super) days: u32,
    /// Days after which it should be in use.
    pub(super) recommended_days: u32,
    /// The products of records that are Kubernetes itself.
    pub(super) products: Products,
}

/// Kubernetes always has three supported branches. A list with fewer has not been kept up.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BranchLimits {
    /// With fewer, that is warned of.
    warn_below: usize,
    /// With fewer, nothing is decided.
    undecided_below: usize,
    /// Days for which a branch that is newer than the list counts as supported, from its first release on.
    unlisted_days: u32,
}

impl VersionPolicy {
    /// Returns the products of records that are Kubernetes itself.
    pub fn products(&self) -> &Products {
        &self.critical.products
    }
}

impl Check for VersionPolicy {
    type Facts<'a> = (&'a ClusterVersion, (&'a KubernetesWorld, DateTime<Utc>));

    fn examine(&self, (cluster, (world, now)): Self::Facts<'_>) -> Findings {
        let known = Known::new(world, now);
        let mut findings = Findings::on_one(known.problems());
        match release_of(&cluster.git_version) {
            Ok(version) => self.judge(version, &known, &mut findings),
            Err(reason) => findings.unknown(reason),
        }
        for finding in &mut findings.list {
            finding.resource = Some(ClusterVersion::resource());
        }
        findings
    }
}

/// Parses the release that something runs. Pre-releases have no place in the policy (quirk Q-0210-8).
pub(super) fn release_of(git_version: &str) -> Result<Version, Reason> {
    match git_version.parse::<Spelled>() {
        Ok(Spelled { version, pre_release: false }) => Ok(version),
        Ok(_) => Err(Reason::new(
            ReasonCode::Prerequisite,
            format!("{git_version:?} is a pre-release, and only releases can be judged"),
        )),
        Err(error) => Err(Reason::new(ReasonCode::InvalidAnswer, error.to_string())),
    }
}

impl VersionPolicy {
    /// Reports the problems of a version in use.
    pub(super) fn judge(&self, version: Version, known: &Known<'_>, findings: &mut Findings) {
        if let Some(reason) = self.too_few_branches(known) {
            return findings.unknown(reason);
        }
        findings.list.extend(self.few_branches(known));
        self.branch(version, known, findings);
        self.patches(version, known, findings);
        self.vulnerabilities(version, known, findings);
        for data in [WorldData::Releases, WorldData::Vulnerabilities] {
            if let Some(reason) = known.outdated(data, self.critical.days) {
                findings.unknown(reason);
            }
        }
    }

    fn too_few_branches(&self, known: &Known<'_>) -> Option<Reason> {
        let supported = known.supported().len();
        let message = || format!("only {supported} supported branches are known: the list of branches is too old");
        (supported < self.branches.undecided_below).then(|| outdated(message()))
    }

    fn few_branches(&self, known: &Known<'_>) -> Option<Finding> {
        let supported: Vec<String> = known.supported().iter().map(ToString::to_string).collect();
        (supported.len() < self.branches.warn_below).then(|| {
            Finding::warning("few supported branches are known: the list of branches is about to become too old")
                .property("branches")
                .expected(format!("at least {}", self.branches.warn_below))
                .observed(supported.join(", "))
        })
    }

    /// Checks that the branch is supported; one that is newer than the list of branches is for a while (deviation Q-0210-6).
    fn branch(&self, version: Version, known: &Known<'_>, findings: &mut Findings) {
        let branch = version.branch;
        if let Some(entry) = known.unread_branch(branch) {
            let message = format!("an entry of {} may be about {branch} and cannot be parsed", entry.from);
            return findings.unknown(outdated(format!("{message}: {}", entry.problem)));
        }
        let message = match known.support(branch) {
            Support::Supported => return,
            Support::Newer => return self.unlisted(branch, known, findings),
            Support::Unknown => {
                return findings.unknown(outdated(format!("there is no data about branch {branch}")));
            }
            Support::Older => format!("{branch} is older than all branches of which an end of life is known"),
            Support::Ended(ended) => {
                format!(
                    "{branch} is no longer supported: its support ended on {} (says {})",
                    ended.end_of_life, ended.from
                )
            }
        };
        let supported: Vec<String> = known.supported().iter().map(ToString::to_string).collect();
        let finding = Finding::violation(message).property("gitVersion").observed(version.to_string());
        findings.push(finding.expected(format!("a release of {}", supported.join(", "))));
    }

    /// Checks a branch that is newer than the list.
    fn unlisted(&self, branch: Branch, known: &Known<'_>, findings: &mut Findings) {
        let first = known.releases_of(branch).map(|(_, release)| release.published_at).min_by_key(|at| at.earliest());
        let days = self.branches.unlisted_days;
        match first.map(|published| known.older(published, days)) {
            Some(Older::No) => {
                let message = format!("{branch} is newer than the list of branches; it counts as supported");
                findings.push(Finding::warning(message).property("branches").observed(branch.to_string()));
            }
            Some(_) => findings.unknown(outdated(format!(
                "{branch} is newer than the list of branches, and its first release is more than {days} days old"
            ))),
            None => findings.unknown(outdated(format!("unknown branch: {branch}"))),
        }
    }

    /// Checks the age of newer releases. The first that is too old decides; more of them change nothing.
    fn patches(&self, version: Version, known: &Known<'_>, findings: &mut Findings) {
        if !known.names(version) {
            let message = format!("unknown release: {version}");
            findings.unknown(outdated(format!(
                "{message}; if it is new, update the data with `scs-conformance data update`"
            )));
        }
        if let Some(entry) = known.unread_release_after(version) {
            let message = format!("an entry of {} may be a release after {version} and cannot be used", entry.from);
            findings.unknown(outdated(format!("{message}: {}", entry.problem)));
        }
        let newest = known.releases_of(version.branch).next_back().map_or(version, |(newest, _)| newest);
        for (newer, release) in known.after(version) {
            match known.older(release.published_at, self.patch_days) {
                Older::Yes => return findings.push(self.outrun(version, newer, release, newest)),
                Older::Unclear => findings.unknown(unclear(newer, release, self.patch_days)),
                Older::No => {}
            }
        }
    }

    fn outrun(&self, version: Version, newer: Version, release: &KubernetesRelease, newest: Version) -> Finding {
        let days = self.patch_days;
        Finding::violation(format!(
            "{version} was followed by {newer} more than {days} days ago ({})",
            dated_by(release)
        ))
        .property("gitVersion")
        .expected(format!("{newest}, or a release that was the newest of its branch within the last {days} days"))
        .observed(version.to_string())
    }

    fn vulnerabilities(&self, version: Version, known: &Known<'_>, findings: &mut Findings) {
        let records = &known.world.vulnerabilities;
        if records.iter().all(|record| record.problem.is_some()) {
            findings.unknown(outdated("no vulnerability record could be read"));
        }
        let weaknesses = known.weaknesses(&self.critical.products, self.critical.score);
        unread_records(version, &weaknesses, findings);
        for weakness in weaknesses.iter().filter(|weakness| weakness.has(version) == IsAffected::Yes) {
            self.affected(version, weakness, known, findings);
        }
    }

    fn affected(&self, version: Version, weakness: &Weakness<'_>, known: &Known<'_>, findings: &mut Findings) {
        let what = weakness.affects(version);
        let about = |finding: Finding| finding.property("gitVersion").observed(version.to_string());
        let Some((fixed, release)) = known.after(version).find(|(newer, _)| weakness.has(*newer) != IsAffected::Yes)
        else {
            let message = format!("{what}, and no known release of {} fixes it", version.branch);
            return findings.push(about(Finding::warning(message)));
        };
        if weakness.has(fixed) == IsAffected::Unread {
            return unread_records(fixed, std::slice::from_ref(weakness), findings);
        }
        let since = format!("{what}; fixed in {fixed} ({})", dated_by(release));
        let expected = |days: u32| format!("{fixed} or later, within {days} days");
        match known.older(release.published_at, self.critical.days) {
            Older::Yes => {
                return findings.push(about(Finding::violation(since)).expected(expected(self.critical.days)));
            }
            Older::Unclear => findings.unknown(unclear(fixed, release, self.critical.days)),
            Older::No => {}
        }
        let recommended = self.critical.recommended_days;
        let finding = match known.older(release.published_at, recommended) {
            Older::No => Finding::info(since),
            Older::Yes | Older::Unclear => Finding::warning(since),
        };
        findings.push(about(finding).expected(expected(recommended)));
    }
}

fn dated_by(release: &KubernetesRelease) -> String {
    format!("published {}, says {}", release.published_at, release.from)
}

/// Explains that only the day of a release is known, and that the hour decides if it is too late.
pub(super) fn unclear(version: Version, release: &KubernetesRelease, days: u32) -> Reason {
    let day = release.published_at;
    outdated(format!(
        "{version} was published on {day}, about {days} days ago, and the hour is not known (says {}); \
         try again tomorrow, or get exact data with `scs-conformance data update`",
        release.from
    ))
}
