//! What the tests share: a simulated cloud, and a run against it.

use chrono::{DateTime, TimeDelta, Utc};
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_conformance::config::{self, Choice, Cloud, Environment};
use scs_conformance::definitions;
use scs_conformance::run::{self, Job, Selection, Stop};
use scs_reports::Report;
use scs_simcloud::{SimCloud, State};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The instant that counts as now in tests.
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A conformant cloud, with a change.
pub fn conformant(change: impl FnOnce(&mut State)) -> State {
    let mut state = State::conformant((now() - TimeDelta::days(1)).date_naive());
    change(&mut state);
    state
}

/// An environment with nothing but a clouds.yaml.
pub fn environment(folder: &Path, clouds_yaml: &str) -> Environment {
    let path = folder.join("clouds.yaml");
    std::fs::write(&path, clouds_yaml).unwrap();
    Environment {
        vars: BTreeMap::from([("OS_CLIENT_CONFIG_FILE".to_owned(), path.display().to_string())]),
        home: None,
        cwd: PathBuf::from("/"),
        system: PathBuf::from("/nonexistent"),
    }
}

/// The configuration of a cloud of this text.
pub fn configured(clouds_yaml: &str, name: &str) -> Cloud {
    let folder = tempfile::tempdir().unwrap();
    let choice = Choice { cloud: Some(name), region: None };
    config::load(&environment(folder.path(), clouds_yaml), choice).unwrap()
}

/// The selection that takes everything that is in force.
pub fn everything() -> Selection {
    Selection { reference: now(), versions: Vec::new(), select: Vec::new(), sections: Vec::new() }
}

/// A run against a cloud; `stop` may end it early.
pub async fn check_with(cloud: Cloud, selection: &Selection, deadline: Duration, stop: Stop) -> Report {
    let definitions = definitions::embedded().unwrap();
    let plan = run::plan(&definitions, &definitions.scopes["scs-compatible-iaas"], selection).unwrap();
    let job =
        Job { definitions: &definitions, plan: &plan, subject: cloud.name.clone(), cloud, deadline, events: &|_| {} };
    run::check(job, stop).await
}

/// A run of everything against a simulated cloud, by password.
pub async fn check(cloud: &SimCloud) -> Report {
    let config = configured(&cloud.clouds_yaml("sim").unwrap(), "sim");
    check_with(config, &everything(), Duration::from_secs(60), Stop::default()).await
}

/// The ids of the testcases with a verdict.
pub fn with_verdict(report: &Report, verdict: Verdict) -> Vec<&str> {
    report.testcases.iter().filter(|(_, result)| result.verdict == verdict).map(|(id, _)| id.as_str()).collect()
}

/// The reason codes of the testcases with a verdict, each once.
pub fn reasons(report: &Report, verdict: Verdict) -> Vec<ReasonCode> {
    let mut codes: Vec<ReasonCode> = report
        .testcases
        .values()
        .filter(|result| result.verdict == verdict)
        .filter_map(|result| result.reason.as_ref().map(|reason| reason.code))
        .collect();
    codes.sort();
    codes.dedup();
    codes
}
