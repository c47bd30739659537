//! The life of one cluster: journal, create, wait, kubeconfig, version; and its removal.

use super::driver::Driver;
use super::error::ProvisionError;
use super::journal::{ClusterJournal, ClusterRecord, VERSION};
use super::managed::is_certainly_refused;
use super::marks::Occupant;
use super::task::{Deadline, Keep, ProvisionPace, Task, TaskTerms};
use super::version::is_asked_for;
use crate::config::{Provisioner, ProvisionerKind, Subject};
use crate::state::StateFolder;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scs_subjects::kubernetes::{ApiClient, Limits, RequestContext};
use scs_subjects::ledger::RunId;
use scs_subjects::settings::Environment;
use scs_subjects::watch::Events;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// The longest time for asking a cluster for its version once.
const ASKING: Duration = Duration::from_secs(20);

/// The cluster of one subject, which is made for its turn.
pub struct Provisioning<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// Its provisioner.
    pub provisioner: &'a Provisioner,
    /// The date that the night belongs to.
    pub night: NaiveDate,
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
    /// The events of the subject.
    pub events: &'a Events,
}

/// A cluster that can be tested.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReadyCluster {
    /// Its kubeconfig.
    pub kubeconfig: PathBuf,
    /// The context in it, if not the current one.
    pub context: Option<String>,
    /// The instant at which the kubeconfig expires, if that is told.
    pub expires_at: Option<DateTime<Utc>>,
    /// The version that answers.
    pub version: String,
}

impl Provisioning<'_> {
    /// Makes the cluster, until an instant at the latest. What a killed night has left of it is removed before.
    ///
    /// Whatever comes of it, [`Self::remove`] has to be called afterwards, also if this future was dropped.
    ///
    /// # Errors
    /// It cannot be made: why, and what to do.
    pub async fn make(&self, until: Instant) -> Result<ReadyCluster, ProvisionError> {
        let journal = self.journal();
        if journal.read().await?.is_some() {
            self.remove(self.provisioner.deadlines.delete.min(until.saturating_duration_since(Instant::now()))).await?;
        }
        let run = RunId::new(Utc::now()).to_string();
        let task = self.task(self.provisioner.cluster_name(&self.subject.name), run).await?;
        self.events.began(&task.step());
        let made = self.made(&task, &journal, until).await;
        self.events.ended(
            &task.step(),
            match &made {
                Ok(cluster) => format!("ready, Kubernetes {}", cluster.version),
                Err(error) => error.to_string(),
            },
        );
        made
    }

    async fn made(
        &self,
        task: &Task<'_>,
        journal: &ClusterJournal,
        until: Instant,
    ) -> Result<ReadyCluster, ProvisionError> {
        let limits = self.provisioner.deadlines;
        let asking = Deadline::new("asking for the creation", limits.create, until);
        let driver = task.within(asking, Driver::open(task)).await?;
        if let ProvisionerKind::Static { kubeconfig, context } = &self.provisioner.kind {
            let cluster = ReadyCluster {
                kubeconfig: kubeconfig.clone(),
                context: context.clone(),
                expires_at: None,
                version: String::new(),
            };
            return self.answering(task, cluster, self.provisioner.version.as_deref(), until).await;
        }
        let order = task.within(asking, driver.order(self.unused_from())).await?;
        if let Some(occupant) = task.within(asking, driver.occupant(asking)).await? {
            let deadline = Deadline::new("the removal", limits.delete, until);
            self.make_room(task, &driver, journal, occupant, deadline).await?;
        }
        let mut record = self.record(task, driver.place());
        journal.write(&record).await?;
        let asking = Deadline::new("the creation", limits.create, until);
        match task.within(asking, driver.create(order.as_ref(), asking)).await {
            Ok(uid) => {
                record.uid = uid;
                journal.write(&record).await?;
            }
            Err(error) => {
                if is_certainly_refused(&error) {
                    journal.erase().await?;
                }
                return Err(error);
            }
        }
        let ready = Deadline::new("the creation", limits.ready, until);
        task.within(ready, driver.wait(ready)).await?;
        let getting = Deadline::new("getting the kubeconfig", limits.kubeconfig, until);
        let expires_at = task.within(getting, driver.kubeconfig(getting)).await?;
        let kubeconfig = task.kubeconfig.clone();
        let cluster = ReadyCluster { kubeconfig, context: None, expires_at, version: String::new() };
        let asked = order.and_then(|order| order.version).or_else(|| self.provisioner.version.clone());
        self.answering(task, cluster, asked.as_deref(), until).await
    }

    /// Removes a cluster of ours that nobody uses any more; another one is left alone.
    async fn make_room(
        &self,
        task: &Task<'_>,
        driver: &Driver<'_>,
        journal: &ClusterJournal,
        occupant: Occupant,
        deadline: Deadline,
    ) -> Result<(), ProvisionError> {
        if !occupant.is_abandoned(&self.subject.name, Utc::now()) {
            let (name, place) = (task.name.clone(), driver.place().to_owned());
            return Err(ProvisionError::Foreign { name, place, owner: occupant.owner() });
        }
        let found = self.record(task, driver.place());
        let record = ClusterRecord { run: occupant.run.unwrap_or_default(), uid: occupant.uid, ..found };
        journal.write(&record).await?;
        task.within(deadline, driver.remove(&record, deadline)).await?;
        Ok(journal.erase().await?)
    }

    /// Asks the cluster for its version, which has to be the one that was asked for.
    async fn answering(
        &self,
        task: &Task<'_>,
        mut cluster: ReadyCluster,
        asked: Option<&str>,
        until: Instant,
    ) -> Result<ReadyCluster, ProvisionError> {
        let loaded = task.cluster(&cluster.kubeconfig, cluster.context.as_deref()).await?;
        let deadline = Deadline::new("the first answer", self.provisioner.deadlines.kubeconfig, until);
        let version = async {
            loop {
                let context = RequestContext::within(ASKING.min(deadline.left()));
                let answer = match ApiClient::connect(&loaded, self.limits.clone(), &context).await {
                    Ok(client) => client.get(&["version"], &context).await,
                    Err(error) => return Err(error.into()),
                };
                match answer {
                    Ok(version) if version["gitVersion"].is_string() => {
                        return Ok(version["gitVersion"].as_str().unwrap_or_default().to_owned());
                    }
                    Ok(_) => task.see("its answer has no gitVersion"),
                    Err(error) => task.see(&error.to_string()),
                }
                task.pause(deadline).await?;
            }
        };
        cluster.version = task.within(deadline, version).await?;
        match asked {
            Some(asked) if !is_asked_for(asked, &cluster.version) => Err(ProvisionError::OtherVersion {
                name: task.name.clone(),
                asked: asked.to_owned(),
                found: cluster.version,
            }),
            _ => Ok(cluster),
        }
    }

    /// Removes the cluster that the journal names, if it names one, and waits until it is gone.
    ///
    /// # Errors
    /// It could not be removed in time, and stays in the journal.
    pub async fn remove(&self, limit: Duration) -> Result<(), ProvisionError> {
        let journal = self.journal();
        let Some(record) = journal.read().await? else { return Ok(()) };
        let deadline = Deadline::new("the removal", limit, Instant::now() + limit);
        let task = self.task(record.name.clone(), record.run.clone()).await?;
        self.events.began(&task.step());
        let driver = task.within(deadline, Driver::open(&task)).await?;
        if (record.kind.as_str(), record.place.as_str()) != (self.provisioner.kind.name(), driver.place()) {
            let what = format!("the cluster {} was made by {} in {}", record.name, record.kind, record.place);
            let help = "the provisioner of its subject is another one by now; put the old one back, or remove cluster and record";
            return Err(ProvisionError::Configuration(format!("{what}; {help}")));
        }
        let removed = task.within(deadline, driver.remove(&record, deadline)).await;
        self.events.ended(
            &task.step(),
            match &removed {
                Ok(()) => "removed".to_owned(),
                Err(error) => error.to_string(),
            },
        );
        removed?;
        Ok(journal.erase().await?)
    }

    fn journal(&self) -> ClusterJournal {
        ClusterJournal::new(self.state, &self.subject.name)
    }

    async fn task(&self, name: String, run: String) -> Result<Task<'_>, ProvisionError> {
        let terms = TaskTerms {
            subject: self.subject,
            provisioner: self.provisioner,
            environment: self.environment,
            limits: self.limits.clone(),
            pace: self.pace,
            keep: self.keep,
            events: self.events,
        };
        Task::begin(terms, (name, run), self.journal().kubeconfig()).await
    }

    fn record(&self, task: &Task<'_>, place: &str) -> ClusterRecord {
        ClusterRecord {
            version: VERSION,
            name: task.name.clone(),
            kind: self.provisioner.kind.name().to_owned(),
            place: place.to_owned(),
            subject: self.subject.name.clone(),
            night: self.night,
            created_at: Utc::now(),
            run: task.run.clone(),
            uid: None,
        }
    }

    /// Returns the instant after which nobody uses the cluster any more.
    fn unused_from(&self) -> DateTime<Utc> {
        let time = self.subject.deadline + self.provisioner.deadlines.delete;
        Utc::now() + TimeDelta::from_std(time).unwrap_or_default() + TimeDelta::hours(1)
    }
}
