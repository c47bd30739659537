//! Which reports go where.

use super::message::fail;
use super::sink::{Sink, Unwritten, to_stdout};
use super::style::OutputStyle;
use super::terminal::note;
use clap::Args;
use scs_checks::definition::Origin;
use scs_reports::{ExitCode, Format, Report, console, render, residue_lines, upload_refusal};
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::str::FromStr;

/// Which reports are written where.
#[derive(Args, Default)]
pub(super) struct OutputOptions {
    /// Write a report; - is stdout. Formats: json, junit, yaml (that of today's result server), html, markdown
    #[arg(short, long, value_name = "FORMAT=PATH")]
    output: Vec<Output>,

    /// Write yaml, which is for uploading, although the definitions are not the official ones
    #[arg(long)]
    upload_altered: bool,
}

impl OutputOptions {
    /// Finds out beforehand whether everything can be written, the recording included, so that no run is made in vain.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn prepare(&self, recording: Option<&Sink>) -> Result<(), String> {
        let outputs = self.output.iter().map(|output| (format!("--output {}", output.format), &output.sink));
        let all: Vec<(String, &Sink)> =
            outputs.chain(recording.map(|recording| ("--record".to_owned(), recording))).collect();
        if all.iter().filter(|(_, sink)| sink.is_stdout()).count() > 1 {
            return Err("only one --output or --record can go to stdout".into());
        }
        all.iter().try_for_each(|(option, sink)| sink.prepare().map_err(|why| format!("{option}: {why}")))?;
        for (index, (option, sink)) in all.iter().enumerate() {
            if let Some((other, _)) = all[..index].iter().find(|(_, other)| sink.is_same_file(other)) {
                return Err(format!("{other} and {option} go to the same file, {}", sink.shown()));
            }
        }
        Ok(())
    }

    /// Refuses to replace a file that was read meanwhile: it is part of the configuration, or the input.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn spare_inputs(&self, recording: Option<&Sink>) -> Result<(), String> {
        self.output.iter().map(|output| &output.sink).chain(recording).try_for_each(Sink::spare_input)
    }

    /// Checks that no report is written for uploading that must not be uploaded.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn admit(&self, simulated: bool, origin: Origin) -> Result<(), String> {
        let uploads = self.output.iter().any(|output| output.format == Format::Yaml);
        let refusal = upload_refusal(simulated, origin, self.upload_altered).filter(|_| uploads);
        refusal.map_or(Ok(()), |why| Err(format!("--output yaml is for uploading: {why}")))
    }

    /// True if a report goes to stdout, which then is for programs.
    pub(super) fn take_stdout(&self) -> bool {
        self.output.iter().any(|output| output.sink.is_stdout())
    }

    /// True if the report for people stands on the same screen as stderr: it says already what stderr has to say.
    fn is_on_screen(&self) -> bool {
        !self.take_stdout() && io::stdout().is_terminal() && io::stderr().is_terminal()
    }

    /// Prints and writes the report, names on stderr what is left in the subject, and gives the exit code. A report that cannot be written never hides a violation.
    pub(super) fn publish(&self, report: &Report, style: &OutputStyle) -> ExitCode {
        self.publish_beside(report, None, style)
    }

    /// Publishes the report; stdout is for the recording where that goes there. Files come first: what is read at the other
    /// end of a stream may never be taken.
    pub(super) fn publish_beside(&self, report: &Report, recording: Option<&Sink>, style: &OutputStyle) -> ExitCode {
        if !self.is_on_screen() {
            residue_lines(report).iter().for_each(|line| note(line));
        }
        let (files, streams): (Vec<_>, Vec<_>) = self.output.iter().partition(|output| output.sink.is_file());
        let mut results: Vec<_> = files.into_iter().chain(streams).map(|output| output.write(report)).collect();
        if !self.take_stdout() && !recording.is_some_and(Sink::is_stdout) {
            results.push(to_stdout(&for_terminal(report, style)));
        }
        let mut code = report.exit_code();
        for result in results {
            if let Err(Unwritten::Because(message)) = result {
                code = code.or(fail(message, ExitCode::Unfinished));
            }
        }
        code
    }
}

/// The report for the terminal, or for a log that is as wide.
fn for_terminal(report: &Report, style: &OutputStyle) -> String {
    console::render(report, console::Options { color: true, width: width(), verbose: style.verbose > 0 })
}

/// The width of the terminal; 120 columns where there is none, so that logs stay readable.
pub(super) fn width() -> usize {
    const LOG: usize = 120;
    if !io::stdout().is_terminal() {
        return LOG;
    }
    terminal_size::terminal_size().map_or(LOG, |(width, _)| usize::from(width.0))
}

/// `FORMAT=PATH`; the path `-` is stdout.
#[derive(Clone, Debug)]
pub(super) struct Output {
    format: Format,
    sink: Sink,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("write FORMAT=PATH, for example json=report.json")?;
        let format = format.parse::<Format>().map_err(|error| error.to_string())?;
        if path.is_empty() {
            return Err("there is no path behind the =".into());
        }
        Ok(Self { format, sink: Sink::from(OsString::from(path)) })
    }
}

impl Output {
    fn write(&self, report: &Report) -> Result<(), Unwritten> {
        let text = render(self.format, report).map_err(|error| Unwritten::Because(error.to_string()))?;
        self.sink.write(text)
    }
}
