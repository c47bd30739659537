//! The turn of a subject whose cluster is made for it: make, check, remove, whatever happens.

use super::{Job, Night};
use crate::config::{Access, Provisioner};
use crate::provision::{ProvisionError, Provisioning, ReadyCluster};
use chrono::Utc;
use futures_util::FutureExt;
use scs_checks::facts::Needs;
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::judge::Collected;
use scs_subjects::watch::Events;
use scs_subjects::wire::limits::Limits;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The time for asking for the removal after the night was stopped: if nothing was tested yet, and if a run had to end first.
const STOPPED_EARLY: Duration = Duration::from_secs(18);
const STOPPED_LATE: Duration = Duration::from_secs(4);

/// The time before the end of a kubeconfig in which nothing begins any more.
const MARGIN: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

impl Night<'_> {
    /// Checks a cluster that is made now and removed afterwards; besides, why it is left if it is.
    pub(super) async fn on_demand(
        &self,
        job: &Job,
        provisioner: &Provisioner,
        needs: Needs,
    ) -> (Collected, Option<String>) {
        let (began, subject) = (Utc::now(), &job.subject);
        let events = Arc::clone(&self.events);
        let events = Events::new(&subject.name, move |event| events(event));
        let provisioning = Provisioning {
            subject,
            provisioner,
            night: self.date,
            state: self.state,
            environment: &self.environment,
            limits: Limits { hosts: self.hosts.clone(), ..Limits::default() },
            pace: self.pace,
            keep: &*self.keep,
            events: &events,
        };
        let until = Instant::now() + subject.deadline;
        let made = tokio::select! {
            biased;
            reason = self.stop.thrown() => Err(ProvisionError::Stopped(reason)),
            made = guarded(provisioning.make(until)) => made,
        };
        let grace = if made.is_ok() { STOPPED_LATE } else { STOPPED_EARLY };
        let collected = match made {
            Ok(cluster) => self.check_made(job, needs, cluster, until, &events).await,
            Err(error) => self.nothing_known(subject, error.reason(), began),
        };
        (collected, self.left(&provisioning, grace).await)
    }

    /// Checks a cluster that was just made, for as long as its kubeconfig and the deadline of the subject allow.
    async fn check_made(
        &self,
        job: &Job,
        needs: Needs,
        cluster: ReadyCluster,
        until: Instant,
        events: &Events,
    ) -> Collected {
        let mut time = until.saturating_duration_since(Instant::now());
        if let Some(end) = cluster.expires_at {
            let lifetime = (end - MARGIN).signed_duration_since(Utc::now()).to_std().unwrap_or_default();
            if lifetime < time {
                let end = end.format("%H:%M:%S UTC");
                let whole = humantime::format_duration(Duration::from_secs(lifetime.as_secs()));
                events.warn(format!("the kubeconfig of the cluster expires at {end}, so the check gets only {whole}"));
                time = lifetime;
            }
        }
        if time.is_zero() {
            let reason = Reason::new(ReasonCode::Deadline, "making the cluster left no time for the check");
            return self.nothing_known(&job.subject, reason, Utc::now());
        }
        let access = Access::Cluster { kubeconfig: cluster.kubeconfig, context: cluster.context };
        self.collected(job, needs, &access, time).await.0
    }

    /// Removes the cluster; why it is left if it is.
    async fn left(&self, provisioning: &Provisioning<'_>, grace: Duration) -> Option<String> {
        let mut removing = pin!(guarded(provisioning.remove(provisioning.provisioner.deadlines.delete)));
        let removed = tokio::select! {
            biased;
            removed = &mut removing => removed,
            reason = self.stop.thrown() => match tokio::time::timeout(grace, &mut removing).await {
                Ok(removed) => removed,
                Err(_) => Err(ProvisionError::Stopped(reason)),
            },
        };
        let error = removed.err()?;
        Some(format!("its cluster is left: {error}; the next night or `sweep nightly` tries to remove it"))
    }
}

/// Awaits work whose defects must not touch other subjects.
async fn guarded<T>(work: impl Future<Output = Result<T, ProvisionError>>) -> Result<T, ProvisionError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or(Err(ProvisionError::Defect))
}
