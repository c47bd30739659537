//! `verify`: checks the signature of a report, or of a bundle, whose facts it judges again.

use super::proof::proved;
use crate::cli::error::CliError;
use crate::cli::options::StandardsOptions;
use crate::cli::sink::to_stdout;
use chrono::{DateTime, Utc};
use clap::Args;
use scs_reports::ExitCode;
use scs_signatures::{REPORT, Signature, Signers, detach, has_signature};
use std::path::{Path, PathBuf};

/// The largest file that is verified, in bytes: a bundle has a report and a recording in it.
const LARGEST: u64 = 96 << 20;

/// `verify`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance verify report.yaml --allowed-signers allowed_signers
  scs-conformance verify report.bundle --allowed-signers allowed_signers

Of a report this is what `ssh-keygen -Y verify -n report` does. A bundle has its signature in it, and the facts of the run: they \
are judged again by the definitions that it names, the built-in ones or those of --standards, and the report has to be what \
comes of them.

Exit codes: 0 the signature holds, and the report of a bundle follows from its facts; 1 one of these is not so, or the report \
proves nothing; 2 a file cannot be read, or is damaged; 3 the definitions are not here, or nobody vouches for them")]
pub(in crate::cli) struct Verify {
    /// Report or bundle
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Signature of a report [default: the same name with .sig behind it]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,

    /// Keys of those who may sign, as for `ssh-keygen -Y verify -f`
    #[arg(long, value_name = "FILE")]
    allowed_signers: PathBuf,

    /// Name of the one who must have signed [default: anyone in the list]
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,

    #[command(flatten)]
    standards: StandardsOptions,
}

impl Verify {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let (file, now) = (read(&self.file)?, Utc::now());
        if has_signature(&file) {
            return self.bundle(&file, now);
        }
        let path = self.signature.clone().unwrap_or_else(|| {
            let mut path = self.file.clone().into_os_string();
            path.push(".sig");
            path.into()
        });
        let signature = read(&path).map_err(|error| {
            format!("{} is no bundle, as no signature stands in front, and has none beside it: {error}", self.shown())
        })?;
        let signature = Signature::parse(&signature).map_err(|error| format!("{}: {error}", path.display()))?;
        self.signer(&file, &signature, now)
    }

    /// Checks a bundle: the signature first, and nothing else if it does not hold.
    fn bundle(&self, file: &[u8], now: DateTime<Utc>) -> Result<ExitCode, CliError> {
        if self.signature.is_some() {
            return Err(format!("{} has its signature in it; omit --signature", self.shown()).into());
        }
        let (signature, content) = detach(file)
            .ok_or_else(|| format!("{} is damaged: the signature in front of it has no end", self.shown()))?;
        let signature = Signature::parse(signature).map_err(|error| format!("{}: {error}", self.shown()))?;
        match self.signer(content, &signature, now)? {
            ExitCode::Success => proved(&self.shown(), content, &self.standards, now),
            refused => Ok(refused),
        }
    }

    /// Checks who has signed, and says it.
    fn signer(&self, content: &[u8], signature: &Signature, now: DateTime<Utc>) -> Result<ExitCode, CliError> {
        let list = String::from_utf8(read(&self.allowed_signers)?)
            .map_err(|_| format!("{} is not text", self.allowed_signers.display()))?;
        let signers = Signers::parse(&list).map_err(|error| format!("{}, {error}", self.allowed_signers.display()))?;
        let (line, code) = match signers.verify(REPORT, content, signature, now) {
            Err(refusal) => (refusal.to_string(), ExitCode::Violation),
            Ok(name) if self.identity.as_deref().is_some_and(|wanted| wanted != name) => {
                (format!("signed by {name}, and not by the one who must have signed"), ExitCode::Violation)
            }
            Ok(name) => {
                let at = now.format("%Y-%m-%d %H:%M UTC");
                (format!("signed by {name} (namespace {REPORT}, checked {at})"), ExitCode::Success)
            }
        };
        to_stdout(&format!("{}: {line}\n", self.shown()))?;
        Ok(code)
    }

    fn shown(&self) -> String {
        self.file.display().to_string()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    scs_files::read_named(path, LARGEST).map_err(|error| format!("{error}; {}", error.help()).into())
}
