//! Simulated clusters, and reading them: shared by the tests that only read and by those that change something.

use crate::support::now;
use scs_checks::facts::Slot;
use scs_checks::verdict::Reason;
use scs_simcloud::kubernetes::ClusterState;
use scs_subjects::kubernetes::{self, Cluster, ClusterChoice};
use scs_subjects::settings::Environment;
use scs_subjects::world::WorldOptions;
use std::path::{Path, PathBuf};

/// Returns a conformant cluster with a change.
pub fn conformant(change: impl FnOnce(&mut ClusterState)) -> ClusterState {
    let mut state = ClusterState::conformant(now().date_naive());
    change(&mut state);
    state
}

/// Returns an environment with nothing but a home and the given variables.
pub fn environment(home: &Path, vars: &[(&str, &str)]) -> Environment {
    Environment {
        vars: vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        home: Some(home.to_owned()),
        cwd: home.to_owned(),
        system: PathBuf::from("/nonexistent"),
    }
}

/// Loads a kubeconfig with this text.
pub fn loaded(kubeconfig: &str) -> Cluster {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig.yaml");
    std::fs::write(&path, kubeconfig).unwrap();
    let choice = ClusterChoice { kubeconfig: Some(&path), context: None };
    kubernetes::load(&environment(folder.path(), &[]), choice).unwrap()
}

/// Returns options with which only built-in data about Kubernetes is used, and nothing is fetched.
pub fn built_in() -> WorldOptions {
    WorldOptions { offline: true, cache: None, ..WorldOptions::default() }
}

/// Returns a fact that has to be known.
pub fn known<T: std::fmt::Debug>(slot: &Slot<T>) -> &T {
    match slot {
        Slot::Known(fact) => fact,
        other => panic!("not known: {other:?}"),
    }
}

/// Returns the reason for which a fact failed.
pub fn failed<T: std::fmt::Debug>(slot: &Slot<T>) -> &Reason {
    match slot {
        Slot::Failed(reason) => reason,
        other => panic!("not failed: {other:?}"),
    }
}
