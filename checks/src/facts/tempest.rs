//! Results of Tempest, the integration tests of OpenStack.

use super::ExpectedTests;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::Display;

/// The results of the tests that scs-0128 lists, and of all others of the same run.
///
/// A run is never judged by what it lacks: a rule looks at what speaks against the results as a whole before it looks at
/// anything else.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TempestResults {
    /// The origin of the results, in words: the file that was brought along.
    pub source: String,
    /// True if the user says that they are of this cloud, which nothing in them tells.
    pub of_this_cloud: bool,
    /// The instant of the last event; none if the results do not tell it.
    pub finished_at: Option<DateTime<Utc>>,
    /// True if the results are all there, and not cut off.
    pub complete: bool,
    /// The list of tests that have to be run, with its digest in `source`.
    pub expected: ExpectedTests,
    /// The outcome of each test, by its name without tags.
    pub tests: BTreeMap<String, TempestOutcome>,
    /// Contradictions within the results: a sentence for each.
    pub contradictions: Vec<String>,
}

/// The outcome of a test of Tempest.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum TempestOutcome {
    /// It passed.
    Passed,
    /// It was left out, for example because the cloud lacks an extension.
    Skipped,
    /// It failed, or passed where a failure was expected.
    Failed,
    /// It began, but no end is known.
    InProgress,
    /// It was only listed.
    Listed,
}
