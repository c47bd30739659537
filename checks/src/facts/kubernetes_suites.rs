//! Results of the Kubernetes end-to-end tests, and of a small probe of network policies.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The results of the conformance tests (scs-0201): run now, or brought along.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct E2eResults(pub SuiteResults);

/// The results of the network policy tests (scs-0219): run now, or brought along.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct NetworkPolicyResults(pub SuiteResults);

/// The results of a run of the Kubernetes end-to-end tests, as its archive or JUnit file has them.
///
/// A run is never judged by what it lacks: a rule looks at what speaks against the results as a whole before it looks at
/// anything else.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteResults {
    /// The tool that ran the tests, with its version if known, for example `sonobuoy v0.57.3`.
    pub tool: String,
    /// The origin of the results, in words: a run of this suite, or the file that was brought along.
    pub source: String,
    /// True if this program has had the tests run in the cluster; false if the results were brought along.
    pub run_here: bool,
    /// The status that the tool gives to the run as a whole, as spelled, for example `passed` or `complete`; none if it
    /// gives none.
    pub status: Option<String>,
    /// The Kubernetes version of the cluster that was tested, as spelled; none if the results do not give it.
    pub kubernetes_version: Option<String>,
    /// The branch whose conformance tests have exactly these names, for example `1.28`; none if there is none.
    pub branch_by_names: Option<String>,
    /// The end of the run; none if the results do not give it.
    pub finished_at: Option<DateTime<Utc>>,
    /// The names of the tests that passed, each once.
    pub passed: Vec<String>,
    /// The names of the tests that were left out.
    pub skipped: Vec<String>,
    /// The names of the tests that failed, each once.
    pub failed: Vec<String>,
    /// The tests in any other state, such as `timeout` or `unknown`.
    pub others: Vec<TestState>,
    /// True if the run came to its end and its results are all there: no crash, no deadline, no
    /// truncated archive.
    pub complete: bool,
    /// True if a test that was left out would show: either all tests of the suite are listed, or the results say that
    /// these tests were chosen and no others left out.
    pub lists_all: bool,
    /// True if the tests were only listed.
    pub dry_run: bool,
    /// The duration of the shortest passed test in microseconds; none if some of them have no duration.
    pub shortest_us: Option<u64>,
    /// Contradictions within the results: a sentence for each, which names both sides.
    pub contradictions: Vec<String>,
    /// The cluster that was tested.
    pub cluster: TestedCluster,
    /// The user's declarations about things that the results do not say.
    pub word: Word,
    /// The names that are expected of conformance tests; none if there is no list for the branch.
    pub expected: Option<ExpectedTests>,
}

/// The cluster that was tested, as far as the results identify it.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TestedCluster {
    /// The UID of its namespace `kube-system`, which no other cluster has.
    pub kube_system_uid: Option<String>,
    /// Its nodes.
    pub nodes: Vec<TestedNode>,
}

/// A node of a cluster that was tested.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TestedNode {
    /// Its name.
    pub name: String,
    /// Its UID, if known.
    pub uid: Option<String>,
}

/// The user's declarations about results that were brought along.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// True if the user says that they are of this cluster (`--results-are-of-this-cluster`).
    pub of_this_cluster: bool,
    /// True if the version is what the user says (`--results-version`).
    pub version: bool,
}

/// The names of the conformance tests of a branch.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedTests {
    /// The origin of the list, in words.
    pub source: String,
    /// The names.
    pub names: Vec<String>,
}

/// A test that neither passed nor failed nor was skipped.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TestState {
    /// Its name.
    pub name: String,
    /// Its state, as the tool spells it.
    pub status: String,
}

/// The connections from one pod to another, under one network policy after the other.
///
/// A probe that could not be made (pods that did not start, an image that cannot be pulled)
/// fails instead. Each of these is what was seen once the policy had had time to take effect.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPolicyProbe {
    /// Without any policy.
    pub without_policy: Traffic,
    /// With a policy that lets nothing in.
    pub denied: Traffic,
    /// With one more policy that lets pods of a label in: a pod that has the label.
    pub labelled: Traffic,
    /// The same: a pod that lacks the label.
    pub unlabelled: Traffic,
}

/// The result of a connection attempt between two pods.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Traffic {
    /// It did.
    Passed,
    /// It did not.
    Blocked,
}
