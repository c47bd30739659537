//! `doctor iaas`: checks that roles, services, quotas and more of a cloud suffice for a run.

use crate::cli::changes::JournalOptions;
use crate::cli::error::CliError;
use crate::cli::form::ResultOptions;
use crate::cli::heavy::accounts;
use crate::cli::style::OutputStyle;
use crate::cli::subject::{CloudOptions, environment};
use clap::Args;
use scs_reports::ExitCode;
use scs_subjects::doctor::{DoctorRequest, ExaminedSubject};
use scs_subjects::openstack::Limits;
use scs_subjects::tempest::{Program, ProgramError, TempestTerms};
use std::path::PathBuf;

/// `doctor iaas`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct DoctorIaas {
    #[command(flatten)]
    cloud: CloudOptions,

    /// Also check what `check iaas --allow-changes` needs: quotas, image and flavor of a test server, leftovers
    #[arg(long)]
    allow_changes: bool,

    /// External network (name or id) that a run would use
    #[arg(long, value_name = "NAME", requires = "allow_changes")]
    external_network: Option<String>,

    /// Also check what `--tempest` of a run needs: auto (the program on the PATH or in ~/.local/bin), or its path
    #[arg(long, value_name = "auto|PATH", requires = "allow_changes")]
    tempest: Option<String>,

    /// Accounts for Tempest that a run would use
    #[arg(long, value_name = "FILE", requires = "tempest")]
    tempest_accounts: Option<PathBuf>,

    #[command(flatten)]
    output: ResultOptions,

    #[command(flatten)]
    journal: JournalOptions,
}

const EXAMPLES: &str = "\
Examples:
  scs-conformance doctor iaas --cloud mycloud
  scs-conformance doctor iaas --cloud mycloud --allow-changes
  scs-conformance doctor iaas --cloud mycloud --allow-changes --tempest auto
  scs-conformance doctor iaas --cloud mycloud --json

Nothing is changed: only the token request and GETs are sent.

Exit codes: 0 everything suffices; 2 usage or configuration; 3 something does not suffice or could not be asked, or the \
cloud refused; 4 the result could not be printed";

impl DoctorIaas {
    pub(in crate::cli) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        super::run(|| self.request(), &self.output, style)
    }

    /// Returns Tempest as a run would use it; that it is not installed is a finding.
    fn tempest(&self) -> Result<Option<Result<TempestTerms, ProgramError>>, CliError> {
        let Some(wanted) = &self.tempest else { return Ok(None) };
        let program = Program::find(wanted, &environment()?);
        let accounts = accounts(self.tempest_accounts.as_deref())?;
        Ok(Some(program.map(|program| TempestTerms { program, accounts, workers: 1, limit: TempestTerms::LIMIT })))
    }

    fn request(&self) -> Result<DoctorRequest, CliError> {
        let subject = ExaminedSubject::Cloud {
            cloud: Box::new(self.cloud.cloud()?),
            external_network: self.external_network.clone(),
            tempest: self.tempest()?,
            journals: self.journal.folder()?,
        };
        Ok(DoctorRequest { subject, changes: self.allow_changes, limits: Limits::default() })
    }
}
