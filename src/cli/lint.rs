//! `lint`: checks definitions for mistakes.

use super::message::fail;
use super::sink::{Sink, to_stdout, unwritten};
use clap::Args;
use scs_checks::definition::{Definitions, Problems, Remark, STABLE_FILE, lint};
use scs_reports::ExitCode;
use scs_standards::{self, Files};
use std::path::{Path, PathBuf};

/// `lint`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance lint                    the built-in definitions
  scs-conformance lint standards
  scs-conformance lint --update-digests standards

Exit codes: 0 no errors, though there may be warnings; 1 errors; 2 the files cannot be read")]
pub(super) struct Lint {
    /// Folder with definitions [default: the built-in ones]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Record the digests of stable versions, so that later changes to them are found
    #[arg(long, alias = "record", requires = "folder")]
    update_digests: bool,
}

impl Lint {
    pub(super) fn run(&self) -> ExitCode {
        let files = match self.files() {
            Ok(files) => files,
            Err(message) => return fail(message, ExitCode::Usage),
        };
        let remarks = lint(&files.standards, files.stable.as_ref());
        let code = if remarks.iter().any(|remark| remark.is_error) { ExitCode::Violation } else { ExitCode::Success };
        match unwritten(to_stdout(&page(&files, &remarks))) {
            Err(message) if code == ExitCode::Success => fail(message, ExitCode::Unfinished),
            _ => code,
        }
    }

    fn files(&self) -> Result<Files, String> {
        let Some(folder) = &self.folder else {
            return scs_standards::embedded_files().map_err(|problem| problem.to_string());
        };
        let read = || scs_standards::files_of(folder).map_err(|problems| problems.to_string());
        if !self.update_digests {
            return read();
        }
        record(folder, &read()?)?;
        read()
    }
}

/// Records the digests of what stable versions demand today.
fn record(folder: &Path, files: &Files) -> Result<(), String> {
    let definitions = Definitions::load(&files.standards).map_err(|problems: Problems| problems.to_string())?;
    let digests = Sink::Path(folder.join(STABLE_FILE));
    digests.prepare()?;
    unwritten(digests.write(definitions.stable_record()))
}

/// Returns the remarks, and a line with their numbers.
fn page(files: &Files, remarks: &[Remark]) -> String {
    let mut text: String = remarks.iter().map(|remark| format!("{remark}\n\n")).collect();
    let errors = remarks.iter().filter(|remark| remark.is_error).count();
    let count = |number: usize, noun: &str| match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        more => format!("{more} {noun}s"),
    };
    let found = format!("{}, {}", count(errors, "error"), count(remarks.len() - errors, "warning"));
    text.push_str(&format!("{}: {found}\n", count(files.standards.len(), "file")));
    text
}
