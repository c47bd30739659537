//! A configuration as it is after reading: every name in it is known.

use super::provisioner::Provisioner;
use super::secret::Secret;
use super::words::{Day, FailOn};
use chrono::NaiveDate;
use indexmap::IndexMap;
use scs_checks::definition::Section;
use scs_checks::facts::SubjectKind;
use scs_reports::Format;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// The place of the branch in the names of subjects, their paths and variables.
pub(crate) const BRANCH: &str = "{branch}";

/// A configuration in which every name is known.
#[derive(Debug)]
pub struct Config {
    /// The subjects; those with a branch in their name stand for several.
    pub subjects: Vec<Subject>,
    /// The names of subjects, by preset.
    pub presets: IndexMap<String, Vec<String>>,
    /// The sections that are run on certain days, whatever is due. The first rule that fits counts.
    pub schedule: Vec<ScheduleRule>,
    /// Bounds of a night.
    pub limits: NightLimits,
    /// The files that are written for each subject.
    pub outputs: Outputs,
    /// The key that signs reports.
    pub signing: Option<Signing>,
    /// The result servers.
    pub servers: Vec<Server>,
    /// The violations that somebody answers for.
    pub waivers: Vec<Waiver>,
    /// The results with which a night fails.
    pub fail_on: FailOn,
}

/// A cloud or cluster that is checked every night.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subject {
    /// The name, in reports and on servers. `{branch}` in it stands for each branch of Kubernetes that is supported.
    pub name: String,
    /// The group, most often the provider.
    pub group: Option<String>,
    /// The id of the scope.
    pub scope: String,
    /// The way to it.
    pub access: Access,
    /// True if it may be changed.
    pub changes: bool,
    /// The time limit of its run.
    pub deadline: Duration,
    /// The key of those subjects that never run at the same time, as they share a quota or a semaphore.
    pub exclusive: Option<String>,
    /// The person or address to turn to; never public.
    pub contact: Option<String>,
    /// Values for the templates of its provisioner.
    pub variables: IndexMap<String, String>,
}

/// The way to a subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Access {
    /// An entry of clouds.yaml.
    Cloud {
        /// Its name.
        cloud: String,
        /// The region, if not that of the entry.
        region: Option<String>,
    },
    /// A cluster that is there.
    Cluster {
        /// The kubeconfig.
        kubeconfig: PathBuf,
        /// The context in it, if not the current one.
        context: Option<String>,
    },
    /// A cluster that is made for the night.
    Provisioned(Box<Provisioner>),
}

impl Access {
    /// Returns the kind of the subject.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Cloud { .. } => SubjectKind::Cloud,
            Self::Cluster { .. } | Self::Provisioned(_) => SubjectKind::Cluster,
        }
    }
}

/// Sections that are run on certain days.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScheduleRule {
    /// The days of the week, every one if there are none.
    pub days: Vec<Day>,
    /// The sections.
    pub sections: Vec<Section>,
}

/// Bounds of a night.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NightLimits {
    /// The number of subjects that run at the same time.
    pub subjects: usize,
    /// The number of requests that one host gets at the same time.
    pub requests_per_host: usize,
    /// The time limit of the whole night, with cleaning up and delivering.
    pub deadline: Duration,
}

/// The files that are written for each subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outputs {
    /// The folder; `{night}`, `{subject}`, `{group}` and `{scope}` in it are replaced.
    pub dir: String,
    /// The formats of reports.
    pub formats: Vec<Format>,
    /// True if a signed bundle of report and facts is written.
    pub bundle: bool,
}

/// The key that signs reports.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signing {
    /// The private key, or the public half of one that an agent has.
    pub key: SigningKeySource,
    /// The passphrase of a key that is encrypted.
    pub passphrase: Option<Secret>,
    /// The name by which those who check signatures know the key.
    pub identity: String,
}

/// The source of a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SigningKeySource {
    /// A private key.
    Key(Secret),
    /// The file with the public half of a key that the agent at `SSH_AUTH_SOCK` has.
    Agent(PathBuf),
}

/// A result server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Server {
    /// Its address.
    pub url: Url,
    /// The account.
    pub account: String,
    /// The password of the account.
    pub token: Secret,
}

/// A violation that somebody answers for until a day. It is never hidden, and never a PASS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiver {
    /// The subject, all if none.
    pub subject: Option<String>,
    /// The testcase.
    pub testcase: String,
    /// The pattern of the resources, all if none.
    pub resource: Option<String>,
    /// The reason.
    pub reason: String,
    /// The person who answers for it.
    pub owner: String,
    /// The last day on which it counts.
    pub expires: NaiveDate,
}
