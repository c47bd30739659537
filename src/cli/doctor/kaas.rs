//! `doctor kaas`: checks which permissions an account has that a run against a cluster needs.

use crate::cli::error::CliError;
use crate::cli::form::ResultOptions;
use crate::cli::style::OutputStyle;
use crate::cli::subject::ClusterOptions;
use clap::Args;
use scs_reports::ExitCode;
use scs_subjects::doctor::{DoctorRequest, ExaminedSubject};
use scs_subjects::openstack::Limits;

/// `doctor kaas`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct DoctorKaas {
    #[command(flatten)]
    cluster: ClusterOptions,

    /// Also check the permissions that `check kaas --allow-changes` needs
    #[arg(long)]
    allow_changes: bool,

    #[command(flatten)]
    output: ResultOptions,
}

const EXAMPLES: &str = "\
Examples:
  scs-conformance doctor kaas --kubeconfig kubeconfig.yaml
  scs-conformance doctor kaas --kubeconfig kubeconfig.yaml --allow-changes
  scs-conformance doctor kaas --json | jq -r .roles | kubectl apply -f -

Checks the login and each permission that a run needs, and prints the roles that grant them and nothing else.

Nothing is changed: only GET requests and SelfSubjectAccessReviews are sent, which the API server does not store.

Exit codes: 0 everything suffices; 2 usage or configuration; 3 something does not suffice or could not be asked, or the \
cluster refused; 4 the result could not be printed";

impl DoctorKaas {
    pub(in crate::cli) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        super::run(|| self.request(), &self.output, style)
    }

    fn request(&self) -> Result<DoctorRequest, CliError> {
        let subject = ExaminedSubject::Cluster(Box::new(self.cluster.cluster()?));
        Ok(DoctorRequest { subject, changes: self.allow_changes, limits: Limits::default() })
    }
}
