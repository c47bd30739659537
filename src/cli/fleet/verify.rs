//! `verify`: checks the signature of a report.

use crate::cli::error::CliError;
use crate::cli::sink::to_stdout;
use chrono::Utc;
use clap::Args;
use scs_reports::ExitCode;
use scs_signatures::{REPORT, Signature, Signers};
use std::path::{Path, PathBuf};

/// The largest report that is verified, in bytes.
const LARGEST: u64 = 64 << 20;

/// `verify`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance verify report.yaml --allowed-signers allowed_signers

This is what `ssh-keygen -Y verify -n report` does.

Exit codes: 0 the signature holds; 1 it does not; 2 a file cannot be read")]
pub(in crate::cli) struct Verify {
    /// Report
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Signature [default: the same name with .sig behind it]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,

    /// Keys of those who may sign, as for `ssh-keygen -Y verify -f`
    #[arg(long, value_name = "FILE")]
    allowed_signers: PathBuf,

    /// Name of the one who must have signed [default: anyone in the list]
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
}

impl Verify {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let signature = self.signature.clone().unwrap_or_else(|| {
            let mut path = self.file.clone().into_os_string();
            path.push(".sig");
            path.into()
        });
        let content = read(&self.file)?;
        let list = String::from_utf8(read(&self.allowed_signers)?)
            .map_err(|_| format!("{} is not text", self.allowed_signers.display()))?;
        let signers = Signers::parse(&list).map_err(|error| format!("{}, {error}", self.allowed_signers.display()))?;
        let signature =
            Signature::parse(&read(&signature)?).map_err(|error| format!("{}: {error}", signature.display()))?;
        let now = Utc::now();
        match signers.verify(REPORT, &content, &signature, now) {
            Err(refusal) => {
                to_stdout(&format!("{}: {refusal}\n", self.file.display()))?;
                Ok(ExitCode::Violation)
            }
            Ok(name) if self.identity.as_deref().is_some_and(|wanted| wanted != name) => {
                to_stdout(&format!(
                    "{}: signed by {name}, and not by the one who must have signed\n",
                    self.file.display()
                ))?;
                Ok(ExitCode::Violation)
            }
            Ok(name) => {
                to_stdout(&format!(
                    "{}: signed by {name} (namespace {REPORT}, checked {})\n",
                    self.file.display(),
                    now.format("%Y-%m-%d %H:%M UTC")
                ))?;
                Ok(ExitCode::Success)
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    scs_files::read_named(path, LARGEST).map_err(|error| format!("{error}; {}", error.help()).into())
}
