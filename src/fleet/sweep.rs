//! Removes what earlier nights have left in the subjects of a fleet, by the journals of its state folder.

use crate::config::{Access, Config, Provisioner, Subject};
use crate::plan::subject_named;
use crate::provision::{ClusterJournal, ProvisionError, ProvisionPace, Provisioning};
use crate::run::{Entrance, KeepSecrets, entrance};
use crate::state::{StateError, StateFolder};
use chrono::Utc;
use futures_util::{StreamExt, stream};
use scs_checks::verdict::Reason;
use scs_subjects::ledger::Journals;
use scs_subjects::settings::Environment;
use scs_subjects::sweep::{SweepError, SweepOutcome, SweepRequest, SweepResult, SweptSubject, sweep};
use scs_subjects::watch::{Events, Stop};
use scs_subjects::wire::limits::Limits;
use std::path::Path;
use std::time::Duration;
use thiserror::Error;

/// The manner of a sweep of several subjects.
pub struct FleetSweep<'a> {
    /// The state folder.
    pub state: &'a StateFolder,
    /// The environment.
    pub environment: &'a Environment,
    /// Is told of the secrets of each subject.
    pub keep: KeepSecrets,
    /// The time for which removing is tried in each subject.
    pub limit: Duration,
    /// The number of subjects at a time.
    pub side_by_side: usize,
    /// True if things are only looked for.
    pub dry_run: bool,
    /// The switch that ends it early.
    pub stop: Stop,
}

/// A subject that cannot be swept.
#[derive(Debug, Error)]
pub enum FleetSweepError {
    /// Its configuration has a mistake.
    #[error("{}", .0.message)]
    Access(Reason),
    /// It refused, or the sweep was stopped.
    #[error(transparent)]
    Sweep(#[from] SweepError),
}

/// A subject in which an earlier night may have left something, and which this night does not have.
#[derive(Clone, Debug, PartialEq)]
pub enum FormerSubject {
    /// Its branch of Kubernetes has ended.
    Ended(Box<Subject>),
    /// The configuration no longer has a subject of this name.
    Unknown(String),
}

impl FormerSubject {
    /// Returns its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Ended(subject) => &subject.name,
            Self::Unknown(name) => name,
        }
    }
}

/// Lists the subjects in which an earlier night may have left something, by the journals in the state folder.
///
/// # Errors
/// The state folder cannot be read.
pub async fn subjects_with_journals(state: &StateFolder) -> Result<Vec<String>, StateError> {
    let mut names = ClusterJournal::subjects(state).await?;
    names.extend(state.subjects_with_journals()?);
    names.sort();
    names.dedup();
    Ok(names)
}

/// Returns those of these names that no present subject has.
pub fn former_subjects(config: &Config, names: Vec<String>, present: &[Subject]) -> Vec<FormerSubject> {
    let is_former = |name: &String| present.iter().all(|subject| subject.name != *name);
    let former = |name: String| match subject_named(config, &name) {
        Some(subject) => FormerSubject::Ended(Box::new(subject)),
        None => FormerSubject::Unknown(name),
    };
    names.into_iter().filter(is_former).map(former).collect()
}

impl FleetSweep<'_> {
    /// Sweeps subjects side by side, and returns what became of each, in their order.
    pub async fn subjects<'s>(
        &self,
        subjects: &'s [Subject],
        events: impl Fn(&str) -> Events,
    ) -> Vec<(&'s Subject, Result<SweepResult, FleetSweepError>)> {
        let sweeping =
            subjects.iter().map(async |subject| (subject, self.subject(subject, &events(&subject.name)).await));
        stream::iter(sweeping).buffered(self.side_by_side.max(1)).collect().await
    }

    /// Removes what is left in a subject, or only looks for it.
    ///
    /// # Errors
    /// Its configuration has a mistake, or it refuses.
    pub async fn subject(&self, subject: &Subject, events: &Events) -> Result<SweepResult, FleetSweepError> {
        if let Access::Provisioned(provisioner) = &subject.access {
            return self.cluster(subject, provisioner, events).await;
        }
        let is_unclear = self.has_cluster(subject, events).await;
        let journals = self.state.journals_of(&subject.name);
        // A subject without a journal is not asked, so that one which cannot be reached is no obstacle.
        if is_empty(&journals) {
            return Ok(SweepResult { outcome: SweepOutcome::NothingToDo, is_unclear });
        }
        if let Some(reason) = self.stop.reason() {
            return Err(SweepError::Stopped(reason).into());
        }
        let entrance = entrance(self.environment, &subject.access, &self.keep).await;
        let request = SweepRequest {
            subject: match entrance.map_err(FleetSweepError::Access)? {
                Entrance::Cloud(cloud) => SweptSubject::Cloud(cloud),
                Entrance::Cluster { cluster, .. } => SweptSubject::Cluster(cluster),
            },
            journals: Journals::named(journals),
            run: None,
            older_than: None,
            include_upstream: false,
            limit: self.limit,
            dry_run: self.dry_run,
            limits: Limits::default(),
        };
        let swept = sweep(&request, &self.stop, events).await?;
        Ok(SweepResult { is_unclear: swept.is_unclear || is_unclear, ..swept })
    }

    /// Returns true, and tells, if a cluster was made for a subject that has no provisioner any more.
    async fn has_cluster(&self, subject: &Subject, events: &Events) -> bool {
        let told = match ClusterJournal::new(self.state, &subject.name).read().await {
            Ok(None) => return false,
            Ok(Some(record)) => {
                format!("the cluster {} in {} is left, which an earlier night made", record.name, record.place)
            }
            Err(error) => error.to_string(),
        };
        events.warn(format!(
            "{told}; give the subject its provisioner back, or remove the cluster by hand, and then its file in {}",
            self.state.clusters().display()
        ));
        true
    }

    /// Removes the cluster that an earlier night has made for a subject, or only tells of it. Events tell of the cluster, as no
    /// leftover in a subject stands for it.
    async fn cluster(
        &self,
        subject: &Subject,
        provisioner: &Provisioner,
        events: &Events,
    ) -> Result<SweepResult, FleetSweepError> {
        let provisioning = Provisioning {
            subject,
            provisioner,
            night: Utc::now().date_naive(),
            state: self.state,
            environment: self.environment,
            limits: Limits::default(),
            pace: ProvisionPace::default(),
            keep: &*self.keep,
            events,
        };
        let record = ClusterJournal::new(self.state, &subject.name).read().await.map_err(ProvisionError::from);
        let removing = async {
            match record? {
                Some(record) if self.dry_run => {
                    events.note(format!("the cluster {} in {} would be removed", record.name, record.place));
                    Ok(())
                }
                Some(_) => provisioning.remove(self.limit).await,
                None => Ok(()),
            }
        };
        let removed = tokio::select! {
            removed = removing => removed,
            reason = self.stop.thrown() => return Err(SweepError::Stopped(reason).into()),
        };
        match &removed {
            Err(error) => events.warn(format!("the cluster is left: {error}")),
            // Nothing is left in a cluster that is gone.
            Ok(()) if !self.dry_run => {
                let _ = std::fs::remove_dir_all(self.state.journals_of(&subject.name));
            }
            Ok(()) => {}
        }
        Ok(SweepResult { outcome: SweepOutcome::NothingToDo, is_unclear: removed.is_err() })
    }
}

/// Returns true if there is nothing in a folder; one that cannot be read may have something.
fn is_empty(folder: &Path) -> bool {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}
