//! `demo`: the whole suite on a simulated cloud, on this machine, without a network.

use super::options::DefinitionOptions;
use super::output::{OutputOptions, write_file};
use super::subject::{self, complete};
use super::{Manner, exit, fail};
use crate::collect::{Permission, Terms};
use crate::config::{self, Choice, Cloud, Environment};
use crate::ledger::Patience;
use crate::run::{self, Pace, Selection};
use chrono::Utc;
use clap::Args;
use clap::builder::PossibleValuesParser;
use scs_reports::{Format, Report, render};
use scs_simcloud::{SCENARIOS, SimCloud, State};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// `demo`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance demo
  scs-conformance demo --scenario broken --output-dir /tmp/demo

Exit codes are those of check: 1 for the scenarios typical and broken, 0 for conformant")]
pub(super) struct Demo {
    /// What the simulated cloud is like
    #[arg(long, default_value = "typical", value_parser = PossibleValuesParser::new(SCENARIOS.map(|(name, _)| name)))]
    scenario: String,

    /// Where to write the reports, in all formats
    #[arg(long, value_name = "DIR", default_value = "scs-demo")]
    output_dir: PathBuf,
}

/// What a real guest printed.
const GUEST: &str = include_str!("../../tests/fixtures/guest/console.txt");

/// How long a demo may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// What is simulated is quick, so it is looked at often.
fn terms() -> Terms {
    let pace = Pace { first: Duration::from_millis(10), longest: Duration::from_millis(50) };
    let patience = Patience { pace, ..Patience::default() };
    Terms { pace, patience, ..Terms::default() }
}

impl Demo {
    pub(super) fn run(&self, manner: &Manner) -> u8 {
        let report = match self.prepare().and_then(|()| self.report(manner)) {
            Ok(report) => report,
            Err(message) => return fail(message, exit::USAGE),
        };
        let code = OutputOptions::default().publish(&report, manner);
        match self.write(&report) {
            Ok(()) => code,
            Err(message) => fail(message, if code == exit::DONE { exit::PUBLISHING } else { code }),
        }
    }

    fn prepare(&self) -> Result<(), String> {
        fs::create_dir_all(&self.output_dir)
            .map_err(|error| format!("the folder {} cannot be made: {error}", self.output_dir.display()))
    }

    fn report(&self, manner: &Manner) -> Result<Report, String> {
        let (definitions, scope) = DefinitionOptions::default().load()?;
        let now = Utc::now();
        let selection = Selection { reference: now, versions: Vec::new(), select: Vec::new(), sections: Vec::new() };
        let plan = run::plan(&definitions, &definitions.scopes[&scope], &selection)?;
        let yesterday = now.date_naive().pred_opt().unwrap_or_default();
        let state = State::scenario(&self.scenario, yesterday).ok_or("there is no such scenario")?;
        let mut state = state.map_err(|error| error.to_string())?;
        GUEST.clone_into(&mut state.console);
        let collected = complete(async {
            let simulated =
                SimCloud::start(state).await.map_err(|error| format!("the simulated cloud cannot start: {error}"))?;
            let cloud = configured(&simulated, &self.scenario)?;
            let journals = tempfile::tempdir().map_err(|error| format!("no folder for the journal: {error}"))?;
            let permission = Permission { terms: terms(), journals: journals.path().to_owned() };
            let (subject, permission) = (self.scenario.clone(), Some(permission));
            let collecting =
                subject::collecting(cloud.into(), subject, plan.needs, plan.reference, DEADLINE, permission, manner);
            Ok::<_, String>(collecting.await)
        })??;
        Ok(run::evaluate(&definitions, &plan, collected))
    }

    fn write(&self, report: &Report) -> Result<(), String> {
        for format in Format::ALL {
            let path = self.output_dir.join(format.usual_name());
            write_file(&path, &render(format, report))?;
        }
        let names = Format::ALL.map(Format::usual_name).join(", ");
        anstream::eprintln!("wrote {names} to {}", self.output_dir.display());
        Ok(())
    }
}

/// The way from a clouds.yaml on is the same as for any cloud.
fn configured(simulated: &SimCloud, name: &str) -> Result<Cloud, String> {
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
    config::load(&environment, Choice { cloud: Some(name), region: None }).map_err(|error| error.to_string())
}
