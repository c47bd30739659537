//! `diff`: compares two reports, or two nights.

use super::error::CliError;
use super::form::{NamedFormat, Output};
use super::input;
use super::sink::Sink;
use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use scs_fleet::state::StateView;
use scs_fleet::summary::{NightDifference, SubjectDifference};
use scs_reports::{Difference, ExitCode};
use std::path::{Path, PathBuf};

/// `diff`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance diff yesterday.json today.json
  scs-conformance diff yesterday.json today.json -o markdown
  scs-conformance diff yesterday.json today.json -o changes.json
  scs-conformance diff 2026-11-29 2026-11-30 --state-dir state

Exit codes: 0 nothing fails that did not fail before; 1 something does; 2 a report cannot be read;
3 nothing new fails, but something that passed or failed before is not decided any more, or gone")]
pub(super) struct Diff {
    /// The earlier report, in JSON, or the date of a night
    #[arg(value_name = "BEFORE")]
    before: PathBuf,

    /// The later report, in JSON, or the date of a night
    #[arg(value_name = "AFTER")]
    after: PathBuf,

    /// Compare two nights by the history in this folder: what was known after the first with what the second has found
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,

    /// Only this subject of the nights; may be repeated
    #[arg(long = "subject", value_name = "NAME", requires = "state_dir")]
    subjects: Vec<String>,

    /// Print the differences as text, markdown or json, or write them to PATH; the ending of PATH (.txt, .md, .json) is enough
    #[arg(short, long, value_name = "FORMAT[=PATH]")]
    output: Option<Output<DiffForm>>,

    /// Same as -o json
    #[arg(long, conflicts_with = "output")]
    json: bool,

    #[arg(long, hide = true, value_enum, value_name = "FORMAT", conflicts_with_all = ["output", "json"])]
    format: Option<DiffForm>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DiffForm {
    Text,
    Markdown,
    Json,
}

impl NamedFormat for DiffForm {
    const ALL: &'static [Self] = &[Self::Text, Self::Markdown, Self::Json];

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Json => "json",
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["txt"],
            Self::Markdown => &["md", "markdown"],
            Self::Json => &["json"],
        }
    }
}

impl Diff {
    /// Returns the form of the result, and its target.
    fn output(&self) -> Output<DiffForm> {
        let form = if self.json { DiffForm::Json } else { self.format.unwrap_or(DiffForm::Text) };
        self.output.clone().unwrap_or(Output { format: form, sink: Sink::Stdout })
    }

    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let output = self.output();
        output.sink.prepare().map_err(|error| error.about("--output"))?;
        match (night(&self.before), night(&self.after)) {
            (Some(before), Some(after)) => self.nights(before, after, &output),
            _ => self.reports(&output),
        }
    }

    fn reports(&self, output: &Output<DiffForm>) -> Result<ExitCode, CliError> {
        let difference = Difference::between(&input::report(&self.before)?, &input::report(&self.after)?);
        output.sink.spare_input().map_err(|error| error.about("--output"))?;
        output.sink.write(match output.format {
            DiffForm::Text => difference.to_text(),
            DiffForm::Markdown => difference.to_markdown(),
            DiffForm::Json => difference.to_json()?,
        })?;
        Ok(exit_code(difference.is_worse(), difference.loses_verdicts()))
    }

    fn nights(&self, before: NaiveDate, after: NaiveDate, output: &Output<DiffForm>) -> Result<ExitCode, CliError> {
        let Some(state) = &self.state_dir else {
            return Err("two nights are compared by their history; name its folder with --state-dir".into());
        };
        if after <= before {
            return Err(
                format!("the night of {after} is not after that of {before}; name the earlier one first").into()
            );
        }
        let view = StateView::open(state)?;
        let known = view.histories()?;
        for name in &self.subjects {
            if !known.iter().any(|(subject, _)| subject == name) {
                return Err(format!("{} has no history of the subject {name}", state.display()).into());
            }
        }
        let mut subjects = Vec::new();
        for (subject, scope) in known {
            if self.subjects.is_empty() || self.subjects.contains(&subject) {
                let attempts = view.history(&subject, &scope).attempts()?;
                subjects.extend(SubjectDifference::between(&subject, &scope, &attempts, before, after));
            }
        }
        if subjects.is_empty() {
            return Err(format!("{} has a report neither of {before} nor of {after}", state.display()).into());
        }
        let difference = NightDifference { before, after, subjects };
        output.sink.write(match output.format {
            DiffForm::Text => difference.page(false),
            DiffForm::Markdown => difference.page(true),
            DiffForm::Json => format!("{}\n", serde_json::to_string_pretty(&difference)?),
        })?;
        Ok(exit_code(difference.is_worse(), difference.loses_verdicts()))
    }
}

fn exit_code(is_worse: bool, loses_verdicts: bool) -> ExitCode {
    match (is_worse, loses_verdicts) {
        (true, _) => ExitCode::Violation,
        (false, true) => ExitCode::Undecided,
        (false, false) => ExitCode::Success,
    }
}

/// Returns the date of a night, if it is one.
fn night(argument: &Path) -> Option<NaiveDate> {
    argument.to_str().and_then(|text| text.parse().ok())
}
