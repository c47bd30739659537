//! `demo`: the whole suite on a simulated cloud or cluster, on this machine, without a network.

mod iaas;
mod kaas;
mod terms;

use super::input::tool;
use super::message::fail;
use super::options::DefinitionOptions;
use super::output::OutputOptions;
use super::sink::{Sink, unwritten};
use super::style::OutputStyle;
use super::subject::complete;
use super::terminal::note;
use chrono::Utc;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use scs_checks::facts::{Now, SubjectKind};
use scs_reports::judge::{Selection, evaluate, plan};
use scs_reports::{ExitCode, Format, Report, render};
use scs_simcloud::SCENARIOS;
use std::path::PathBuf;

/// `demo`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance demo
  scs-conformance demo kaas
  scs-conformance demo iaas --scenario broken --output-dir /tmp/demo

Nothing leaves this machine: the subject, public data about Kubernetes and results of end-to-end tests are simulated. \
Every report says SIMULATED.

Exit codes are those of check: 1 for the scenarios typical and broken, 0 for conformant")]
pub(super) struct Demo {
    /// Simulated subject: iaas, an OpenStack cloud, or kaas, a Kubernetes cluster
    #[arg(value_name = "SUBJECT", default_value = "iaas")]
    subject: Simulated,

    /// State of the simulated cloud or cluster
    #[arg(long, default_value = "typical", value_parser = PossibleValuesParser::new(SCENARIOS.map(|(name, _)| name)))]
    scenario: String,

    /// Folder for the reports, in all formats but yaml, which is for uploading
    #[arg(long, value_name = "DIR", default_value = "scs-demo")]
    output_dir: PathBuf,
}

/// The kind of the simulated subject. The help of the argument says what each means, on one line.
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
        let selection = Selection::everything(now);
        let plan = plan(&definitions, &definitions.scopes[&scope], &selection).map_err(|error| error.to_string())?;
        let mut collected = complete(async {
            match self.subject {
                Simulated::Iaas => iaas::collected(&self.scenario, &plan, style).await,
                Simulated::Kaas => kaas::collected(&self.scenario, &plan, style).await,
            }
        })??;
        collected.subject.simulated = true;
        let now = Now::from_clock(now, collected.clock);
        Ok(evaluate(&definitions, &plan, collected, now, tool()))
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
