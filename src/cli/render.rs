//! `render`: makes other formats of a report.

use super::error::CliError;
use super::input;
use super::output::OutputOptions;
use super::style::OutputStyle;
use clap::{Args, ValueEnum};
use scs_reports::ExitCode;
use scs_reports::judge::{Level, redact_report};
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
