//! `collect`: records facts about a cloud or a cluster, to be evaluated elsewhere or later.

use super::changes::{CLUSTER_CHANGES, CLUSTER_STEP, CloudChanges, ClusterChanges};
use super::data::DataOptions;
use super::input::tool;
use super::message::fail;
use super::results::ResultsOptions;
use super::sink::{Sink, unwritten};
use super::style::OutputStyle;
use super::subject::{CLUSTER_DEADLINE, CLUSTER_SUBJECT, CloudOptions, ClusterOptions, RunOptions};
use clap::Args;
use scs_checks::facts::{FactKind, Needs, SubjectKind};
use scs_reports::ExitCode;
use scs_reports::judge::{Collected, Recording, redact};
use scs_subjects::run::Target;
use scs_subjects::suites::Suites;
use std::ffi::OsString;
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

    /// Replace addresses, ids, projects, users, owners, tags and free text, so that the recording can be attached to a bug
    /// report; names of images and flavors, extra specs, image properties and image sources stay
    #[arg(long)]
    redact: bool,
}

/// `collect kaas`
#[derive(Args)]
#[command(after_help = KAAS_EXAMPLES)]
#[command(mut_arg("deadline", |it| it.help(CLUSTER_DEADLINE)), mut_arg("subject", |it| it.help(CLUSTER_SUBJECT)))]
#[command(mut_arg("allow_changes", |it| it.help(CLUSTER_CHANGES)), mut_arg("step_limit", |it| it.help(CLUSTER_STEP)))]
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

    /// Replace names of nodes, namespaces, classes and pods, addresses, custom labels, and paths, hosts and names in flags, so
    /// that the recording can be attached to a bug report
    #[arg(long)]
    redact: bool,
}

/// The target of a recording.
#[derive(Args)]
struct RecordingOptions {
    /// File for the recording, or json for stdout
    #[arg(short, long, value_name = "[json=]PATH", default_value = "facts.json", value_parser = recording)]
    output: Sink,

    /// Same as -o json
    #[arg(long, conflicts_with = "output")]
    json: bool,
}

/// Parses the target of a recording, which has one format only: `json`, `json=PATH` or `PATH`.
fn recording(text: &str) -> Result<Sink, String> {
    match text.strip_prefix("json=").unwrap_or(text) {
        "" => Err("there is no path".into()),
        "json" => Ok(Sink::Stdout),
        path => Ok(Sink::from(OsString::from(path))),
    }
}

const KAAS_EXAMPLES: &str = "\
Examples:
  scs-conformance collect kaas --kubeconfig kubeconfig.yaml
  scs-conformance collect kaas --context mycluster -o mycluster.json
  scs-conformance collect kaas --context mycluster --redact -o bug.json
  scs-conformance evaluate mycluster.json

The recording holds names and addresses of nodes, labels, and the flags of API servers, unless --redact replaces them.

Exit codes: 0 collected; 2 usage or configuration; 3 the cluster refused or could not be reached, or something could not be \
collected (the recording says what); 4 the recording could not be written";

const EXAMPLES: &str = "\
Examples:
  scs-conformance collect iaas --cloud mycloud
  scs-conformance collect iaas --cloud mycloud --redact -o bug.json
  scs-conformance evaluate facts.json
  scs-conformance evaluate facts.json --scope-version next --date 2027-03-01

Exit codes: 0 collected; 2 usage or configuration; 3 the cloud refused or could not be reached, or something could not be \
collected (the recording says what); 4 the recording could not be written";

impl CollectIaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let collect = || {
            let target = self.cloud.cloud()?.into();
            let permission = self.changes.permission()?;
            self.output.sink().spare_input()?;
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
            self.output.sink().spare_input()?;
            self.run.collect(target, everything(SubjectKind::Cluster), suites, permission, style)
        };
        self.output.run(&self.run, collect, self.redact)
    }
}

/// Returns all facts that such a subject can have.
fn everything(subject: SubjectKind) -> Needs {
    let own = FactKind::VARIANTS.iter().filter(|fact| fact.subject() == subject);
    own.fold(Needs::NONE, |needs, fact| needs.and(Needs::only(*fact)))
}

impl RecordingOptions {
    fn sink(&self) -> Sink {
        if self.json { Sink::Stdout } else { self.output.clone() }
    }

    fn run(&self, run: &RunOptions, collect: impl FnOnce() -> Result<Collected, String>, redacted: bool) -> ExitCode {
        run.begin();
        let collected = match self.sink().prepare().and_then(|()| collect()) {
            Ok(collected) => collected,
            Err(message) => return fail(message, ExitCode::Usage),
        };
        let complete = is_complete(&collected);
        let recording = Recording::of(collected, tool());
        let recording = if redacted { redact(&recording) } else { Ok(recording) };
        let text = recording.and_then(|recording| recording.to_json().map_err(|error| error.to_string()));
        match text.and_then(|text| unwritten(self.sink().write(text))) {
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
