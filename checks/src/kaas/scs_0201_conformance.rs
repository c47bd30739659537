//! scs-0201 and scs-0219: what the end-to-end tests of Kubernetes found.

mod bond;
mod completeness;
#[cfg(test)]
mod tests;

pub use bond::ClusterBinding;
pub use completeness::are_exactly;

use super::kubernetes_version::Spelled;
use crate::accepts::is_default;
use crate::facts::{ClusterVersion, E2eResults, Namespaces, NetworkPolicyResults, Nodes, Slot, SuiteResults};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use chrono::{DateTime, Days, TimeDelta, Utc};
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// scs-0201 v1: every conformance test was run, and none fails but for the exceptions.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct ConformanceSuite(Demands);

/// The basis for judging results: the version, the nodes and the namespaces of the cluster, and the instant.
type Cluster<'a> = (&'a ClusterVersion, ((&'a Slot<Nodes>, &'a Slot<Namespaces>), DateTime<Utc>));

impl Check for ConformanceSuite {
    type Facts<'a> = (&'a E2eResults, Cluster<'a>);

    fn examine(&self, (results, cluster): Self::Facts<'_>) -> Findings {
        self.0.judge(&results.0, cluster)
    }

    fn beyond(&self, (results, cluster): &Self::Facts<'_>) -> Option<String> {
        self.0.unbound(&results.0, *cluster)
    }
}

/// scs-0219 v1: every test of network policies was run, and none fails but for the exceptions.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct NetworkPolicySuite(Demands);

impl Check for NetworkPolicySuite {
    type Facts<'a> = (&'a NetworkPolicyResults, Cluster<'a>);

    fn examine(&self, (results, cluster): Self::Facts<'_>) -> Findings {
        self.0.judge(&results.0, cluster)
    }

    fn beyond(&self, (results, cluster): &Self::Facts<'_>) -> Option<String> {
        self.0.unbound(&results.0, *cluster)
    }
}

/// The demands on the results.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Demands {
    /// The greatest age of the results, in days.
    max_age_days: u64,
    /// Tests that may fail.
    #[serde(default, skip_serializing_if = "is_default")]
    exceptions: Vec<Exception>,
}

/// A test that may fail, and why.
#[derive(Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// A regular expression that matches somewhere in the name of the test (Q-0201-3).
    pattern: Fragment,
    /// The reason why it may fail.
    reason: String,
    /// The address of the discussion.
    link: String,
    /// The clusters that it is meant for, for example those with a certain network plugin; all without it.
    #[serde(default, skip_serializing_if = "is_default")]
    profile: Option<String>,
}

/// A regular expression that is looked for anywhere in a text.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
struct Fragment(Regex);

impl Clone for Fragment {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl PartialEq for Fragment {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// The reason why a text is refused as a [`Fragment`].
#[derive(Debug, Error)]
enum FragmentError {
    #[error("an empty pattern would excuse every test")]
    Empty,
    #[error("the pattern cannot be read: {0}")]
    Syntax(#[from] regex::Error),
}

impl TryFrom<String> for Fragment {
    type Error = FragmentError;

    fn try_from(text: String) -> Result<Self, FragmentError> {
        if text.trim().is_empty() { Err(FragmentError::Empty) } else { Ok(Self(Regex::new(&text)?)) }
    }
}

impl From<Fragment> for String {
    fn from(fragment: Fragment) -> Self {
        fragment.0.as_str().to_owned()
    }
}

/// The tolerated lead of the nodes' clocks, which date the end of the tests.
const SKEW: TimeDelta = TimeDelta::minutes(10);

/// The shortest time that a test takes which asks the API of a cluster, in microseconds. Real ones take 14 ms and more;
/// ginkgo spends some nanoseconds on a test that it only lists.
const SHORTEST_US: u64 = 1000;

impl Demands {
    fn judge(&self, results: &SuiteResults, cluster: Cluster<'_>) -> Findings {
        let (version, ((nodes, namespaces), now)) = cluster;
        let bond = ClusterBinding::of(results, nodes, namespaces);
        if let Some(why) = self.unusable(results, version, &bond, now) {
            return Findings::undecided(format!("{}: {why}", results.source));
        }
        let others = results.others.iter().map(|test| (test.name.as_str(), test.status.as_str()));
        let failed: Vec<(&str, &str)> =
            results.failed.iter().map(|name| (name.as_str(), "failed")).chain(others).collect();
        let mut findings = Findings::over(results.passed.len() + failed.len());
        let (counts, tool) =
            (format!("{} tests passed, {} were skipped", results.passed.len(), results.skipped.len()), &results.tool);
        findings.push(Finding::info(format!("{counts}, run by {tool} ({})", results.source)));
        findings.list.extend(origin(results, &bond, nodes));
        findings.list.extend(failed.iter().map(|(name, status)| self.failure(name, status)));
        completeness::look(results, version, &mut findings);
        if failed.is_empty() && results.status.as_deref() == Some("failed") {
            findings.unknown = Findings::undecided("the run is marked as failed, but no test failed").unknown;
        }
        findings
    }

    /// Returns the missing declaration, if only the user can say that the results are of this cluster, and does not.
    fn unbound(&self, results: &SuiteResults, cluster: Cluster<'_>) -> Option<String> {
        let (_, ((nodes, namespaces), _)) = cluster;
        let is_loose =
            ClusterBinding::of(results, nodes, namespaces) == ClusterBinding::Loose && !results.word.of_this_cluster;
        let is_usable = is_loose && self.judge(results, cluster).unknown.is_none();
        is_usable.then(|| {
            let problem = format!("{}: no UID in these results identifies this cluster", results.source);
            format!("{problem}; if they are of it, confirm that with --results-are-of-this-cluster, or provide a Sonobuoy archive")
        })
    }

    /// Returns why the results prove nothing about this cluster today, not even a violation.
    fn unusable(
        &self,
        results: &SuiteResults,
        cluster: &ClusterVersion,
        bond: &ClusterBinding,
        now: DateTime<Utc>,
    ) -> Option<String> {
        if results.dry_run {
            return Some("the tests were only listed (dry run)".to_owned());
        }
        if let Some(first) = results.contradictions.first() {
            let more = results.contradictions.len() - 1;
            let more = if more == 0 { String::new() } else { format!(" (and {more} more contradictions)") };
            return Some(format!("the results contradict themselves: {first}{more}"));
        }
        if !results.complete {
            return Some("the run did not finish, or its results are incomplete".to_owned());
        }
        if let ClusterBinding::OtherCluster(why) = bond {
            return Some(why.clone());
        }
        other_version(results, cluster).or_else(|| self.out_of_date(results, now)).or_else(|| not_run(results))
    }

    fn out_of_date(&self, results: &SuiteResults, now: DateTime<Utc>) -> Option<String> {
        let Some(finished) = results.finished_at else {
            return Some(
                "the time of the test run is unknown; provide the e2e.log of the same run in the same folder"
                    .to_owned(),
            );
        };
        let oldest = now.checked_sub_days(Days::new(self.max_age_days));
        if oldest.is_none_or(|oldest| finished < oldest) {
            return Some(format!("the tests ended on {finished}, more than {} days ago", self.max_age_days));
        }
        let latest = now.checked_add_signed(SKEW);
        latest.is_none_or(|latest| finished > latest).then(|| format!("the tests end in the future, on {finished}"))
    }

    /// Judges a test in any state but passed and skipped, which has failed (Q-0201-2).
    fn failure(&self, name: &str, status: &str) -> Finding {
        let finding = match self.exceptions.iter().find(|exception| exception.pattern.0.is_match(name)) {
            Some(Exception { reason, link, profile, .. }) => {
                let whose = profile.as_ref().map(|profile| format!(" (for {profile})")).unwrap_or_default();
                Finding::warning(format!("{name} is excused{whose}: {reason}, see {link}"))
            }
            None => Finding::violation(format!("{name} did not pass")),
        };
        finding
            .on(Resource::without_id(ResourceKind::E2eTest, name))
            .property("status")
            .expected("passed")
            .observed(status)
    }
}

/// Explains that the results are of another version of Kubernetes than the cluster has now, or of an unknown one.
fn other_version(results: &SuiteResults, cluster: &ClusterVersion) -> Option<String> {
    let runs = &cluster.git_version;
    let branch = |text: &str| text.parse::<Spelled>().ok().map(|spelled| spelled.version.branch.to_string());
    match (&results.kubernetes_version, &results.branch_by_names) {
        (Some(tested), _) => (branch(tested).is_none() || !is_same_version(tested, runs, results.word.version))
            .then(|| format!("{tested} was tested, but the cluster runs {runs}")),
        (None, Some(tested)) => (branch(runs).as_ref() != Some(tested))
            .then(|| format!("the conformance tests of {tested} were run, but the cluster runs {runs}")),
        (None, None) => Some(
            "the tested version of Kubernetes is unknown; if you know it, give it with --results-version".to_owned(),
        ),
    }
}

/// Compares as spelled, but for the letter v; a user may leave out what a vendor appends.
fn is_same_version(tested: &str, runs: &str, is_word: bool) -> bool {
    let plain = |text: &str| text.trim().trim_start_matches(['v', 'V']).to_owned();
    let (tested, runs) = (plain(tested), plain(runs));
    let without = |text: &str| text.split(['+', '-']).next().unwrap_or_default().to_owned();
    tested == runs || (is_word && tested == without(&runs))
}

/// Returns why nothing proves that the tests were run, and not only listed.
fn not_run(results: &SuiteResults) -> Option<String> {
    match results.shortest_us {
        _ if results.passed.is_empty() => None,
        None => Some(
            "nothing proves that the tests were run: not every passed test has a duration; provide their JUnit file"
                .to_owned(),
        ),
        Some(shortest) => (shortest < SHORTEST_US)
            .then(|| format!("nothing proves that the tests were run: one of them passed within {shortest} µs")),
    }
}

/// Says what is the user's word, and what has changed since the tests were run.
fn origin(results: &SuiteResults, bond: &ClusterBinding, nodes: &Slot<Nodes>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if *bond == ClusterBinding::Loose {
        findings.push(Finding::warning(
            "brought along, not bound: only the user confirms that the results are of this cluster",
        ));
    }
    if *bond == ClusterBinding::SameCluster && bond::has_other_nodes(results, nodes) {
        findings.push(Finding::warning("none of the nodes from the time of the tests exists any more"));
    }
    if results.word.version {
        let version = results.kubernetes_version.as_deref().unwrap_or_default();
        findings.push(Finding::warning(format!("only the user says that {version} was tested")));
    }
    if let (None, Some(branch)) = (&results.kubernetes_version, &results.branch_by_names) {
        findings.push(Finding::warning(format!(
            "only the tested branch is known, from the names of its conformance tests: {branch}"
        )));
    }
    findings
}
