//! Removes the clusters that earlier nights have left, by the records in the state folder.

use super::error::ProvisionError;
use super::journal::ClusterJournal;
use super::lifecycle::Provisioning;
use super::task::{Keep, ProvisionPace};
use crate::config::{Access, Config, Provisioner, Subject};
use crate::plan::subject_named;
use crate::state::{StateError, StateFolder};
use chrono::Utc;
use futures_util::future::join_all;
use scs_subjects::kubernetes::Limits;
use scs_subjects::settings::Environment;
use scs_subjects::watch::Events;
use std::time::Duration;

/// The manner of a sweep of clusters.
pub struct ClusterSweep<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The state folder.
    pub state: &'a StateFolder,
    /// The environment.
    pub environment: &'a Environment,
    /// The limits of clients.
    pub limits: Limits,
    /// The times between requests.
    pub pace: ProvisionPace,
    /// Is told of secrets before anything is asked.
    pub keep: Keep<'a>,
    /// The time limit for each cluster, if not that of its provisioner.
    pub limit: Option<Duration>,
    /// Returns the events of a subject, by its name.
    pub events: &'a (dyn Fn(&str) -> Events + Send + Sync),
}

/// A cluster that was found in the state folder.
#[derive(Debug)]
pub struct SweptCluster {
    /// The name of its subject.
    pub subject: String,
    /// The reason why it is still there; none if it is gone.
    pub left: Option<ProvisionError>,
}

/// Removes the clusters in the state folder, side by side, but those of subjects that `spare` names: these are removed when
/// their turn comes.
///
/// # Errors
/// The state folder cannot be read.
pub async fn sweep_clusters(
    sweep: &ClusterSweep<'_>,
    spare: impl Fn(&str) -> bool,
) -> Result<Vec<SweptCluster>, StateError> {
    let subjects = ClusterJournal::subjects(sweep.state).await?;
    let removing = subjects.into_iter().filter(|name| !spare(name)).map(|name| async {
        let left = sweep.remove(&name).await.err();
        SweptCluster { subject: name, left }
    });
    Ok(join_all(removing).await)
}

impl ClusterSweep<'_> {
    async fn remove(&self, name: &str) -> Result<(), ProvisionError> {
        let subject = subject_named(self.config, name);
        let events = (self.events)(name);
        let Some((subject, provisioner)) = subject.as_ref().and_then(provisioned) else {
            let help =
                "put it back, or remove the cluster that is named in clusters/ of the state folder, and its file there";
            return Err(ProvisionError::Configuration(format!(
                "a cluster is left of the subject {name}, which the configuration no longer has with a provisioner; {help}"
            )));
        };
        let provisioning = Provisioning {
            subject,
            provisioner,
            night: Utc::now().date_naive(),
            state: self.state,
            environment: self.environment,
            limits: self.limits.clone(),
            pace: self.pace,
            keep: self.keep,
            events: &events,
        };
        provisioning.remove(self.limit.unwrap_or(provisioner.deadlines.delete)).await
    }
}

fn provisioned(subject: &Subject) -> Option<(&Subject, &Provisioner)> {
    match &subject.access {
        Access::Provisioned(provisioner) => Some((subject, provisioner)),
        _ => None,
    }
}
