//! `evaluate`: evaluates a recording again, as it was, or by other versions and on another day.

use super::error::CliError;
use super::evidence::EvidenceOptions;
use super::input;
use super::options::DefinitionOptions;
use super::output::OutputOptions;
use super::selection::SelectionOptions;
use super::sink::to_stdout;
use super::style::OutputStyle;
use clap::Args;
use scs_reports::judge::{JudgeError, Reevaluation};
use scs_reports::{Difference, ExitCode};
use std::path::PathBuf;

/// `evaluate`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Evaluate {
    /// Recording written by `collect` or `check --record`
    #[arg(value_name = "FACTS")]
    facts: PathBuf,

    #[command(flatten)]
    outputs: OutputOptions,

    #[command(flatten)]
    evidence: EvidenceOptions,

    #[command(flatten)]
    definitions: DefinitionOptions,

    #[command(flatten)]
    selection: SelectionOptions,
}

const EXAMPLES: &str = "\
Examples:
  scs-conformance evaluate facts.json
  scs-conformance evaluate facts.json -o report.html
  scs-conformance evaluate facts.json --scope-version next
  scs-conformance evaluate facts.json --date 2027-03-01
  scs-conformance evaluate facts.json --evidence evidence.yaml

With --scope-version or --date, the page also shows what would change. Without --date, the instant of the recording counts \
as now. Exit codes are those of check.";

impl Evaluate {
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        let Reevaluation { report, forecast } = self.evaluate()?;
        let code = self.outputs.publish(&report, style);
        match forecast.map_or(Ok(()), |forecast| self.print(&forecast)) {
            Ok(()) => Ok(code),
            Err(error) => Ok(code.or(error.print())),
        }
    }

    fn evaluate(&self) -> Result<Reevaluation, CliError> {
        self.outputs.prepare(None)?;
        let mut recording = input::recording(&self.facts)?;
        let (definitions, scope) = self.definitions.load_for(recording.collected.subject.kind)?;
        recording.collected.evidence.extend(self.evidence.read(&definitions)?);
        self.outputs.spare_inputs(None)?;
        self.outputs.admit(recording.collected.subject.simulated, definitions.origin)?;
        let judge = self.selection.judge(&definitions, &scope, recording.collected.observed_at);
        judge.reevaluate(recording).map_err(|error| match error {
            JudgeError::Contradicts(what) => format!("{} contradicts itself: {what}", self.facts.display()).into(),
            error => error.into(),
        })
    }

    fn print(&self, forecast: &Difference) -> Result<(), CliError> {
        if self.outputs.take_stdout() {
            return Ok(());
        }
        to_stdout(&format!("\nCompared with what counted when the facts were recorded\n\n{}", forecast.to_text()))
    }
}
