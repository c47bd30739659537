//! `render` and `diff`: make other formats of a report, and compare two.

use super::error::CliError;
use super::form::{NamedFormat, Output};
use super::input;
use super::output::OutputOptions;
use super::sink::Sink;
use super::style::OutputStyle;
use clap::{Args, ValueEnum};
use scs_reports::judge::{Level, redact_report};
use scs_reports::{Difference, ExitCode};
use std::path::PathBuf;

/// `render`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance render report.json
  scs-conformance render report.json -o report.html -o junit.xml
  scs-conformance render report.json --redact public -o for-everybody.html

The exit code is that of the run.")]
pub(super) struct Render {
    /// A report in JSON
    #[arg(value_name = "REPORT")]
    report: PathBuf,

    /// Leave out what does not concern others: public, for everybody; curated, with names of images and flavors and observed
    /// values, for partners; full leaves out nothing
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "full", hide_default_value = true)]
    redact: Redaction,

    #[command(flatten)]
    outputs: OutputOptions,
}

/// The part of a report that others may see.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Redaction {
    Public,
    Curated,
    Full,
}

impl From<Redaction> for Level {
    fn from(redaction: Redaction) -> Self {
        match redaction {
            Redaction::Public => Self::Public,
            Redaction::Curated => Self::Curated,
            Redaction::Full => Self::Full,
        }
    }
}

impl Render {
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        self.outputs.prepare(None)?;
        let report = input::report(&self.report)?;
        self.outputs.spare_inputs(None)?;
        self.outputs.admit(report.subject.simulated, report.definitions.origin)?;
        Ok(self.outputs.publish(&redact_report(report, self.redact.into()), style))
    }
}

/// `diff`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance diff yesterday.json today.json
  scs-conformance diff yesterday.json today.json -o markdown
  scs-conformance diff yesterday.json today.json -o changes.json

Exit codes: 0 nothing fails that did not fail before; 1 something does; 2 a report cannot be read;
3 nothing new fails, but something that passed or failed before is not decided any more, or gone")]
pub(super) struct Diff {
    /// The earlier report, in JSON
    #[arg(value_name = "BEFORE")]
    before: PathBuf,

    /// The later report, in JSON
    #[arg(value_name = "AFTER")]
    after: PathBuf,

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
        let difference = Difference::between(&input::report(&self.before)?, &input::report(&self.after)?);
        output.sink.spare_input().map_err(|error| error.about("--output"))?;
        let text = match output.format {
            DiffForm::Text => difference.to_text(),
            DiffForm::Markdown => difference.to_markdown(),
            DiffForm::Json => difference.to_json()?,
        };
        output.sink.write(text)?;
        Ok(match difference {
            _ if difference.is_worse() => ExitCode::Violation,
            _ if difference.loses_verdicts() => ExitCode::Undecided,
            _ => ExitCode::Success,
        })
    }
}
