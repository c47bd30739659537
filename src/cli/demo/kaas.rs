//! `demo kaas`: the whole suite on a simulated cluster, in a world that is simulated as well.
//!
//! A real cluster is judged by what is publicly known today. The cluster here does not exist, and what is built in grows old,
//! so releases, ends of life and vulnerabilities are made up to go with it, and fetched over HTTP like the real ones. So are
//! the results of end-to-end tests. The report says so, in its head and in its evidence.

use super::scene::Scene;
use crate::cli::error::CliError;
use chrono::{DateTime, TimeDelta, Utc};
use scs_simcloud::kubernetes::{ClusterState, SimCluster, SimPublic, SuiteFiles};
use scs_subjects::kubernetes::{self, Cluster, ClusterChoice};
use scs_subjects::run::SubjectAccess;
use scs_subjects::settings::Environment;
use scs_subjects::suites::{ImportTerms, Suites};
use scs_subjects::world::{Sources, WorldOptions};
use std::collections::BTreeMap;
use std::fs;
use std::io;

/// The scenario in which nobody has run the end-to-end tests.
const NEGLECTED: &str = "broken";

/// The outcomes of the pods of experiments.
const PODS: &str = include_str!("../../../tests/fixtures/kubernetes/pods.yaml");

/// Starts the simulated cluster of a scenario.
///
/// # Errors
/// Something that is simulated cannot start, or a temporary file cannot be written.
pub(super) async fn scene(scenario: &str, now: DateTime<Utc>) -> Result<Scene, CliError> {
    let starting = |what: &str, error: io::Error| format!("the simulated {what} cannot start: {error}");
    let state = ClusterState::scenario(scenario, now.date_naive()).ok_or("there is no such scenario")?;
    let mut state = state.map_err(CliError::usage)?;
    state.pod_courses = serde_yaml::from_str(PODS).map_err(CliError::usage)?;
    let version = state.version.clone();
    let simulated = SimCluster::start(state).await.map_err(|error| starting("cluster", error))?;
    let public = SimPublic::start(now).await.map_err(|error| starting("public", error))?;
    let access: SubjectAccess = (configured(&simulated)?, world(&public)?).into();
    let brought = match scenario {
        NEGLECTED => Suites::default(),
        _ => results(&SuiteFiles::passed(&version, now - TimeDelta::days(10)))?,
    };
    Ok(Scene::new(scenario, access, brought, (simulated, public)).map_err(unwritten)?)
}

/// Returns the configuration of the simulated cluster, read from a kubeconfig like that of any cluster, except for proxies:
/// none leads to this machine.
fn configured(simulated: &SimCluster) -> Result<Cluster, CliError> {
    let folder = tempfile::tempdir().map_err(unwritten)?;
    let path = folder.path().join("kubeconfig.yaml");
    fs::write(&path, simulated.kubeconfig().map_err(unwritten)?).map_err(unwritten)?;
    let environment = Environment {
        vars: BTreeMap::new(),
        home: None,
        cwd: folder.path().to_owned(),
        system: folder.path().to_owned(),
    };
    let choice = ClusterChoice { kubeconfig: Some(&path), context: None };
    Ok(kubernetes::load(&environment, choice)?)
}

/// Returns options by which only simulated data is fetched; nothing real is kept or filled in.
fn world(public: &SimPublic) -> Result<WorldOptions, CliError> {
    let sources = Sources::from_yaml(&public.data_sources())?;
    Ok(WorldOptions { sources, filled_in: false, ..WorldOptions::default() })
}

/// Returns results that somebody would bring along.
fn results(files: &SuiteFiles) -> Result<Suites, CliError> {
    let folder = tempfile::tempdir().map_err(unwritten)?;
    let path = folder.path().join("junit_01.xml");
    fs::write(&path, &files.junit).map_err(unwritten)?;
    fs::write(folder.path().join("e2e.log"), &files.log).map_err(unwritten)?;
    // Nothing in them names the cluster, which exists no more than they do.
    let terms = ImportTerms { of_this_cluster: true, ..ImportTerms::default() };
    let mut suites = Suites::import(&[path], &terms)?;
    for results in [&mut suites.conformance, &mut suites.network_policies].into_iter().flatten() {
        "made up for the demo; nobody ran these tests".clone_into(&mut results.source);
    }
    Ok(suites)
}

fn unwritten(error: io::Error) -> String {
    format!("the demo cannot write a temporary file: {error}")
}
