//! The things that earlier nights have left: clusters that were made for them, and resources in subjects. They are removed by
//! the journals in the state folder, and what remains is counted.

use super::NightRequest;
use crate::config::{Access, Subject};
use crate::plan::{NightPlan, PlannedSubject, Work, subject_named};
use crate::provision::{ClusterJournal, ClusterSweep, ProvisionError, ProvisionPace, SweptCluster, sweep_clusters};
use crate::state::StateError;
use crate::sweep::FleetSweep;
use scs_subjects::watch::{Events, Stop};
use scs_subjects::wire::limits::Limits;
use std::sync::Arc;
use std::time::Duration;

/// The time for which removing is tried in each subject.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// The things that are left at the end of a night.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// Clusters of earlier nights, each with the reason why it is there.
    pub clusters: Vec<String>,
    /// Subjects with journals that are not finished.
    pub subjects: Vec<String>,
}

impl NightRequest<'_> {
    /// Returns the place where events about a subject go.
    fn events_of(&self, subject: &str) -> Events {
        let events = Arc::clone(&self.events);
        Events::new(subject, move |event| events(event))
    }

    /// Removes the clusters of earlier nights, but those of subjects whose turn comes: these are removed then.
    pub(super) async fn sweep_clusters(&self, plan: &NightPlan<'_>, stop: &Stop) -> Vec<String> {
        let events = |subject: &str| self.events_of(subject);
        let sweep = ClusterSweep {
            config: self.config,
            state: self.state,
            environment: &self.environment,
            limits: Limits::default(),
            pace: ProvisionPace::default(),
            keep: &*self.keep,
            limit: None,
            events: &events,
        };
        let makes_one = |planned: &PlannedSubject<'_>| {
            matches!(planned.work, Work::Run { .. }) && matches!(planned.subject.access, Access::Provisioned(_))
        };
        let has_turn = |name: &str| plan.subjects.iter().any(|one| one.subject.name == name && makes_one(one));
        let swept = tokio::select! {
            swept = sweep_clusters(&sweep, has_turn) => swept,
            reason = stop.thrown() => {
                let stopped =
                    |subject| SweptCluster { subject, left: Some(ProvisionError::Stopped(reason.clone())) };
                let left = ClusterJournal::subjects(self.state).await;
                left.map(|left| left.into_iter().filter(|name| !has_turn(name)).map(stopped).collect())
            }
        };
        let told = |one: SweptCluster| {
            let left = one.left?;
            Some(format!("{}: a cluster of an earlier night is left: {left}", one.subject))
        };
        match swept {
            Ok(swept) => swept.into_iter().filter_map(told).collect(),
            Err(error) => vec![error.to_string()],
        }
    }

    /// Removes what earlier runs have left in subjects, and lists those in which something may still be left. What a run of
    /// this night could not remove is tried again.
    pub(super) async fn sweep_subjects(&self, clusters: Vec<String>, stop: &Stop) -> Left {
        let sweep = FleetSweep {
            state: self.state,
            environment: &self.environment,
            keep: Arc::clone(&self.keep),
            limit: LIMIT,
            side_by_side: self.config.limits.subjects,
            dry_run: false,
            stop: stop.clone(),
        };
        let sweeping = async {
            let names = self.state.subjects_with_journals()?;
            let subjects: Vec<Subject> = names.iter().filter_map(|name| subject_named(self.config, name)).collect();
            // What is left afterwards is in their journals.
            sweep.subjects(&subjects, |subject| self.events_of(subject)).await;
            self.state.subjects_with_journals()
        };
        let subjects: Result<Vec<String>, StateError> = sweeping.await;
        Left { clusters, subjects: subjects.unwrap_or_else(|error| vec![error.to_string()]) }
    }
}
