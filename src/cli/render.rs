//! `render` and `diff`: what can be made of reports without the subject.

use super::input;
use super::message::fail;
use super::output::OutputOptions;
use super::sink::{to_stdout, unwritten};
use super::style::OutputStyle;
use clap::{Args, ValueEnum};
use scs_reports::judge::{Level, redact_report};
use scs_reports::{Difference, ExitCode, Report};
use std::path::PathBuf;

/// `render`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance render report.json
  scs-conformance render report.json --output html=report.html --output junit=junit.xml
  scs-conformance render report.json --redact public --output html=for-everybody.html

The exit code is that of the run.")]
pub(super) struct Render {
    /// A report in JSON
    #[arg(value_name = "REPORT")]
    report: PathBuf,

    /// Leave out what does not concern others: public, for everybody; curated, with names of images and flavors and what
    /// was observed, for partners; full, nothing is left out
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "full", hide_default_value = true)]
    redact: Redaction,

    #[command(flatten)]
    outputs: OutputOptions,
}

/// What of a report others may see.
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
    fn report(&self) -> Result<Report, String> {
        self.outputs.prepare(None)?;
        let report = input::report(&self.report)?;
        self.outputs.spare_inputs(None)?;
        self.outputs.admit(report.subject.simulated, report.definitions.origin)?;
        Ok(report)
    }

    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        match self.report() {
            Ok(report) => self.outputs.publish(&redact_report(report, self.redact.into()), style),
            Err(message) => fail(message, ExitCode::Usage),
        }
    }
}

/// `diff`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance diff yesterday.json today.json
  scs-conformance diff yesterday.json today.json --format markdown

Exit codes: 0 nothing fails that did not fail before; 1 something does; 2 a report cannot be read;
3 nothing new fails, but something that passed or failed before is not decided any more, or gone")]
pub(super) struct Diff {
    /// The earlier report, in JSON
    #[arg(value_name = "BEFORE")]
    before: PathBuf,

    /// The later report, in JSON
    #[arg(value_name = "AFTER")]
    after: PathBuf,

    /// The form of the result
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Text,
    Markdown,
    Json,
}

impl Diff {
    pub(super) fn run(&self) -> ExitCode {
        let difference = match (input::report(&self.before), input::report(&self.after)) {
            (Ok(before), Ok(after)) => Difference::between(&before, &after),
            (Err(message), _) | (_, Err(message)) => return fail(message, ExitCode::Usage),
        };
        let text = match self.format {
            Form::Text => Ok(difference.to_text()),
            Form::Markdown => Ok(difference.to_markdown()),
            Form::Json => difference.to_json().map_err(|error| error.to_string()),
        };
        match text.and_then(|text| unwritten(to_stdout(&text))) {
            Err(message) => fail(message, ExitCode::Unfinished),
            Ok(()) if difference.is_worse() => ExitCode::Violation,
            Ok(()) if difference.loses_verdicts() => ExitCode::Undecided,
            Ok(()) => ExitCode::Success,
        }
    }
}
