//! `demo`: the whole suite on a simulated cloud or cluster, on this machine, without a network.

use super::demo_kaas;
use super::demo_terms::{DEADLINE, permission};
use super::input::tool;
use super::message::fail;
use super::options::DefinitionOptions;
use super::output::OutputOptions;
use super::sink::{Sink, unwritten};
use super::style::OutputStyle;
use super::subject::{self, complete};
use super::terminal::note;
use chrono::Utc;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use scs_checks::facts::{Now, SubjectKind};
use scs_reports::judge::{Collected, Plan, Selection, evaluate, plan};
use scs_reports::{ExitCode, Format, Report, render};
use scs_simcloud::{SCENARIOS, SimCloud, State};
use scs_subjects::openstack::config::{self, Choice, Cloud};
use scs_subjects::settings::Environment;
use scs_subjects::suites::Suites;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// `demo`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance demo
  scs-conformance demo kaas
  scs-conformance demo iaas --scenario broken --output-dir /tmp/demo

Nothing leaves this machine: what is asked, what is publicly known of Kubernetes and the results of
end-to-end tests are simulated, too.

Exit codes are those of check: 1 for the scenarios typical and broken, 0 for conformant")]
pub(super) struct Demo {
    /// What to check: an OpenStack cloud, or a Kubernetes cluster
    #[arg(value_name = "SUBJECT", default_value = "iaas")]
    subject: Simulated,

    /// What the simulated cloud or cluster is like
    #[arg(long, default_value = "typical", value_parser = PossibleValuesParser::new(SCENARIOS.map(|(name, _)| name)))]
    scenario: String,

    /// Where to write the reports, in all formats but yaml, which is for uploading
    #[arg(long, value_name = "DIR", default_value = "scs-demo")]
    output_dir: PathBuf,
}

/// What is simulated: a cloud or a cluster. What it means is told at the argument, where there is one line for it.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Simulated {
    Iaas,
    Kaas,
}

impl Simulated {
    fn kind(self) -> SubjectKind {
        match self {
            Self::Iaas => SubjectKind::Cloud,
            Self::Kaas => SubjectKind::Cluster,
        }
    }
}

/// What a real guest printed.
const GUEST: &str = include_str!("../../tests/fixtures/guest/console.txt");

impl Demo {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let report = match self.prepare().and_then(|()| self.report(style)) {
            Ok(report) => report,
            Err(message) => return fail(message, ExitCode::Usage),
        };
        let code = OutputOptions::default().publish(&report, style);
        match self.write(&report) {
            Ok(()) => code,
            Err(message) => fail(message, code.or(ExitCode::Unfinished)),
        }
    }

    fn prepare(&self) -> Result<(), String> {
        scs_files::private_folder(&self.output_dir)
            .map_err(|error| format!("the folder {} cannot be made: {error}", self.output_dir.display()))
    }

    fn report(&self, style: &OutputStyle) -> Result<Report, String> {
        let (definitions, scope) = DefinitionOptions::default().load_for(self.subject.kind())?;
        let now = Utc::now();
        let selection = Selection { reference: now, versions: Vec::new(), select: Vec::new(), sections: Vec::new() };
        let plan = plan(&definitions, &definitions.scopes[&scope], &selection).map_err(|error| error.to_string())?;
        let mut collected = complete(async {
            match self.subject {
                Simulated::Iaas => self.of_cloud(&plan, style).await,
                Simulated::Kaas => demo_kaas::collected(&self.scenario, &plan, style).await,
            }
        })??;
        collected.subject.simulated = true;
        let now = Now::from_clock(now, collected.clock);
        Ok(evaluate(&definitions, &plan, collected, now, tool()))
    }

    async fn of_cloud(&self, plan: &Plan<'_>, style: &OutputStyle) -> Result<Collected, String> {
        let yesterday = plan.reference.date_naive().pred_opt().unwrap_or_default();
        let state = State::scenario(&self.scenario, yesterday).ok_or("there is no such scenario")?;
        let mut state = state.map_err(|error| error.to_string())?;
        GUEST.clone_into(&mut state.console);
        let simulated =
            SimCloud::start(state).await.map_err(|error| format!("the simulated cloud cannot start: {error}"))?;
        let cloud = configured(&simulated, &self.scenario)?;
        let journals = tempfile::tempdir().map_err(|error| format!("no folder for the journal: {error}"))?;
        let (subject, permission) = (self.scenario.clone(), Some(permission(&journals)));
        let (target, brought) = (cloud.into(), Suites::default());
        let collecting = subject::collecting(target, subject, plan.needs, DEADLINE, brought, permission, style);
        Ok(collecting.await)
    }

    fn write(&self, report: &Report) -> Result<(), String> {
        // The format for uploading is left out: nothing real was tested.
        let formats = Format::ALL.into_iter().filter(|format| *format != Format::Yaml);
        for format in formats.clone() {
            let path = self.output_dir.join(format.usual_name());
            let text = render(format, report).map_err(|error| error.to_string())?;
            unwritten(Sink::Path(path).write(text))?;
        }
        let names = formats.map(Format::usual_name).collect::<Vec<_>>().join(", ");
        note(&format!("wrote {names} to {}", self.output_dir.display()));
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
