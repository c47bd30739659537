//! Runs the subjects of a night side by side. Whatever happens to one of them touches no other, and each gets a report.

mod access;
mod id;
mod on_demand;
#[cfg(test)]
mod on_demand_tests;
mod seen;
mod subject;
#[cfg(test)]
mod tests;

pub use access::KeepSecrets;
pub(crate) use access::{Entrance, entrance, read as read_access};
pub use id::report_id;
pub use seen::{Seen, SeenCertificate};

use crate::config::{Config, Subject};
use crate::provision::ProvisionPace;
use crate::sign::{SignerError, SigningAgent};
use crate::state::StateFolder;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::{StreamExt, stream};
use scs_checks::definition::Definitions;
use scs_files::WriteError;
use scs_reports::judge::{BundleError, JudgeError};
use scs_reports::{Report, RunBy, Tool};
use scs_subjects::settings::Environment;
use scs_subjects::watch::{Event, Stop};
use scs_subjects::wire::permits::HostPermits;
use scs_subjects::world::SharedWorld;
use std::path::PathBuf;
use std::sync::Arc;

/// A night: what all subjects share.
pub struct Night<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The definitions.
    pub definitions: &'a Definitions,
    /// The date that the night belongs to, in UTC.
    pub date: NaiveDate,
    /// The instant as of which is planned.
    pub now: DateTime<Utc>,
    /// The program.
    pub tool: Tool,
    /// The person or CI job that runs it.
    pub run_by: RunBy,
    /// The environment in which clouds and clusters are configured.
    pub environment: Environment,
    /// Is told of the secrets of each subject.
    pub keep: KeepSecrets,
    /// The one who signs bundles.
    pub signer: Option<&'a SigningAgent>,
    /// The state folder.
    pub state: &'a StateFolder,
    /// The permits of all hosts.
    pub hosts: HostPermits,
    /// The times between requests for clusters that are made.
    pub pace: ProvisionPace,
    /// The public data about Kubernetes.
    pub world: SharedWorld,
    /// The switch that ends the night early.
    pub stop: Stop,
    /// The place where all events go; it is called from many threads.
    pub events: Arc<dyn Fn(Event) + Send + Sync>,
}

/// The work on one subject.
#[derive(Clone, Debug)]
pub struct Job {
    /// The subject.
    pub subject: Subject,
    /// The ids of the testcases to run.
    pub testcases: Vec<String>,
    /// The number of the attempt within the night, from 1.
    pub attempt: u32,
}

/// A subject whose turn is over.
#[derive(Debug)]
pub struct Finished {
    /// The name of the subject.
    pub subject: String,
    /// The id of the scope.
    pub scope: String,
    /// The report; none only if its scope has no version that is in force.
    pub report: Result<Report, JudgeError>,
    /// The folder with its files.
    pub folder: PathBuf,
    /// The first file that could not be written, if there is one.
    pub unwritten: Option<Unwritten>,
    /// The reason why its cluster is left, which was made for the night.
    pub left: Option<String>,
    /// The dates of data and certificates that the run has seen.
    pub seen: Seen,
}

/// A result that is not on the disk.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] WriteError),
    /// The history cannot be written.
    #[error(transparent)]
    State(#[from] crate::state::StateError),
    /// A format cannot hold the report.
    #[error("{0}")]
    Format(String),
    /// There is no bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The bundle is not signed.
    #[error("no bundle is made: {0}")]
    Signer(#[from] SignerError),
    /// Nobody is named who signs bundles.
    #[error("no bundle is made: the configuration names no key")]
    NoSigner,
}

impl Night<'_> {
    /// Runs jobs side by side, as many at a time as the configuration permits, and hands over each as soon as it is on the
    /// disk. Those that share an exclusive key run one after another.
    pub async fn run(&self, jobs: Vec<Job>, mut finished: impl FnMut(Finished)) {
        let turns = |lane: Vec<Job>| stream::iter(lane).then(|job| self.finish(job)).boxed_local();
        let mut running = stream::iter(lanes(jobs)).map(turns).flatten_unordered(self.config.limits.subjects);
        while let Some(ended) = running.next().await {
            finished(ended);
        }
    }
}

/// Puts jobs into lanes: those of a lane run one after another.
fn lanes(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut lanes: indexmap::IndexMap<String, Vec<Job>> = indexmap::IndexMap::new();
    for job in jobs {
        let key = job.subject.exclusive.as_ref().map_or_else(
            || format!("subject {} {}", job.subject.name, job.subject.scope),
            |key| format!("exclusive {key}"),
        );
        lanes.entry(key).or_default().push(job);
    }
    lanes.into_values().collect()
}
