//! `demo`: the whole suite on a simulated cloud or cluster, on this machine, without a network.

mod iaas;
mod kaas;
mod scene;

use super::error::CliError;
use super::input::tool;
use super::options::DefinitionOptions;
use super::output::{OutputOptions, rendered};
use super::progress::Progress;
use super::sink::Sink;
use super::style::OutputStyle;
use super::subject::{attend, complete};
use super::terminal::note;
use chrono::Utc;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use scene::Scene;
use scs_checks::facts::SubjectKind;
use scs_reports::judge::{JudgeRequest, Selection};
use scs_reports::{ExitCode, Format, Report};
use scs_simcloud::SCENARIOS;
use scs_subjects::run::{CheckRequest, check};
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
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        scs_files::private_folder(&self.output_dir)
            .map_err(|error| format!("the folder {} cannot be made: {error}", self.output_dir.display()))?;
        let report = self.report(style)?;
        let code = OutputOptions::default().publish(&report, style);
        match self.write(&report) {
            Ok(()) => Ok(code),
            Err(error) => Ok(code.or(error.print())),
        }
    }

    fn report(&self, style: &OutputStyle) -> Result<Report, CliError> {
        let (definitions, scope) = DefinitionOptions::default().load_for(self.subject.kind())?;
        let now = Utc::now();
        let selection = Selection::everything(now);
        let judge =
            JudgeRequest { definitions: &definitions, scope: &scope, selection, is_date_named: false, tool: tool() };
        complete(async {
            let Scene { collect, held } = match self.subject {
                Simulated::Iaas => iaas::scene(&self.scenario, now).await?,
                Simulated::Kaas => kaas::scene(&self.scenario, now).await?,
            };
            let (subject, deadline) = (self.scenario.as_str(), collect.deadline());
            let request = CheckRequest { judge, collect, keeps_recording: false };
            let checked = attend(subject, deadline, Progress::new(style), async |events, stop| {
                check(request, events, stop).await
            });
            let report = checked.await?.report;
            drop(held);
            Ok(report)
        })?
    }

    fn write(&self, report: &Report) -> Result<(), CliError> {
        // The format for uploading is left out: nothing real was tested.
        let formats = Format::ALL.into_iter().filter(|format| !format.is_for_upload());
        for format in formats.clone() {
            let path = self.output_dir.join(format.usual_name());
            Sink::Path(path).write(rendered(format, report)?)?;
        }
        let names = formats.map(Format::usual_name).collect::<Vec<_>>().join(", ");
        note(&format!("wrote {names} to {}", self.output_dir.display()));
        Ok(())
    }
}
