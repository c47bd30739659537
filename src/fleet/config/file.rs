//! The form of the file, as it is written.

use super::provisioner::ProvisionerEntry;
use super::secret::Secret;
use super::time::Time;
use super::words::{Day, FailOn, OutputName};
use chrono::NaiveDate;
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema};
use scs_checks::definition::{Located, Section};
use scs_checks::non_empty::NonEmpty;
use scs_checks::schema::of_definition;
use serde::Deserialize;
use std::path::PathBuf;

/// Returns the JSON Schema of the file.
pub(super) fn schema() -> Schema {
    of_definition::<ConfigFile>()
}

/// The configuration of a fleet: the subjects that are checked every night, and where the results go.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "The configuration of a fleet")]
pub(super) struct ConfigFile {
    /// Settings of each subject that says nothing else.
    #[serde(default)]
    pub defaults: Defaults,
    /// The clouds and clusters.
    pub subjects: NonEmpty<Vec<SubjectEntry>>,
    /// Names for choices of subjects.
    #[serde(default)]
    pub presets: IndexMap<String, Preset>,
    /// Sections that are run on certain days, whatever is due; the first rule that fits counts.
    #[serde(default)]
    pub schedule: Vec<RuleEntry>,
    /// Bounds of a night.
    #[serde(default)]
    pub limits: LimitsEntry,
    /// The files that are written for each subject.
    #[serde(default)]
    pub outputs: OutputsEntry,
    /// The key that signs reports.
    pub signing: Option<SigningEntry>,
    /// The result servers that get the reports.
    #[serde(default)]
    pub servers: Vec<ServerEntry>,
    /// Violations that somebody answers for until a day.
    #[serde(default)]
    pub waivers: Vec<WaiverEntry>,
    /// The results with which the night fails (exit code 1).
    #[serde(default)]
    pub fail_on: FailOn,
}

/// Settings of each subject that says nothing else.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Defaults {
    /// The id of the scope.
    pub scope: Option<Located<String>>,
    /// True if subjects may be changed.
    pub changes: Option<bool>,
    /// The time limit of a run, for example 10m.
    pub deadline: Option<Time>,
    /// The person or address to turn to.
    pub contact: Option<String>,
    /// Values for the templates of provisioners.
    #[serde(default)]
    pub variables: IndexMap<String, String>,
}

/// A cloud or cluster.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubjectEntry {
    /// The name in reports and on servers; `{branch}` stands for each branch of Kubernetes that is supported.
    pub name: Located<String>,
    /// The group, most often the provider.
    pub group: Option<Located<String>>,
    /// The id of the scope.
    pub scope: Option<Located<String>>,
    /// The entry of clouds.yaml.
    pub cloud: Option<Located<String>>,
    /// The region, if not that of the entry.
    pub region: Option<Located<String>>,
    /// The kubeconfig.
    pub kubeconfig: Option<Located<PathBuf>>,
    /// The context of the kubeconfig.
    pub context: Option<Located<String>>,
    /// The way in which its cluster is made for each night.
    pub provisioner: Option<Located<ProvisionerEntry>>,
    /// True if it may be changed.
    pub changes: Option<bool>,
    /// The time limit of its run.
    pub deadline: Option<Time>,
    /// The key of those subjects that never run at the same time.
    pub exclusive: Option<Located<String>>,
    /// The person or address to turn to; in the summary for programs, never in a report.
    pub contact: Option<String>,
    /// Values for the templates of its provisioner.
    pub variables: Option<Located<IndexMap<String, String>>>,
}

/// A choice of subjects.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Preset {
    /// The names of the subjects, as in `subjects`.
    pub subjects: NonEmpty<Vec<Located<String>>>,
}

/// Sections that are run on certain days.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    /// The days, every one if there are none.
    #[serde(default)]
    pub days: Vec<Day>,
    /// The sections.
    pub sections: NonEmpty<Vec<Section>>,
}

/// Bounds of a night.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsEntry {
    /// The number of subjects that run at the same time (16).
    #[schemars(range(min = 1, max = 256))]
    pub subjects: Option<Located<usize>>,
    /// The number of requests that one host gets at the same time (8).
    #[schemars(range(min = 1, max = 256))]
    pub requests_per_host: Option<Located<usize>>,
    /// The time limit of the whole night (5h).
    pub deadline: Option<Time>,
}

/// The files that are written for each subject.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputsEntry {
    /// The folder (results/{night}/{subject}); {night}, {subject}, {group} and {scope} in it are replaced.
    pub dir: Option<Located<String>>,
    /// The formats (json, junit, yaml, html). JSON is always written; a bundle is signed.
    pub formats: Option<NonEmpty<Vec<OutputName>>>,
}

/// The key that signs reports.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SigningEntry {
    /// The private key.
    pub key: Option<Secret>,
    /// The file with the public half of a key that the agent at SSH_AUTH_SOCK has.
    pub agent: Option<PathBuf>,
    /// The passphrase of the key.
    pub passphrase: Option<Secret>,
    /// The name by which those who check signatures know the key.
    pub identity: Located<String>,
}

/// A result server.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerEntry {
    /// Its address.
    pub url: Located<String>,
    /// The account.
    pub account: Located<String>,
    /// The password of the account.
    pub token: Secret,
}

/// A violation that somebody answers for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WaiverEntry {
    /// The name of the subject, all if none.
    pub subject: Option<Located<String>>,
    /// The testcase.
    pub testcase: Located<String>,
    /// The pattern of the resources, all if none; * stands for anything.
    pub resource: Option<String>,
    /// The reason.
    pub reason: Located<String>,
    /// The person who answers for it.
    pub owner: Located<String>,
    /// The last day on which it counts.
    pub expires: NaiveDate,
}
