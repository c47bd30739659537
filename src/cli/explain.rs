//! `explain`: shows what a testcase asks, or why a report decides it as it does.

use super::form::ResultOptions;
use super::input;
use super::message::fail;
use super::options::DefinitionOptions;
use super::output::width;
use super::sink::unwritten;
use chrono::Utc;
use clap::Args;
use scs_checks::definition::{Definitions, nearest};
use scs_reports::{ExitCode, Explanation, Report, Why};
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
    pub(super) fn run(&self) -> ExitCode {
        let explained = self.output.prepare().and_then(|()| match &self.report {
            Some(path) => self.verdict(path),
            None => self.definition(),
        });
        match explained.map(|text| unwritten(self.output.write(text))) {
            Ok(Ok(())) => ExitCode::Success,
            Ok(Err(message)) => fail(message, ExitCode::Unfinished),
            Err(message) => fail(message, ExitCode::Usage),
        }
    }

    fn definition(&self) -> Result<String, String> {
        let (definitions, scope) = self.definitions.load_with(&self.id)?;
        let today = Utc::now().date_naive();
        match Explanation::of(&definitions, &definitions.scopes[&scope], &self.id, today) {
            Some(explanation) if self.output.is_json() => explanation.to_json().map_err(|error| error.to_string()),
            Some(explanation) => Ok(explanation.to_text(width())),
            None => Err(unknown(&self.id, &definitions)),
        }
    }

    fn verdict(&self, path: &Path) -> Result<String, String> {
        let report = input::report(path)?;
        match Why::of(&report, &self.id) {
            Some(why) if self.output.is_json() => why.to_json().map_err(|error| error.to_string()),
            Some(why) => Ok(why.to_text(width())),
            None => Err(not_reported(&self.id, path, &report)),
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
