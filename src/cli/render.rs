//! `render` and `diff`: what can be made of reports without the subject.

use super::output::OutputOptions;
use super::sink::{to_stdout, unwritten};
use super::{Manner, exit, fail};
use crate::files;
use clap::{Args, ValueEnum};
use scs_reports::{Difference, Report, SCHEMA_VERSION};
use std::path::{Path, PathBuf};

/// `render`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance render report.json
  scs-conformance render report.json --output html=report.html --output junit=junit.xml

The exit code is that of the run.")]
pub(super) struct Render {
    /// A report in JSON
    #[arg(value_name = "REPORT")]
    report: PathBuf,

    #[command(flatten)]
    outputs: OutputOptions,
}

impl Render {
    fn report(&self) -> Result<Report, String> {
        self.outputs.prepare(None)?;
        let report = read(&self.report)?;
        self.outputs.spare_inputs(None)?;
        Ok(report)
    }

    pub(super) fn run(&self, manner: &Manner) -> u8 {
        match self.report() {
            Ok(report) => self.outputs.publish(&report, manner),
            Err(message) => fail(message, exit::USAGE),
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
    pub(super) fn run(&self) -> u8 {
        let difference = match (read(&self.before), read(&self.after)) {
            (Ok(before), Ok(after)) => Difference::between(&before, &after),
            (Err(message), _) | (_, Err(message)) => return fail(message, exit::USAGE),
        };
        let text = match self.format {
            Form::Text => difference.to_text(),
            Form::Markdown => difference.to_markdown(),
            Form::Json => difference.to_json(),
        };
        match unwritten(to_stdout(&text)) {
            Err(message) => fail(message, exit::PUBLISHING),
            Ok(()) if difference.is_worse() => exit::VIOLATION,
            Ok(()) if difference.loses_verdicts() => exit::UNDECIDED,
            Ok(()) => exit::DONE,
        }
    }
}

fn read(path: &Path) -> Result<Report, String> {
    files::read_json(path, "report", SCHEMA_VERSION)
}
