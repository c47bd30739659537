//! What the Kubernetes end-to-end tests found, and a small probe of network policies.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the conformance tests found (scs-0201): run now, or brought along.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct E2eResults(pub SuiteResults);

/// What the tests of network policies found (scs-0219): run now, or brought along.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct NetworkPolicyResults(pub SuiteResults);

/// The results of a run of the Kubernetes end-to-end tests, as its archive or JUnit file has them.
///
/// A run is never judged by what it lacks: a rule looks at `complete` and `dry_run` before it
/// looks at anything else.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteResults {
    /// What has run the tests, with its version where it tells one, for example `sonobuoy v0.57.3`.
    pub tool: String,
    /// Where the results are from, in words: a run of this suite, or the file that was brought along.
    pub source: String,
    /// The status that the tool gives to the run as a whole, as spelled, for example `passed` or
    /// `complete`; none where it gives none.
    pub status: Option<String>,
    /// The Kubernetes version of the cluster that was tested, as spelled; none if nothing tells it.
    pub kubernetes_version: Option<String>,
    /// When the run ended; none if nothing tells it.
    pub finished_at: Option<DateTime<Utc>>,
    /// How many tests passed.
    pub passed: u64,
    /// How many tests were not meant to run.
    pub skipped: u64,
    /// The names of the tests that failed, each once.
    pub failed: Vec<String>,
    /// The tests in any other state, such as `timeout` or `unknown`.
    pub others: Vec<TestState>,
    /// True if the run came to its end and its results are all there: no crash, no deadline, no
    /// truncated archive.
    pub complete: bool,
    /// True if the tests were only listed.
    pub dry_run: bool,
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

/// Whether one pod could reach another, under one network policy after the other.
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

/// Whether a connection between two pods came about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Traffic {
    /// It did.
    Passed,
    /// It did not.
    Blocked,
}
