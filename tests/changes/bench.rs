//! Shared by these tests: a cloud whose test server prints results, terms without long pauses, and runs.

use crate::simulated::Outcome;
use crate::support::{Run, conformant, environment, hasty, of};
use scs_checks::verdict::Verdict;
use scs_simcloud::{SimCloud, State};
use scs_subjects::collect::{ChangePermission, ChangeTerms, Journals};
use scs_subjects::openstack::Limits;
use scs_subjects::openstack::config::{self, Cloud, CloudChoice, Trust};
use scs_subjects::watch::{Events, Pace};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// The recorded console output of a real test server.
pub const CONSOLE: &str = include_str!("../fixtures/guest/console.txt");

/// The experiments, each with the testcases that need it.
pub const EXPERIMENTS: [(&str, &[&str]); 5] = [
    ("server", &["scs-0101-entropy-avail", "scs-0101-fips-test", "scs-0101-cpu-entropy-instructions"]),
    ("group", &["scs-0115-custom-group"]),
    ("secret", &["scs-0116-permissions", "scs-0116-payload-roundtrip"]),
    ("backup", &["scs-0117-test-backup"]),
    ("image", &["scs-0104-image-upload"]),
];

/// The testcases of domain managers, which one experiment decides.
pub const DOMAIN_MANAGERS: [&str; 10] = [
    "scs-0302-role",
    "scs-0302-users",
    "scs-0302-projects",
    "scs-0302-groups",
    "scs-0302-assignments",
    "scs-0302-foreign-domain",
    "scs-0302-no-role-changes",
    "scs-0302-no-admin",
    "scs-0302-no-escalation",
    "scs-0302-scope",
];

/// Returns the configuration of a simulated cloud with a password, and with the managers of its two domains.
fn with_managers(cloud: &SimCloud) -> Cloud {
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(folder.path(), &cloud.clouds_yaml_with_managers("sim").unwrap());
    let choice = CloudChoice { cloud: Some("sim"), region: None };
    let mut config = config::load(&environment, choice).unwrap();
    let managers = ["sim-dm1", "sim-dm2"].map(str::to_owned);
    config::add_domain_managers(&environment, &mut config, &managers).unwrap();
    config
}

/// Returns a conformant cloud whose servers tell what ours has to tell, with a change.
pub fn talkative(change: impl FnOnce(&mut State)) -> State {
    conformant(|state| {
        state.console = CONSOLE.to_owned();
        change(state);
    })
}

pub async fn cloud(change: impl FnOnce(&mut State)) -> SimCloud {
    SimCloud::start(talkative(change)).await.unwrap()
}

const LOOKS: &[Duration] = &[Duration::from_millis(5), Duration::from_millis(10)];

/// Returns terms that do not keep a test waiting.
pub fn terms() -> ChangeTerms {
    let pace = Pace { first: Duration::from_millis(2), longest: Duration::from_millis(20) };
    let mut terms = ChangeTerms { step_limit: Duration::from_secs(10), pace, ..ChangeTerms::default() };
    terms.patience.pace = pace;
    terms.patience.limit = Duration::from_secs(10);
    terms.patience.looks = LOOKS;
    terms
}

/// Returns bounds with which a service that hangs is soon given up.
pub fn impatient() -> Limits {
    Limits { attempt_timeout: Duration::from_millis(400), ..hasty() }
}

/// A run that may change a cloud.
pub struct Trial {
    pub select: Vec<String>,
    pub terms: ChangeTerms,
    pub limits: Limits,
    pub journals: TempDir,
    /// Is told what happens.
    pub events: Events,
    /// True if the managers of two domains are named.
    pub managers: bool,
}

impl Trial {
    /// Creates a trial of these testcases.
    pub fn of(select: &[&str]) -> Self {
        let select = select.iter().map(|id| (*id).to_owned()).collect();
        let (journals, events) = (tempfile::tempdir().unwrap(), Events::none());
        Self { select, terms: terms(), limits: hasty(), journals, events, managers: false }
    }

    /// Creates a trial of what domain managers can do.
    pub fn of_domain_managers() -> Self {
        Self { managers: true, ..Self::of(&DOMAIN_MANAGERS) }
    }

    /// Creates a trial of everything that changes the cloud.
    pub fn of_all() -> Self {
        Self::of(&EXPERIMENTS.iter().flat_map(|(_, ids)| ids.iter().copied()).collect::<Vec<_>>())
    }

    pub async fn run(self, cloud: &SimCloud) -> Outcome {
        let mut run = Run { limits: self.limits, events: self.events.clone(), ..Run::default() };
        run.selection.select = self.select;
        run.permission = Some(ChangePermission { terms: self.terms, journals: Journals::named(self.journals.path()) });
        let mut config = match self.managers {
            true => with_managers(cloud),
            false => of(cloud),
        };
        config.domain_managers.iter_mut().for_each(|manager| manager.tls.trust = Trust::Anyone);
        // Nothing here speaks TLS, and reading the system's authorities takes longer than a run.
        config.tls.trust = Trust::Anyone;
        Outcome { report: run.check(config).await, journals: self.journals, facts: () }
    }
}

impl Outcome {
    pub fn verdict(&self, id: &str) -> Verdict {
        self.report.testcases[id].verdict
    }

    /// Returns the testcases that were selected, with what became of them.
    pub fn verdicts(&self) -> Vec<(&str, Verdict, String)> {
        let selected = self.report.testcases.iter().filter(|(_, result)| {
            result.reason.as_ref().is_none_or(|reason| reason.code.to_string() != "not-selected")
        });
        let told = |result: &scs_reports::TestcaseResult| {
            let findings = result.findings.iter().map(|finding| format!("{finding:?}"));
            let reason = result.reason.iter().map(|reason| reason.message.clone());
            reason.chain(findings).collect::<Vec<_>>().join("; ")
        };
        selected.map(|(id, result)| (id.as_str(), result.verdict, told(result))).collect()
    }
}

pub fn files(folder: &Path) -> Vec<String> {
    crate::program::files_in(folder)
}
