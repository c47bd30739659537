//! The work on one cluster: its names, secrets and time limits, which all kinds of provisioners share.

use super::error::ProvisionError;
use super::journal::aside;
use crate::config::{Provisioner, Subject};
use crate::state::StateError;
use indexmap::IndexMap;
use scs_subjects::kubernetes::{self, Cluster, ClusterChoice, Limits};
use scs_subjects::secrets::Secrets;
use scs_subjects::settings::Environment;
use scs_subjects::watch::{Events, Step};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Is told of secrets before anything is asked, so that no output repeats them.
pub(super) type Keep<'a> = &'a (dyn Fn(&Secrets) + Send + Sync);

/// The times between requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProvisionPace {
    /// The time between two looks at a cluster.
    pub poll: Duration,
    /// The time after which a request that nobody has answered has no effect any more.
    pub late: Duration,
}

impl Default for ProvisionPace {
    /// Returns the pace for real clusters. An API server may hold a request for a minute before it acts on it.
    fn default() -> Self {
        Self { poll: Duration::from_secs(10), late: Duration::from_secs(70) }
    }
}

/// The work on one cluster.
pub(super) struct Task<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// Its provisioner.
    pub provisioner: &'a Provisioner,
    /// The name of the cluster.
    pub name: String,
    /// The identifier of the run, in labels and variables.
    pub run: String,
    /// The file for the kubeconfig.
    pub kubeconfig: PathBuf,
    /// The environment.
    pub environment: &'a Environment,
    /// The limits of clients.
    pub limits: Limits,
    /// The times between requests.
    pub pace: ProvisionPace,
    /// Is told of secrets.
    pub keep: Keep<'a>,
    /// The secrets of the provisioner, by name.
    pub values: IndexMap<String, String>,
    /// All secrets that no message may repeat.
    pub secrets: Secrets,
    /// The events of the subject.
    pub events: &'a Events,
    /// The state that was seen last.
    seen: Mutex<String>,
}

/// A step in the life of a cluster, and its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    /// The step, as a message begins with it.
    pub step: &'static str,
    /// The end.
    pub at: Instant,
    /// The whole time.
    pub limit: Duration,
}

impl Deadline {
    /// Returns a deadline that is so long from now, but not after `until`.
    pub fn new(step: &'static str, limit: Duration, until: Instant) -> Self {
        let now = Instant::now();
        let at = (now + limit).min(until);
        Self { step, at, limit: at.saturating_duration_since(now) }
    }

    /// Returns the time that is left.
    pub fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

/// The surroundings from which a task is made.
pub(super) struct TaskTerms<'a> {
    pub subject: &'a Subject,
    pub provisioner: &'a Provisioner,
    pub environment: &'a Environment,
    pub limits: Limits,
    pub pace: ProvisionPace,
    pub keep: Keep<'a>,
    pub events: &'a Events,
}

impl<'a> Task<'a> {
    /// Begins the work, and reads the secrets of the provisioner.
    ///
    /// # Errors
    /// A secret cannot be had.
    pub async fn begin(
        terms: TaskTerms<'a>,
        (name, run): (String, String),
        kubeconfig: PathBuf,
    ) -> Result<Self, ProvisionError> {
        let TaskTerms { subject, provisioner, environment, limits, pace, keep, events } = terms;
        let secrets = environment.secrets();
        let mut values = IndexMap::new();
        for (key, secret) in provisioner.kind.secrets().into_iter().flatten() {
            let value = secret.read(|variable| environment.var(variable).map(str::to_owned)).await?;
            secrets.add(&value);
            values.insert(key.clone(), value);
        }
        keep(&secrets);
        let seen = Mutex::new("nothing yet".to_owned());
        Ok(Self {
            subject,
            provisioner,
            name,
            run,
            kubeconfig,
            environment,
            limits,
            pace,
            keep,
            values,
            secrets,
            events,
            seen,
        })
    }

    /// Notes a state of the cluster, and tells of it if it is another one than before.
    pub fn see(&self, state: &str) {
        let state = self.secrets.hide(state).into_owned();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen != state {
            self.events.pending(&self.step(), state.clone());
            *seen = state;
        }
    }

    /// Returns the step for events.
    pub fn step(&self) -> Step {
        Step::Wait(format!("the cluster {}", self.name))
    }

    /// Returns the error of a step whose time is over.
    pub fn too_late(&self, deadline: Deadline) -> ProvisionError {
        ProvisionError::Deadline {
            step: deadline.step,
            name: self.name.clone(),
            limit: deadline.limit,
            seen: self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Returns the error of a cluster that has failed for good.
    pub fn failed(&self, why: &str) -> ProvisionError {
        ProvisionError::Failed { name: self.name.clone(), why: self.secrets.hide(why).into_owned() }
    }

    /// Waits until the next look.
    ///
    /// # Errors
    /// The time of the step is over by then.
    pub async fn pause(&self, deadline: Deadline) -> Result<(), ProvisionError> {
        if deadline.left() <= self.pace.poll {
            tokio::time::sleep(deadline.left()).await;
            return Err(self.too_late(deadline));
        }
        tokio::time::sleep(self.pace.poll).await;
        Ok(())
    }

    /// Awaits a step until its deadline.
    ///
    /// # Errors
    /// The step fails, or takes too long.
    pub async fn within<T>(
        &self,
        deadline: Deadline,
        step: impl Future<Output = Result<T, ProvisionError>>,
    ) -> Result<T, ProvisionError> {
        tokio::time::timeout_at(deadline.at, step).await.unwrap_or_else(|_| Err(self.too_late(deadline)))
    }

    /// Writes the kubeconfig of the cluster, which only its owner can read.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn write_kubeconfig(&self, text: String) -> Result<(), ProvisionError> {
        let file = self.kubeconfig.clone();
        let written = aside(move || scs_files::replace(&file, &text)).await;
        Ok(written.map_err(StateError::from)?)
    }

    /// Loads a kubeconfig, and tells of its secrets.
    ///
    /// # Errors
    /// It cannot be used.
    pub async fn cluster(&self, kubeconfig: &Path, context: Option<&str>) -> Result<Cluster, ProvisionError> {
        let (environment, kubeconfig) = (self.environment.clone(), kubeconfig.to_owned());
        let context = context.map(str::to_owned);
        let load = move || {
            let choice = ClusterChoice { kubeconfig: Some(&kubeconfig), context: context.as_deref() };
            kubernetes::load(&environment, choice).map_err(|error| error.to_string())
        };
        let loaded = aside(load).await;
        let cluster = loaded.map_err(ProvisionError::Configuration)?;
        (self.keep)(&cluster.secrets);
        Ok(cluster)
    }
}
