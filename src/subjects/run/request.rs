//! A request to collect from one subject: how to reach it, within which bounds, for whom.

use crate::blocking::blocking;
use crate::collect::ChangePermission;
use crate::kubernetes::Cluster;
use crate::ledger::{self, Place, PlaceMatch, SweepScope, Unread};
use crate::openstack::config::Cloud;
use crate::secrets::Secrets;
use crate::suites::Suites;
use crate::watch::Events;
use crate::wire::limits::Limits;
use crate::world::{SharedWorld, WorldOptions};
use indexmap::IndexMap;
use scs_checks::definition::Evidence;
use scs_checks::facts::SubjectKind;
use scs_reports::RunBy;
use std::time::Duration;

/// The time limit of a run that only reads.
const READING: Duration = Duration::from_secs(5 * 60);
/// The time limit of a run that may change the subject.
const CHANGING: Duration = Duration::from_secs(60 * 60);
/// The number of suites that take hours.
const SUITES: u32 = 2;

/// A subject, and how to reach it.
pub enum SubjectAccess {
    /// An OpenStack cloud.
    Cloud(Box<Cloud>),
    /// A Kubernetes cluster, and the public data about Kubernetes.
    Cluster(Box<Cluster>, SharedWorld),
}

impl From<Cloud> for SubjectAccess {
    fn from(cloud: Cloud) -> Self {
        Self::Cloud(Box::new(cloud))
    }
}

/// A cluster that shares the public data with others.
impl From<(Cluster, SharedWorld)> for SubjectAccess {
    fn from((cluster, world): (Cluster, SharedWorld)) -> Self {
        Self::Cluster(Box::new(cluster), world)
    }
}

/// A cluster for which the public data is fetched alone.
impl From<(Cluster, WorldOptions)> for SubjectAccess {
    fn from((cluster, options): (Cluster, WorldOptions)) -> Self {
        Self::from((cluster, SharedWorld::from(options)))
    }
}

impl SubjectAccess {
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

/// A request to collect from one subject.
pub struct CollectRequest {
    /// The subject, and how to reach it.
    pub access: SubjectAccess,
    /// The name of the subject in reports, instead of the one that its configuration gives it.
    pub subject: Option<String>,
    /// True if the subject is a simulation, which every report then says.
    pub simulated: bool,
    /// The permission to change the subject, if there is one.
    pub permission: Option<ChangePermission>,
    /// Results of suites that are brought along; facts that they contain are not collected again.
    pub brought: Suites,
    /// Statements of people about testcases that they judge, by testcase.
    pub evidence: IndexMap<String, Evidence>,
    /// The time limit, instead of the usual one.
    pub deadline: Option<Duration>,
    /// The limits of the client.
    pub limits: Limits,
    /// True if a cloud is asked when the application credential ends, which takes one request more.
    pub asks_for_credential: bool,
    /// The person or CI job that collects.
    pub run_by: RunBy,
}

impl CollectRequest {
    /// Returns the request to read from a subject, with the usual limits and without an author.
    pub fn new(access: impl Into<SubjectAccess>) -> Self {
        Self {
            access: access.into(),
            subject: None,
            simulated: false,
            permission: None,
            brought: Suites::default(),
            evidence: IndexMap::new(),
            deadline: None,
            limits: Limits::default(),
            asks_for_credential: false,
            run_by: RunBy::default(),
        }
    }

    /// Returns the name of the subject in reports.
    pub fn subject(&self) -> &str {
        self.subject.as_deref().unwrap_or_else(|| self.access.name())
    }

    /// Returns the time limit: the one that is set, or the usual one of such a run. Suites that take hours are not cut short
    /// by a limit that nobody has set.
    pub fn deadline(&self) -> Duration {
        let usual = self.permission.as_ref().map_or(READING, |permission| {
            let heavy = permission.terms.heavy.as_ref().map(|heavy| heavy.limit * SUITES);
            let tempest = permission.terms.tempest.as_ref().map(|tempest| tempest.limit);
            CHANGING + heavy.unwrap_or_default() + tempest.unwrap_or_default()
        });
        self.deadline.unwrap_or(usual)
    }

    /// Returns true if the run may start suites that take hours.
    pub(super) fn takes_hours(&self) -> bool {
        self.permission.as_ref().is_some_and(ChangePermission::takes_hours)
    }

    /// Tells of runs in the same place that did not clean up.
    pub(super) async fn warn_of_leftovers(&self, place: &Place, events: &Events) {
        let Some(permission) = &self.permission else { return };
        let journals = &permission.journals;
        let folder = journals.folder.clone();
        let found = blocking(move || ledger::unfinished(&folder)).await;
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
        self.deadline().saturating_add(Duration::from_secs(5)).max(LEAST)
    }
}
