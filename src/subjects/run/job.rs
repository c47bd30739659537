//! A job: what to collect, from which subject, within which bounds.

use crate::collect::ChangePermission;
use crate::kubernetes::Cluster;
use crate::ledger::{self, Place, PlaceMatch, SweepScope, Unread};
use crate::openstack::config::Cloud;
use crate::secrets::Secrets;
use crate::suites::Suites;
use crate::watch::Events;
use crate::wire::limits::Limits;
use crate::world::{SharedWorld, WorldOptions};
use scs_checks::facts::{Needs, SubjectKind};
use std::time::Duration;

/// A subject, and how to reach it.
pub enum Target {
    /// An OpenStack cloud.
    Cloud(Box<Cloud>),
    /// A Kubernetes cluster, and the public data about Kubernetes.
    Cluster(Box<Cluster>, SharedWorld),
}

impl From<Cloud> for Target {
    fn from(cloud: Cloud) -> Self {
        Self::Cloud(Box::new(cloud))
    }
}

/// A cluster that shares the public data with others.
impl From<(Cluster, SharedWorld)> for Target {
    fn from((cluster, world): (Cluster, SharedWorld)) -> Self {
        Self::Cluster(Box::new(cluster), world)
    }
}

/// A cluster for which the public data is fetched alone.
impl From<(Cluster, WorldOptions)> for Target {
    fn from((cluster, options): (Cluster, WorldOptions)) -> Self {
        Self::from((cluster, SharedWorld::from(options)))
    }
}

impl Target {
    /// Returns the kind of the subject.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Cloud(_) => SubjectKind::Cloud,
            Self::Cluster(..) => SubjectKind::Cluster,
        }
    }

    /// Returns the name that its configuration gives it.
    pub fn name(&self) -> &str {
        match self {
            Self::Cloud(cloud) => &cloud.name,
            Self::Cluster(cluster, _) => cluster.configured_name(),
        }
    }

    /// Returns what no output may repeat.
    pub fn secrets(&self) -> &Secrets {
        match self {
            Self::Cloud(cloud) => &cloud.secrets,
            Self::Cluster(cluster, _) => &cluster.secrets,
        }
    }
}

/// The facts to collect from one subject, and the bounds of that.
pub struct Job {
    /// The facts that are needed.
    pub needs: Needs,
    /// The way to reach it.
    pub target: Target,
    /// Its name in the report.
    pub subject: String,
    /// The longest time for the run.
    pub deadline: Duration,
    /// The bounds of the client.
    pub limits: Limits,
    /// Results of suites that are brought along; what they tell is not collected again.
    pub brought: Suites,
    /// The permission to change it, if there is one.
    pub permission: Option<ChangePermission>,
}

impl Job {
    /// Tells of runs in the same place that did not clean up.
    pub(super) fn warn_of_leftovers(&self, place: &Place, events: &Events) {
        let Some(permission) = &self.permission else { return };
        let journals = &permission.journals;
        let found = ledger::unfinished(&journals.folder);
        let remedy = |run| journals.sweep(place, SweepScope::Run(run)).map(|sweep| format!("; `{sweep}` removes it"));
        for journal in found.unfinished.iter().filter(|journal| journal.place.compare(place) != PlaceMatch::Other) {
            let (run, remedy) = (&journal.run, remedy(&journal.run).unwrap_or_default());
            events.warn(format!("run {run} did not finish and may have left something there{remedy}"));
        }
        for Unread { run, why, .. } in &found.unread {
            events.warn(format!("{why}{}", run.as_ref().and_then(remedy).unwrap_or_default()));
        }
    }

    /// Returns the longest time for collecting one fact. The deadline of the run comes first, so that a run that is cut
    /// short says so; this one bounds what the run's would not end.
    pub(super) fn time_per_fact(&self) -> Duration {
        const LEAST: Duration = Duration::from_secs(120);
        self.deadline.saturating_add(Duration::from_secs(5)).max(LEAST)
    }
}
