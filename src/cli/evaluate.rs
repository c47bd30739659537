//! `evaluate`: evaluates a recording again, as it was, or by other versions and on another day.

use super::input::{self, tool};
use super::message::fail;
use super::options::DefinitionOptions;
use super::output::OutputOptions;
use super::selection::SelectionOptions;
use super::sink::{to_stdout, unwritten};
use super::style::OutputStyle;
use clap::Args;
use scs_checks::definition::Definitions;
use scs_checks::facts::Now;
use scs_reports::judge::{Recording, Selection, evaluate, plan};
use scs_reports::{Difference, ExitCode, Report};
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

With --scope-version or --date, the page also shows what would change. Without --date, the instant of the recording counts \
as now. Exit codes are those of check.";

impl Evaluate {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        match self.evaluate() {
            Err(message) => fail(message, ExitCode::Usage),
            Ok((report, forecast)) => {
                let code = self.outputs.publish(&report, style);
                match forecast.map(|forecast| self.tell(&forecast)) {
                    Some(Err(message)) if code == ExitCode::Success => fail(message, ExitCode::Unfinished),
                    _ => code,
                }
            }
        }
    }

    /// Returns the report and, for other versions or another day, the difference to what counted when the recording was made.
    fn evaluate(&self) -> Result<(Report, Option<Difference>), String> {
        self.outputs.prepare(None)?;
        let recording = input::recording(&self.facts)?;
        self.outputs.spare_inputs(None)?;
        let (definitions, scope) = self.definitions.load_for(recording.collected.subject.kind)?;
        let (then, clock) = (recording.collected.observed_at, recording.collected.clock);
        let report = |selection: &Selection, now: Now, recording: Recording, definitions: &Definitions| {
            let plan = plan(definitions, &definitions.scopes[&scope], selection).map_err(|error| error.to_string())?;
            let report = evaluate(definitions, &plan, recording.collected, now, tool());
            report.verify().map_err(|what| format!("{} contradicts itself: {what}", self.facts.display()))?;
            Ok::<_, String>(report)
        };
        self.outputs.admit(recording.collected.subject.simulated, definitions.origin)?;
        let (selection, now) = (self.selection.selection(then), self.selection.now(then, clock));
        if !self.selection.is_forecast() {
            return Ok((report(&selection, now, recording, &definitions)?, None));
        }
        let as_it_was = Selection { reference: then, versions: Vec::new(), ..selection.clone() };
        let before = report(&as_it_was, Now::from_clock(then, clock), recording.clone(), &definitions)?;
        let after = report(&selection, now, recording, &definitions)?;
        let difference = Difference::between(&before, &after);
        Ok((after, Some(difference)))
    }

    fn tell(&self, forecast: &Difference) -> Result<(), String> {
        if self.outputs.take_stdout() {
            return Ok(());
        }
        let text = format!("\nCompared with what counted when the facts were recorded\n\n{}", forecast.to_text());
        unwritten(to_stdout(&text))
    }
}
