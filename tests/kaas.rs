//! Clusters: the whole way from a kubeconfig to facts, over HTTP.

mod commands;
mod demo;
mod hardening;
mod kubeconfig;
mod leaks;
mod lists;
mod proxy;
mod reading;
mod redaction;
mod refusals;
mod results;
mod rights;

use crate::support::{hasty, now};
use scs_checks::facts::{FactKind, Needs, Slot, SubjectKind};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::judge::Collected;
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use scs_subjects::kubernetes::{self, Choice, Cluster};
use scs_subjects::openstack::Limits;
use scs_subjects::run::{self, Job};
use scs_subjects::settings::Environment;
use scs_subjects::watch::Stop;
use scs_subjects::world::WorldOptions;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use strum::VariantArray;

/// A conformant cluster, with a change.
pub fn conformant(change: impl FnOnce(&mut ClusterState)) -> ClusterState {
    let mut state = ClusterState::conformant(now().date_naive());
    change(&mut state);
    state
}

/// It runs.
pub async fn cluster(change: impl FnOnce(&mut ClusterState)) -> SimCluster {
    SimCluster::start(conformant(change)).await.unwrap()
}

/// An environment with nothing but a home, and the variables given.
pub fn environment(home: &Path, vars: &[(&str, &str)]) -> Environment {
    Environment {
        vars: vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>(),
        home: Some(home.to_owned()),
        cwd: home.to_owned(),
        system: PathBuf::from("/nonexistent"),
    }
}

/// What a kubeconfig of this text says.
pub fn loaded(kubeconfig: &str) -> Cluster {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig.yaml");
    std::fs::write(&path, kubeconfig).unwrap();
    let choice = Choice { kubeconfig: Some(&path), context: None };
    kubernetes::load(&environment(folder.path(), &[]), choice).unwrap()
}

/// What is built in about Kubernetes, and nothing is fetched.
pub fn built_in() -> WorldOptions {
    WorldOptions { offline: true, cache: None, ..WorldOptions::default() }
}

/// Everything that can be collected of a cluster.
pub async fn collected(cluster: Cluster) -> Collected {
    collected_within(cluster, Duration::from_secs(60), hasty()).await
}

/// The same, within this time and these bounds.
pub async fn collected_within(cluster: Cluster, deadline: Duration, limits: Limits) -> Collected {
    let own = FactKind::VARIANTS.iter().filter(|fact| fact.subject() == SubjectKind::Cluster);
    let job = Job {
        needs: own.fold(Needs::NONE, |needs, fact| needs.and(Needs::only(*fact))),
        subject: "sim".to_owned(),
        target: (cluster, built_in()).into(),
        deadline,
        limits,
        brought: scs_subjects::suites::Suites::default(),
        permission: None,
    };
    run::collect(job, &scs_subjects::watch::Events::none(), Stop::default()).await
}

/// Everything that can be collected of a simulated cluster as one of its users.
pub async fn collected_as(cluster: &SimCluster, user: &str) -> Collected {
    collected(loaded(&cluster.kubeconfig_of(user).unwrap())).await
}

/// A fact that has to be known.
pub fn known<T: std::fmt::Debug>(slot: &Slot<T>) -> &T {
    match slot {
        Slot::Known(fact) => fact,
        other => panic!("not known: {other:?}"),
    }
}

/// Why a fact is not known.
pub fn failed<T: std::fmt::Debug>(slot: &Slot<T>) -> &Reason {
    match slot {
        Slot::Failed(reason) => reason,
        other => panic!("not failed: {other:?}"),
    }
}

/// Asserts that nobody was let in, for this reason, in words that say all of this.
pub fn assert_refused(collected: &Collected, code: ReasonCode, words: &[&str]) {
    let reason = collected.refused.as_ref().expect("somebody was let in");
    assert_eq!(reason.code, code, "{}", reason.message);
    for word in words {
        assert!(reason.message.contains(word), "{word:?} in {}", reason.message);
    }
}
