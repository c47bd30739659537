//! Shared by these tests: a cluster whose pods act as ours do, terms without long pauses, and runs.

use crate::bench::terms;
use crate::clusters::{built_in, conformant, loaded};
use crate::program::Program;
use crate::simulated::Outcome;
use crate::support::{embedded, evaluated, hasty, now};
use scs_checks::facts::{ClusterFacts, FactKind, Needs};
use scs_reports::judge::{self, Selection};
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use scs_subjects::collect::{ChangePermission, ChangeTerms, Journals};
use scs_subjects::openstack::Limits;
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::watch::Stop;
use std::time::Duration;
use tempfile::TempDir;

/// The facts that experiments find, with their names.
pub const EXPERIMENTS: [(&str, FactKind); 3] = [
    ("storage", FactKind::StorageTrial),
    ("privileged", FactKind::PrivilegedPod),
    ("policy", FactKind::NetworkPolicyProbe),
];

/// The courses of our pods where everything works.
pub const PODS: &str = include_str!("../../fixtures/kubernetes/pods.yaml");

/// Returns a conformant cluster where our pods do what they do, with a change.
pub fn active(change: impl FnOnce(&mut ClusterState)) -> ClusterState {
    conformant(|state| {
        state.pod_courses = serde_yaml::from_str(PODS).unwrap();
        change(state);
    })
}

pub async fn cluster(change: impl FnOnce(&mut ClusterState)) -> SimCluster {
    SimCluster::start(active(change)).await.unwrap()
}

/// A run that may change a cluster.
pub struct Trial {
    pub facts: Vec<FactKind>,
    pub terms: ChangeTerms,
    pub limits: Limits,
    pub journals: TempDir,
}

impl Trial {
    /// Creates a trial of these facts.
    pub fn of(facts: &[FactKind]) -> Self {
        let mut terms = terms();
        terms.probe.settling = Duration::from_millis(400);
        terms.probe.question = Duration::from_millis(10);
        terms.step_limit = Duration::from_secs(2);
        Self { facts: facts.to_vec(), terms, limits: hasty(), journals: tempfile::tempdir().unwrap() }
    }

    pub fn of_all() -> Self {
        Self::of(&EXPERIMENTS.map(|(_, fact)| fact))
    }

    pub async fn run(self, cluster: &SimCluster) -> Outcome<ClusterFacts> {
        let definitions = embedded();
        let select = ["scs-0211-*", "scs-0217-*", "scs-0219-*"].map(str::to_owned).to_vec();
        let selection = Selection { select, ..Selection::everything(now()) };
        let plan = judge::plan(definitions, &definitions.scopes["scs-compatible-kaas"], &selection).unwrap();
        let needed = self.facts.iter().fold(Needs::NONE, |needs, fact| needs.and(Needs::only(*fact)));
        let request = CollectRequest {
            subject: Some("sim".to_owned()),
            deadline: Some(Duration::from_secs(60)),
            limits: self.limits,
            permission: Some(ChangePermission { terms: self.terms, journals: Journals::named(self.journals.path()) }),
            ..CollectRequest::new((loaded(&cluster.kubeconfig().unwrap()), built_in()))
        };
        let collected = run::collect(request, needed, &scs_subjects::watch::Events::none(), Stop::default()).await;
        let facts = collected.facts.cluster().unwrap().clone();
        Outcome { facts, report: evaluated(&plan, collected), journals: self.journals }
    }
}

/// Returns the command that makes every experiment.
pub fn check(cluster: &SimCluster) -> Program {
    Program::new("check kaas --kubeconfig k.yaml --quiet --allow-changes --settling 1s")
        .file("k.yaml", cluster.kubeconfig().unwrap())
        .arguments("--select scs-0211-* --select scs-0217-* --select scs-0219-network-policy-probe")
}
