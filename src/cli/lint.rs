//! `lint`: checks definitions for mistakes.

use super::error::CliError;
use super::sink::{Sink, to_stdout};
use clap::Args;
use scs_checks::definition::{Definitions, Remark, STABLE_FILE, lint};
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
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let files = self.files()?;
        let remarks = lint(&files.standards, files.stable.as_ref(), files.clauses.as_ref());
        let code = if remarks.iter().any(|remark| remark.is_error) { ExitCode::Violation } else { ExitCode::Success };
        match to_stdout(&page(&files, &remarks)) {
            Ok(()) => Ok(code),
            Err(error) => Ok(code.or(error.print())),
        }
    }

    fn files(&self) -> Result<Files, CliError> {
        let Some(folder) = &self.folder else { return Ok(scs_standards::embedded_files()?) };
        if self.update_digests {
            record(folder, &scs_standards::files_of(folder)?)?;
        }
        Ok(scs_standards::files_of(folder)?)
    }
}

/// Records the digests of what stable versions demand today.
fn record(folder: &Path, files: &Files) -> Result<(), CliError> {
    let definitions = Definitions::load(&files.standards)?;
    let digests = Sink::Path(folder.join(STABLE_FILE));
    digests.prepare()?;
    digests.write(definitions.stable_record())
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
