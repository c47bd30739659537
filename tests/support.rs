//! Shared by the tests: a simulated cloud, and a run against it.

use chrono::{DateTime, TimeDelta, Utc};
use scs_checks::definition::Definitions;
use scs_checks::facts::Now;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::judge::{self, Collected, Plan, Recording, Selection};
use scs_reports::{Report, Tool};
use scs_simcloud::{SimCloud, State};
use scs_standards as definitions;
use scs_subjects::collect::ChangePermission;
use scs_subjects::openstack::Limits;
use scs_subjects::openstack::config::{self, Cloud, CloudChoice};
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::settings::Environment;
use scs_subjects::watch::{Events, Stop};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

/// A small standard, and a scope of it.
pub const STANDARD: &str = include_str!("fixtures/definitions/standard.yaml");
pub const SCOPE: &str = include_str!("fixtures/definitions/scope.yaml");

/// Returns the instant that counts as now in tests.
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Returns a conformant cloud, with a change.
pub fn conformant(change: impl FnOnce(&mut State)) -> State {
    let mut state = State::conformant((now() - TimeDelta::days(1)).date_naive());
    change(&mut state);
    state
}

/// Returns an environment with nothing but a clouds.yaml.
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

/// Returns the configuration of a cloud of this text.
pub fn configured(clouds_yaml: &str, name: &str) -> Cloud {
    let folder = tempfile::tempdir().unwrap();
    let choice = CloudChoice { cloud: Some(name), region: None };
    config::load(&environment(folder.path(), clouds_yaml), choice).unwrap()
}

/// Returns the program that the reports of tests name.
pub fn tool() -> Tool {
    Tool { name: "scs-conformance".to_owned(), version: "0.0.0".to_owned(), commit: None }
}

/// Reads a recording.
pub fn recording(path: impl AsRef<Path>) -> Result<Recording, String> {
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    Recording::from_json(&text, &path.as_ref().display().to_string()).map_err(|error| error.to_string())
}

/// Returns the built-in definitions, read once for all tests.
pub fn embedded() -> &'static Definitions {
    static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| definitions::embedded().unwrap());
    &DEFINITIONS
}

/// Returns bounds that do not keep a test waiting: as many attempts as usual, but hardly a pause between them, and
/// lists that count as endless early.
pub fn hasty() -> Limits {
    Limits { backoff: Duration::from_millis(1), body: 4 << 20, pages: 20, ..Limits::default() }
}

/// The settings of a run.
pub struct Run {
    /// The selection of testcases.
    pub selection: Selection,
    /// The deadline.
    pub deadline: Duration,
    /// The bounds of the client.
    pub limits: Limits,
    /// Ends it early.
    pub stop: Stop,
    /// The permission to change the cloud.
    pub permission: Option<ChangePermission>,
    /// Is told what happens.
    pub events: Events,
}

impl Default for Run {
    fn default() -> Self {
        let selection = Selection::everything(now());
        Self {
            selection,
            deadline: Duration::from_secs(60),
            limits: hasty(),
            stop: Stop::default(),
            permission: None,
            events: Events::none(),
        }
    }
}

impl Run {
    /// Runs against a cloud.
    pub async fn check(self, cloud: Cloud) -> Report {
        let definitions = embedded();
        let plan = judge::plan(definitions, &definitions.scopes["scs-compatible-iaas"], &self.selection).unwrap();
        let request = CollectRequest {
            subject: Some(cloud.name.clone()),
            deadline: Some(self.deadline),
            limits: self.limits,
            permission: self.permission,
            ..CollectRequest::new(cloud)
        };
        evaluated(&plan, run::collect(request, plan.needs, &self.events, self.stop).await)
    }
}

/// Returns the report of a plan, as of the instant of the plan.
pub fn evaluated(plan: &Plan<'_>, collected: Collected) -> Report {
    let now = Now::from_clock(plan.reference, collected.clock);
    judge::evaluate(embedded(), plan, collected, now, tool())
}

/// Runs everything against a simulated cloud, by password.
pub async fn check(cloud: &SimCloud) -> Report {
    Run::default().check(of(cloud)).await
}

/// Returns the configuration of a simulated cloud with a password.
pub fn of(cloud: &SimCloud) -> Cloud {
    configured(&cloud.clouds_yaml("sim").unwrap(), "sim")
}

/// Returns the ids of the testcases with a verdict.
pub fn with_verdict(report: &Report, verdict: Verdict) -> Vec<&str> {
    report.testcases.iter().filter(|(_, result)| result.verdict == verdict).map(|(id, _)| id.as_str()).collect()
}

/// Returns the reason codes of the testcases with a verdict, each once.
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
