//! `collect`: records what a cloud or a cluster shows, without judging it.

use super::changes::{CloudChanges, ClusterChanges};
use super::data::DataOptions;
use super::input::tool;
use super::message::fail;
use super::results::ResultsOptions;
use super::sink::{Sink, unwritten};
use super::style::OutputStyle;
use super::subject::{CLUSTER_DEADLINE, CloudOptions, ClusterOptions, RunOptions};
use clap::Args;
use scs_checks::facts::{FactKind, Needs, SubjectKind};
use scs_reports::ExitCode;
use scs_reports::judge::{Collected, Recording, redact};
use scs_subjects::run::Target;
use scs_subjects::suites::Suites;
use strum::VariantArray;

/// `collect iaas`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CollectIaas {
    #[command(flatten)]
    cloud: CloudOptions,

    #[command(flatten)]
    run: RunOptions,

    #[command(flatten)]
    changes: CloudChanges,

    #[command(flatten)]
    output: RecordingOptions,

    /// Replace addresses, ids, projects, users, owners, tags and free text, so that the recording can be
    /// attached to a bug report. Names of images and flavors, extra specs, properties that describe an image, and
    /// the addresses that images come from stay
    #[arg(long)]
    redact: bool,
}

/// `collect kaas`
#[derive(Args)]
#[command(after_help = KAAS_EXAMPLES)]
#[command(mut_arg("deadline", |deadline| deadline.help(CLUSTER_DEADLINE)))]
pub(super) struct CollectKaas {
    #[command(flatten)]
    cluster: ClusterOptions,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    results: ResultsOptions,

    #[command(flatten)]
    run: RunOptions,

    #[command(flatten)]
    changes: ClusterChanges,

    #[command(flatten)]
    output: RecordingOptions,

    /// Replace names of nodes, namespaces, classes and pods, addresses, labels that Kubernetes does not define, and paths,
    /// hosts and names in flags, so that the recording can be attached to a bug report
    #[arg(long)]
    redact: bool,
}

/// Where a recording goes.
#[derive(Args)]
struct RecordingOptions {
    /// Where to write the recording; - is stdout
    #[arg(short, long, value_name = "PATH", default_value = "facts.json")]
    output: Sink,
}

pub(super) const KAAS_EXAMPLES: &str = "\
Examples:
  scs-conformance collect kaas --kubeconfig kubeconfig.yaml
  scs-conformance collect kaas --context mycluster --output mycluster.json
  scs-conformance collect kaas --kubeconfig kubeconfig.yaml --redact --output for-a-bug-report.json
  scs-conformance evaluate mycluster.json

The recording holds names and addresses of nodes, labels, and the flags of API servers, unless
--redact replaces them.

Exit codes: 0 collected; 2 usage or configuration; 3 the subject refused or could not be reached, or
something could not be collected (the recording says what); 4 the recording could not be written";

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance collect iaas --cloud mycloud
  scs-conformance collect kaas --kubeconfig kubeconfig.yaml
  scs-conformance collect iaas --cloud mycloud --redact --output for-a-bug-report.json
  scs-conformance evaluate facts.json
  scs-conformance evaluate facts.json --version next --date 2027-03-01

Exit codes: 0 collected; 2 usage or configuration; 3 the subject refused or could not be reached, or
something could not be collected (the recording says what); 4 the recording could not be written";

impl CollectIaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let collect = || {
            let target = self.cloud.cloud()?.into();
            let permission = self.changes.permission()?;
            self.output.output.spare_input()?;
            self.run.collect(target, everything(SubjectKind::Cloud), Suites::default(), permission, style)
        };
        self.output.run(&self.run, collect, self.redact)
    }
}

impl CollectKaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let collect = || {
            let data = self.data.options()?;
            let target: Target = (self.cluster.cluster()?, data).into();
            let suites = self.results.suites()?;
            let permission = self.changes.permission()?;
            self.output.output.spare_input()?;
            self.run.collect(target, everything(SubjectKind::Cluster), suites, permission, style)
        };
        self.output.run(&self.run, collect, self.redact)
    }
}

/// All facts that such a subject can have.
fn everything(subject: SubjectKind) -> Needs {
    let own = FactKind::VARIANTS.iter().filter(|fact| fact.subject() == subject);
    own.fold(Needs::NONE, |needs, fact| needs.and(Needs::only(*fact)))
}

impl RecordingOptions {
    fn run(&self, run: &RunOptions, collect: impl FnOnce() -> Result<Collected, String>, redacted: bool) -> ExitCode {
        run.begin();
        let collected = match self.output.prepare().and_then(|()| collect()) {
            Ok(collected) => collected,
            Err(message) => return fail(message, ExitCode::Usage),
        };
        let complete = is_complete(&collected);
        let recording = Recording::of(collected, tool());
        let recording = if redacted { redact(&recording) } else { Ok(recording) };
        let text = recording.and_then(|recording| recording.to_json().map_err(|error| error.to_string()));
        match text.and_then(|text| unwritten(self.output.write(text))) {
            Err(message) => fail(message, ExitCode::Unfinished),
            Ok(()) if complete => ExitCode::Success,
            Ok(()) => ExitCode::Undecided,
        }
    }
}

fn is_complete(collected: &Collected) -> bool {
    let failed = |state| state == scs_reports::CollectionState::Failed;
    collected.refused.is_none()
        && collected.interrupted.is_none()
        && !collected.records.values().any(|record| failed(record.state))
}
