//! `check`: one run against one OpenStack cloud, or one Kubernetes cluster.

use super::changes::{CLUSTER_CHANGES, CLUSTER_STEP, CloudChanges, ClusterChanges};
use super::data::DataOptions;
use super::dry_run;
use super::error::CliError;
use super::evidence::EvidenceOptions;
use super::exit_codes::with_exit_codes;
use super::options::{CLOUD_SCOPE, CLUSTER_SCOPE, DefinitionOptions};
use super::output::OutputOptions;
use super::progress::Progress;
use super::results::{ResultsOptions, TempestOptions};
use super::selection::SelectionOptions;
use super::sink::{Sink, to_stdout};
use super::style::OutputStyle;
use super::subject::{CLUSTER_DEADLINE, CLUSTER_SUBJECT, CloudOptions, ClusterOptions, RunOptions, attend, complete};
use chrono::Utc;
use clap::Args;
use scs_checks::facts::SubjectKind;
use scs_reports::{ExitCode, Report};
use scs_subjects::run::{CheckRequest, Checked, CollectRequest, SubjectAccess, check};

/// `check iaas`
#[derive(Args)]
#[command(after_help = with_exit_codes(EXAMPLES), mut_arg("scope", |it| it.help(CLOUD_SCOPE)))]
pub(super) struct CheckIaas {
    #[command(flatten)]
    cloud: CloudOptions,

    #[command(flatten)]
    run: RunOptions,

    #[command(flatten)]
    results: TempestOptions,

    #[command(flatten)]
    changes: CloudChanges,

    #[command(flatten)]
    checking: CheckOptions,
}

/// `check kaas`
#[derive(Args)]
#[command(after_help = with_exit_codes(KAAS_EXAMPLES), mut_arg("scope", |it| it.help(CLUSTER_SCOPE)))]
#[command(mut_arg("deadline", |it| it.help(CLUSTER_DEADLINE)), mut_arg("subject", |it| it.help(CLUSTER_SUBJECT)))]
#[command(mut_arg("allow_changes", |it| it.help(CLUSTER_CHANGES)), mut_arg("step_limit", |it| it.help(CLUSTER_STEP)))]
pub(super) struct CheckKaas {
    #[command(flatten)]
    cluster: ClusterOptions,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    run: RunOptions,

    #[command(flatten)]
    results: ResultsOptions,

    #[command(flatten)]
    changes: ClusterChanges,

    #[command(flatten)]
    checking: CheckOptions,
}

/// The testcases to check of any subject, and the targets of results.
#[derive(Args)]
struct CheckOptions {
    #[command(flatten)]
    outputs: OutputOptions,

    /// Also write the recording of the facts, for `evaluate`; - is stdout
    #[arg(long, value_name = "PATH")]
    record: Option<Sink>,

    #[command(flatten)]
    evidence: EvidenceOptions,

    #[command(flatten)]
    definitions: DefinitionOptions,

    #[command(flatten)]
    selection: SelectionOptions,

    /// Only show what would be asked, created and decided; nothing is sent or written
    #[arg(long)]
    dry_run: bool,
}

const KAAS_EXAMPLES: &str = "\
Examples:
  scs-conformance check kaas --kubeconfig kubeconfig.yaml
  scs-conformance check kaas --context mycluster -o report.json -o junit.xml
  scs-conformance check kaas --results 202611201015_sonobuoy_8c2f.tar.gz
  scs-conformance check kaas --select 'scs-0214-*'
  scs-conformance check kaas --allow-changes --dry-run
  scs-conformance check kaas --allow-changes
  scs-conformance check kaas --allow-changes --runner sonobuoy --section heavy
  scs-conformance doctor kaas                       are all permissions there?

Without --allow-changes only GET requests and SelfSubjectAccessReviews are sent. Public data about Kubernetes is fetched, \
unless --data is given.";

const EXAMPLES: &str = "\
Examples:
  scs-conformance check iaas --cloud mycloud
  scs-conformance check iaas --cloud mycloud -o report.json -o report.html
  scs-conformance check iaas --cloud mycloud --select 'scs-0102-*'
  scs-conformance check iaas --cloud mycloud --deciding
  scs-conformance check iaas --cloud mycloud --evidence evidence.yaml
  scs-conformance check iaas --cloud mycloud --allow-changes --dry-run
  scs-conformance check iaas --cloud mycloud --allow-changes
  scs-conformance check iaas --cloud mycloud --allow-changes --tempest auto
  scs-conformance check iaas --cloud mycloud --scope-version next --quiet --json";

impl CheckIaas {
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        if self.checking.dry_run {
            let changes = self.changes.are_allowed();
            return self.checking.show_plan(SubjectKind::Cloud, || Ok(self.cloud.cloud()?.into()), changes);
        }
        let request =
            || Ok(self.run.request(self.cloud.cloud()?.into(), self.changes.permission()?, self.results.suites()?));
        self.run.begin();
        self.checking.run(SubjectKind::Cloud, request, style)
    }
}

impl CheckKaas {
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        if self.checking.dry_run {
            return self.checking.show_plan(SubjectKind::Cluster, || self.access(), self.changes.are_allowed());
        }
        let request = || Ok(self.run.request(self.access()?, self.changes.permission()?, self.results.suites()?));
        self.run.begin();
        self.checking.run(SubjectKind::Cluster, request, style)
    }

    fn access(&self) -> Result<SubjectAccess, CliError> {
        let data = self.data.options()?;
        Ok((self.cluster.cluster()?, data).into())
    }
}

impl CheckOptions {
    /// Checks the subject of the request. Everything that can be wrong before the first request is found before it is sent.
    fn run(
        &self,
        kind: SubjectKind,
        collect: impl FnOnce() -> Result<CollectRequest, CliError>,
        style: &OutputStyle,
    ) -> Result<ExitCode, CliError> {
        self.outputs.prepare(self.record.as_ref())?;
        let (definitions, scope) = self.definitions.load_for(kind)?;
        self.outputs.admit(false, definitions.origin)?;
        let judge = self.selection.judge(&definitions, &scope, Utc::now());
        judge.plan()?;
        let evidence = self.evidence.read(&definitions)?;
        let collect = CollectRequest { evidence, ..collect()? };
        self.outputs.spare_inputs(self.record.as_ref())?;
        let (subject, deadline) = (collect.subject().to_owned(), collect.deadline());
        let request = CheckRequest { judge, collect, keeps_recording: self.record.is_some() };
        let checked =
            attend(&subject, deadline, Progress::new(style), async |events, stop| check(request, events, stop).await);
        let Checked { report, recording } = complete(checked)??;
        let recording = recording.map(|recording| recording.to_json()).transpose()?;
        Ok(self.publish(&report, recording, style))
    }

    /// Shows what a run would do.
    fn show_plan(
        &self,
        kind: SubjectKind,
        access: impl FnOnce() -> Result<SubjectAccess, CliError>,
        changes: bool,
    ) -> Result<ExitCode, CliError> {
        let (definitions, scope) = self.definitions.load_for(kind)?;
        let judge = self.selection.judge(&definitions, &scope, Utc::now());
        to_stdout(&dry_run::page(&judge.plan()?, access()?.name(), changes))?;
        Ok(ExitCode::Success)
    }

    /// Writes the recording and the reports; streams come last, as nobody may take what goes there.
    fn publish(&self, report: &Report, recording: Option<String>, style: &OutputStyle) -> ExitCode {
        let sink = self.record.as_ref();
        let (first, last) = match sink.is_some_and(Sink::is_file) {
            true => (recording, None),
            false => (None, recording),
        };
        let write =
            |recording: Option<String>| sink.zip(recording).map_or(Ok(()), |(sink, recording)| sink.write(recording));
        let early = write(first);
        let code = self.outputs.publish_beside(report, sink, style);
        match early.and_then(|()| write(last)) {
            Err(error) => code.or(error.print()),
            Ok(()) => code,
        }
    }
}
