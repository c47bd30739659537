//! `demo iaas`: the whole suite on a simulated cloud.

use super::scene::Scene;
use crate::cli::error::CliError;
use chrono::{DateTime, Utc};
use scs_simcloud::{SimCloud, State};
use scs_subjects::openstack::config::{self, Cloud, CloudChoice};
use scs_subjects::settings::Environment;
use scs_subjects::suites::Suites;
use std::collections::BTreeMap;
use std::fs;

/// The console output of a real guest.
const GUEST: &str = include_str!("../../../tests/fixtures/guest/console.txt");

/// Starts the simulated cloud of a scenario.
///
/// # Errors
/// The simulation cannot start, or a temporary file cannot be written.
pub(super) async fn scene(scenario: &str, now: DateTime<Utc>) -> Result<Scene, CliError> {
    let yesterday = now.date_naive().pred_opt().unwrap_or_default();
    let state = State::scenario(scenario, yesterday).ok_or("there is no such scenario")?;
    let mut state = state.map_err(CliError::usage)?;
    GUEST.clone_into(&mut state.console);
    let simulated =
        SimCloud::start(state).await.map_err(|error| format!("the simulated cloud cannot start: {error}"))?;
    let cloud = configured(&simulated, scenario)?;
    let scene = Scene::new(scenario, cloud.into(), Suites::default(), simulated);
    Ok(scene.map_err(|error| format!("no folder for the journal: {error}"))?)
}

/// Returns the configuration of the simulated cloud, read from a clouds.yaml like that of any cloud.
fn configured(simulated: &SimCloud, name: &str) -> Result<Cloud, CliError> {
    let cannot = |error: std::io::Error| format!("the demo cannot write a temporary file: {error}");
    let folder = tempfile::tempdir().map_err(cannot)?;
    let path = folder.path().join("clouds.yaml");
    fs::write(&path, simulated.clouds_yaml(name).map_err(cannot)?).map_err(cannot)?;
    let environment = Environment {
        vars: BTreeMap::from([("OS_CLIENT_CONFIG_FILE".to_owned(), path.display().to_string())]),
        home: None,
        cwd: folder.path().to_owned(),
        system: folder.path().to_owned(),
    };
    Ok(config::load(&environment, CloudChoice { cloud: Some(name), region: None })?)
}
