//! `collect`: records facts about a cloud or a cluster, to be evaluated elsewhere or later.

use super::changes::{CLUSTER_CHANGES, CLUSTER_STEP, CloudChanges, ClusterChanges};
use super::data::DataOptions;
use super::error::CliError;
use super::input::tool;
use super::progress::Progress;
use super::results::{ResultsOptions, TempestOptions};
use super::sink::Sink;
use super::style::OutputStyle;
use super::subject::{CLUSTER_DEADLINE, CLUSTER_SUBJECT, CloudOptions, ClusterOptions, RunOptions, attend, complete};
use clap::Args;
use scs_reports::ExitCode;
use scs_reports::judge::redact;
use scs_subjects::run::{CollectRequest, record};
use std::ffi::OsString;

/// `collect iaas`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CollectIaas {
    #[command(flatten)]
    cloud: CloudOptions,

    #[command(flatten)]
    run: RunOptions,

    #[command(flatten)]
    results: TempestOptions,

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
fn recording(text: &str) -> Result<Sink, CliError> {
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
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        let request =
            || Ok(self.run.request(self.cloud.cloud()?.into(), self.changes.permission()?, self.results.suites()?));
        self.run.begin();
        self.output.run(request, self.redact, style)
    }
}

impl CollectKaas {
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        self.run.begin();
        self.output.run(|| self.request(), self.redact, style)
    }

    fn request(&self) -> Result<CollectRequest, CliError> {
        let data = self.data.options()?;
        let target = (self.cluster.cluster()?, data).into();
        let suites = self.results.suites()?;
        Ok(self.run.request(target, self.changes.permission()?, suites))
    }
}

impl RecordingOptions {
    fn sink(&self) -> Sink {
        if self.json { Sink::Stdout } else { self.output.clone() }
    }

    fn run(
        &self,
        request: impl FnOnce() -> Result<CollectRequest, CliError>,
        redacted: bool,
        style: &OutputStyle,
    ) -> Result<ExitCode, CliError> {
        self.sink().prepare()?;
        let request = request()?;
        self.sink().spare_input()?;
        let (subject, deadline) = (request.subject().to_owned(), request.deadline());
        let collecting = attend(&subject, deadline, Progress::new(style), async |events, stop| {
            record(request, tool(), events, stop).await
        });
        let recording = complete(collecting)?;
        let is_complete = recording.collected.is_complete();
        let recording = if redacted { redact(&recording).map_err(CliError::unfinished)? } else { recording };
        self.sink().write(recording.to_json()?)?;
        Ok(if is_complete { ExitCode::Success } else { ExitCode::Undecided })
    }
}
