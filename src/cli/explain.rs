//! `explain`: shows what a testcase asks, or why a report decides it as it does.

use super::error::CliError;
use super::form::ResultOptions;
use super::input;
use super::options::DefinitionOptions;
use super::output::width;
use chrono::Utc;
use clap::Args;
use scs_checks::definition::{Definitions, nearest};
use scs_reports::{ExitCode, Explanation, Report, VerdictExplanation};
use std::path::{Path, PathBuf};

/// `explain`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance explain scs-0102-prop-hw_disk_bus
  scs-conformance explain scs-0102-prop-hw_disk_bus --report report.json
  scs-conformance explain scs-0115-default-rules --json")]
pub(super) struct Explain {
    /// The testcase
    #[arg(value_name = "ID")]
    id: String,

    /// Explain the verdict in this report (JSON)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["standards", "scope"])]
    report: Option<PathBuf>,

    #[command(flatten)]
    output: ResultOptions,

    #[command(flatten)]
    definitions: DefinitionOptions,
}

impl Explain {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        self.output.prepare()?;
        let text = match &self.report {
            Some(path) => self.verdict(path),
            None => self.definition(),
        };
        self.output.write(text?)?;
        Ok(ExitCode::Success)
    }

    fn definition(&self) -> Result<String, CliError> {
        let (definitions, scope) = self.definitions.load_with(&self.id)?;
        let today = Utc::now().date_naive();
        match Explanation::of(&definitions, &definitions.scopes[&scope], &self.id, today) {
            Some(explanation) if self.output.is_json() => Ok(explanation.to_json()?),
            Some(explanation) => Ok(explanation.to_text(width())),
            None => Err(unknown(&self.id, &definitions).into()),
        }
    }

    fn verdict(&self, path: &Path) -> Result<String, CliError> {
        let report = input::report(path)?;
        match VerdictExplanation::of(&report, &self.id) {
            Some(why) if self.output.is_json() => Ok(why.to_json()?),
            Some(why) => Ok(why.to_text(width())),
            None => Err(not_reported(&self.id, path, &report).into()),
        }
    }
}

fn unknown(id: &str, definitions: &Definitions) -> String {
    if let Some(standard) = definitions.standards.get(id) {
        let ids: Vec<&str> = standard.testcases.iter().map(|testcase| testcase.id.as_str()).collect();
        return match ids.as_slice() {
            [] => format!("{id} is a standard that no testcase decides yet"),
            ids => format!("{id} is a standard; name one of its testcases: {}", ids.join(", ")),
        };
    }
    let near = nearest(id, definitions.testcases().map(|testcase| testcase.id.as_str()));
    let hint = near.map_or("`list testcases` shows all".to_owned(), |near| format!("did you mean {near}?"));
    format!("there is no testcase \"{id}\"; {hint}")
}

fn not_reported(id: &str, path: &Path, report: &Report) -> String {
    let versions: Vec<&str> = report.versions.keys().map(String::as_str).collect();
    let hint = match nearest(id, report.testcases.keys().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("it has those of {} {}", report.scope.name, versions.join(", ")),
    };
    format!("{} has no testcase \"{id}\"; {hint}", path.display())
}
