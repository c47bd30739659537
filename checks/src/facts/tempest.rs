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
    /// The origin of the results, in words: the file that was brought along, or the program that this one has run.
    pub source: String,
    /// True if they are of this cloud: this program has run the tests, or else the user says so, as nothing in results does.
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
    /// The error of a failed test, as it says itself, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
    /// The run of this program that brought them; none if they were brought along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<TempestRun>,
}

/// A run of Tempest by this program.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TempestRun {
    /// The reason why it did not come to its end; none if it did.
    pub cut_short: Option<String>,
    /// The listed tests that were not begun, with the reason.
    pub not_begun: BTreeMap<String, String>,
    /// The resources that it left in the project, and what became of each.
    pub left: Vec<String>,
    /// The resources that were new in the project after it, but bear none of its names, so that nobody removed them.
    pub unclaimed: Vec<String>,
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
