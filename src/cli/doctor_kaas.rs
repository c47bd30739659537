//! `doctor kaas`: may this account read all that is checked of a cluster?

use super::doctor::{conclusion, json, keep_secrets_out_of, page, published};
use super::message::fail;
use super::output::width;
use super::progress::Progress;
use super::signals::{run_is_over, throw_on_signals};
use super::style::OutputStyle;
use super::subject::{ClusterOptions, complete};
use clap::Args;
use scs_checks::verdict::Reason;
use scs_reports::ExitCode;
use scs_subjects::doctor::{ClusterDiagnosis, ClusterDoctor};
use scs_subjects::kubernetes::Cluster;
use scs_subjects::watch::Stop;
use scs_subjects::wire::limits::Limits;
use std::time::Duration;

/// `doctor kaas`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DoctorKaas {
    #[command(flatten)]
    cluster: ClusterOptions,

    /// Also look for the permissions that `check kaas --allow-changes` takes
    #[arg(long)]
    allow_changes: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance doctor kaas --kubeconfig kubeconfig.yaml
  scs-conformance doctor kaas --kubeconfig kubeconfig.yaml --allow-changes
  scs-conformance doctor kaas --kubeconfig kubeconfig.yaml --json | jq -r .roles | kubectl apply -f -

Login, each permission that `check kaas` needs, and the roles that give them and nothing else.
Nothing is changed: only the version is read, and the own permissions are reviewed.

Exit codes: 0 everything suffices; 2 usage or configuration; 3 something does not suffice or could not
be asked, or the cluster refused; 4 the result could not be printed";

/// What is quick needs no progress.
const QUICK: Duration = Duration::from_secs(1);

impl DoctorKaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let examined =
            self.cluster.cluster().and_then(|cluster| complete(examine(&cluster, self.allow_changes, style)));
        match examined {
            Err(message) => fail(message, ExitCode::Usage),
            Ok(Err(stopped)) => fail(stopped.message, ExitCode::Undecided),
            Ok(Ok(diagnosis)) if self.json => published(json(&diagnosis), diagnosis.ready),
            Ok(Ok(diagnosis)) => published(Ok(told(&diagnosis)), diagnosis.ready),
        }
    }
}

/// Asks the cluster. A signal ends that, and a credential plugin with it.
async fn examine(cluster: &Cluster, changes: bool, style: &OutputStyle) -> Result<ClusterDiagnosis, Reason> {
    let progress = Progress::after(style, QUICK);
    let events = progress.events(&cluster.name);
    let stop = Stop::default();
    throw_on_signals(&stop, Duration::MAX);
    let doctor = ClusterDoctor { cluster, changes, limits: Limits::default(), events: &events };
    let examined = tokio::select! {
        diagnosis = doctor.examine() => Ok(diagnosis),
        reason = stop.thrown() => Err(reason),
    };
    run_is_over(&stop);
    progress.finish();
    let mut diagnosis = examined?;
    keep_secrets_out_of(&mut diagnosis.findings);
    Ok(diagnosis)
}

fn told(diagnosis: &ClusterDiagnosis) -> String {
    let conclusion = format!("{}: {}", diagnosis.cluster, conclusion(&diagnosis.findings, "check kaas"));
    let page = page(&diagnosis.findings, width(), &conclusion);
    match &diagnosis.roles {
        Some(roles) => format!("{page}\nThese roles suffice:\n\n{roles}"),
        None => page,
    }
}
