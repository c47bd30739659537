//! The reports of a run: their formats and targets.

use super::error::CliError;
use super::form::{NamedFormat, Output};
use super::sink::{Sink, prepare_all, to_stdout};
use super::style::OutputStyle;
use super::terminal::note;
use clap::Args;
use scs_checks::definition::Origin;
use scs_reports::{ExitCode, Format, Report, console, render, residue_lines, upload_refusal};
use std::io::{self, IsTerminal};

/// The reports that are written, and their targets.
#[derive(Args, Default)]
pub(super) struct OutputOptions {
    /// Write a report, to stdout if no path is given; may be repeated. Formats: json, junit, html, markdown, yaml (for today's
    /// result server), yaml-2026-07 (for the coming one). The ending of the path (.json, .xml, .html, .md, .yaml) is enough
    #[arg(short, long, value_name = "FORMAT[=PATH]")]
    output: Vec<Output<Format>>,

    /// Same as -o json
    #[arg(long)]
    json: bool,

    /// Write yaml or yaml-2026-07 for uploading even if the definitions are not the official ones
    #[arg(long)]
    upload_altered: bool,
}

impl OutputOptions {
    /// Returns all outputs.
    fn outputs(&self) -> Vec<Output<Format>> {
        let json = self.json.then_some(Output { format: Format::Json, sink: Sink::Stdout });
        self.output.iter().cloned().chain(json).collect()
    }

    /// Checks beforehand that everything can be written, the recording included, so that no run is made in vain.
    ///
    /// # Errors
    /// A target cannot be written, or two are the same.
    pub(super) fn prepare(&self, recording: Option<&Sink>) -> Result<(), CliError> {
        let outputs = self.outputs();
        let outputs = outputs.iter().map(|output| (format!("--output {}", output.format), &output.sink));
        let all: Vec<(String, &Sink)> =
            outputs.chain(recording.map(|recording| ("--record".to_owned(), recording))).collect();
        prepare_all(&all, "--output or --record")
    }

    /// Refuses to replace a file that was read meanwhile: it is part of the configuration, or the input.
    ///
    /// # Errors
    /// A file was read.
    pub(super) fn spare_inputs(&self, recording: Option<&Sink>) -> Result<(), CliError> {
        self.output.iter().map(|output| &output.sink).chain(recording).try_for_each(Sink::spare_input)
    }

    /// Checks that no report is written for uploading that must not be uploaded.
    ///
    /// # Errors
    /// There is one, and a reason against it.
    pub(super) fn admit(&self, simulated: bool, origin: Origin) -> Result<(), CliError> {
        let upload = self.outputs().into_iter().map(|output| output.format).find(|format| format.is_for_upload());
        match upload.zip(upload_refusal(simulated, origin, self.upload_altered)) {
            Some((format, why)) => Err(format!("--output {format} is for uploading: {why}").into()),
            None => Ok(()),
        }
    }

    /// Returns true if a report goes to stdout, which then is for programs.
    pub(super) fn take_stdout(&self) -> bool {
        self.json || self.output.iter().any(|output| output.sink.is_stdout())
    }

    /// Returns true if the report for people stands on the same screen as stderr: it says already what stderr has to say.
    fn is_on_screen(&self) -> bool {
        !self.take_stdout() && io::stdout().is_terminal() && io::stderr().is_terminal()
    }

    /// Prints and writes the report, names on stderr what is left in the subject, and gives the exit code. A report
    /// that cannot be written never hides a violation.
    pub(super) fn publish(&self, report: &Report, style: &OutputStyle) -> ExitCode {
        self.publish_beside(report, None, style)
    }

    /// Publishes the report; stdout is for the recording where that goes there. Files come first: what is read at the other
    /// end of a stream may never be taken.
    pub(super) fn publish_beside(&self, report: &Report, recording: Option<&Sink>, style: &OutputStyle) -> ExitCode {
        if !self.is_on_screen() {
            residue_lines(report).iter().for_each(|line| note(line));
        }
        let (files, streams): (Vec<_>, Vec<_>) = self.outputs().into_iter().partition(|output| output.sink.is_file());
        let write = |output: &Output<Format>| output.sink.write(rendered(output.format, report)?);
        let mut results: Vec<_> = files.iter().chain(&streams).map(write).collect();
        if !self.take_stdout() && !recording.is_some_and(Sink::is_stdout) {
            results.push(to_stdout(&for_terminal(report, style)));
        }
        let mut code = report.exit_code();
        for result in results {
            if let Err(error) = result {
                code = code.or(error.print());
            }
        }
        code
    }
}

/// Renders a report.
///
/// # Errors
/// The format cannot hold it.
pub(super) fn rendered(format: Format, report: &Report) -> Result<String, CliError> {
    render(format, report).map_err(CliError::unfinished)
}

/// Returns the report for the terminal, or for a log that is as wide.
fn for_terminal(report: &Report, style: &OutputStyle) -> String {
    console::render(report, console::Options { color: true, width: width(), verbose: style.verbose > 0 })
}

/// Returns the width of the page: that of $COLUMNS or of the terminal; 120 columns where there is neither, so that logs stay
/// readable.
pub(super) fn width() -> usize {
    const LOG: usize = 120;
    known_width().unwrap_or(LOG)
}

/// Returns the width that $COLUMNS or the terminal sets; pipes have none of their own.
pub(super) fn known_width() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    columns.or_else(|| {
        let size = terminal_size::terminal_size().filter(|_| io::stdout().is_terminal());
        size.map(|(width, _)| usize::from(width.0))
    })
}

impl NamedFormat for Format {
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Json => &["json"],
            Self::Junit => &["xml"],
            Self::Yaml => &["yaml", "yml"],
            // Those are today's; this one is named.
            Self::Yaml2026July => &[],
            Self::Html => &["html", "htm"],
            Self::Markdown => &["md", "markdown"],
        }
    }
}
