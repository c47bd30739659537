//! What these tests share: a cluster whose pods do what ours do, hasty terms, and what has to hold after every run.

use crate::changes::bench::{files, terms};
use crate::kaas::{built_in, conformant, loaded};
use crate::support::{embedded, hasty, now};
use scs_checks::facts::{FactKind, Facts, Needs};
use scs_checks::verdict::Verdict;
use scs_reports::judge::{self, Selection};
use scs_reports::{CollectionState, CreatedResource, Report};
use scs_simcloud::kubernetes::{ClusterItem, ClusterState, SimCluster};
use scs_subjects::collect::{Journals, Permission, Terms};
use scs_subjects::openstack::Limits;
use scs_subjects::run::{self, Job};
use scs_subjects::watch::Stop;
use std::time::Duration;
use tempfile::TempDir;

/// The facts that experiments find, with their names.
pub const EXPERIMENTS: [(&str, FactKind); 3] = [
    ("storage", FactKind::StorageTrial),
    ("privileged", FactKind::PrivilegedPod),
    ("policy", FactKind::NetworkPolicyProbe),
];

/// What becomes of our pods where everything works.
pub const PODS: &str = include_str!("../../fixtures/kubernetes/pods.yaml");

/// A conformant cluster where our pods do what they do, with a change.
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
    pub terms: Terms,
    pub limits: Limits,
    pub journals: TempDir,
}

/// What came of it.
pub struct Outcome {
    pub facts: Facts,
    pub report: Report,
    pub journals: TempDir,
}

impl Trial {
    /// Of these facts.
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

    pub async fn run(self, cluster: &SimCluster) -> Outcome {
        let definitions = embedded();
        let select = ["scs-0211-*", "scs-0217-*", "scs-0219-*"].map(str::to_owned).to_vec();
        let selection = Selection { select, ..Selection::everything(now()) };
        let plan = judge::plan(definitions, &definitions.scopes["scs-compatible-kaas"], &selection).unwrap();
        let needed = self.facts.iter().fold(Needs::NONE, |needs, fact| needs.and(Needs::only(*fact)));
        let job = Job {
            needs: needed,
            reference: plan.reference,
            subject: "sim".to_owned(),
            target: (loaded(&cluster.kubeconfig().unwrap()), built_in()).into(),
            deadline: Duration::from_secs(60),
            limits: self.limits,
            brought: scs_subjects::suites::Suites::default(),
            permission: Some(Permission { terms: self.terms, journals: Journals::named(self.journals.path()) }),
            events: &|_| {},
        };
        let collected = run::collect(job, Stop::default()).await;
        let facts = collected.facts.clone();
        Outcome {
            facts,
            report: judge::evaluate(definitions, &plan, collected, crate::support::tool()),
            journals: self.journals,
        }
    }
}

impl Outcome {
    pub fn residue(&self) -> Vec<&CreatedResource> {
        self.report.residue().collect()
    }

    /// Everything is gone, or else named; and nothing else was touched.
    pub fn assert_accounted_for(&self, before: &[ClusterItem], cluster: &SimCluster, what: &str) {
        let after = cluster.inventory();
        for item in before {
            assert!(after.contains(item), "{what}: {item} is gone");
        }
        let residue = self.residue();
        for item in after.iter().filter(|item| !before.contains(item)) {
            let named = residue.iter().any(|left| is_it(left, item));
            assert!(named, "{what}: {item} is not named in {residue:?}; {:#?}", asked(cluster));
        }
        let journals = files(self.journals.path());
        assert_eq!(journals.is_empty(), residue.is_empty(), "{what}: {journals:?}, {residue:?}");
    }

    /// Nothing passed without what it has to know.
    pub fn assert_no_pass_without_facts(&self, what: &str) {
        for (id, result) in self.report.testcases.iter().filter(|(_, result)| result.verdict == Verdict::Pass) {
            let known =
                |kind: &FactKind| self.report.facts.get(kind).is_some_and(|it| it.state == CollectionState::Known);
            assert!(result.needs.iter().all(known), "{what}: {id} passed without {:?}", result.needs);
        }
    }
}

/// Whether a resource in a report is this one, or the namespace that it is in.
fn is_it(left: &CreatedResource, item: &ClusterItem) -> bool {
    let space = left.kind == "namespace" && (left.name == item.namespace || left.name == item.name);
    space || left.name == item.name || item.plural == "persistentvolumes" && left.kind == "claim"
}

/// The requests of a run, for messages.
pub fn asked(cluster: &SimCluster) -> Vec<String> {
    let told = |record: &scs_simcloud::RequestRecord| {
        let status = record.status.map_or("-".to_owned(), |status| status.to_string());
        format!("{} {} {} {} {:?}", record.sequence, record.method, record.target, status, record.failures)
    };
    cluster.requests().iter().map(told).collect()
}
