//! `check`: one run against one OpenStack cloud, or one Kubernetes cluster.

use super::changes::{CloudChanges, ClusterChanges};
use super::data::DataOptions;
use super::exit_codes::with_exit_codes;
use super::input::tool;
use super::message::fail;
use super::options::DefinitionOptions;
use super::output::OutputOptions;
use super::results::ResultsOptions;
use super::selection::SelectionOptions;
use super::sink::{Sink, unwritten};
use super::style::OutputStyle;
use super::subject::{CLUSTER_DEADLINE, CloudOptions, ClusterOptions, RunOptions};
use chrono::Utc;
use clap::Args;
use scs_checks::facts::SubjectKind;
use scs_reports::judge::{Recording, evaluate, plan};
use scs_reports::{ExitCode, Report};
use scs_subjects::collect::Permission;
use scs_subjects::run::Target;
use scs_subjects::suites::Suites;

/// `check iaas`
#[derive(Args)]
#[command(after_help = with_exit_codes(EXAMPLES), disable_version_flag = true)]
pub(super) struct CheckIaas {
    #[command(flatten)]
    cloud: CloudOptions,

    #[command(flatten)]
    run: RunOptions,

    #[command(flatten)]
    changes: CloudChanges,

    #[command(flatten)]
    checking: CheckOptions,
}

/// `check kaas`
#[derive(Args)]
#[command(after_help = with_exit_codes(KAAS_EXAMPLES), disable_version_flag = true)]
#[command(mut_arg("deadline", |deadline| deadline.help(CLUSTER_DEADLINE)))]
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

/// What is checked of any subject, and where the results go.
#[derive(Args)]
struct CheckOptions {
    #[command(flatten)]
    outputs: OutputOptions,

    /// Also write what was collected, to be evaluated again elsewhere or later
    /// - is stdout
    #[arg(long, value_name = "PATH")]
    record: Option<Sink>,

    #[command(flatten)]
    definitions: DefinitionOptions,

    #[command(flatten)]
    selection: SelectionOptions,
}

pub(super) const KAAS_EXAMPLES: &str = "\
Examples:
  scs-conformance check kaas --kubeconfig kubeconfig.yaml
  scs-conformance check kaas --context mycluster --output json=report.json --output junit=junit.xml
  scs-conformance check kaas --kubeconfig kubeconfig.yaml --results 202611201015_sonobuoy_8c2f.tar.gz
  scs-conformance check kaas --kubeconfig kubeconfig.yaml --allow-changes
  scs-conformance check kaas --kubeconfig kubeconfig.yaml --allow-changes --runner sonobuoy --section heavy
  scs-conformance check kaas --kubeconfig kubeconfig.yaml --select 'scs-0214-*'
  scs-conformance doctor kaas --kubeconfig kubeconfig.yaml     which permissions are there or missing

Without --allow-changes only GETs and reviews of the own permissions are sent. What is publicly known of
Kubernetes is fetched, or taken from --data.";

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance check iaas --cloud mycloud
  scs-conformance check kaas --kubeconfig kubeconfig.yaml
  scs-conformance check iaas --cloud mycloud --output json=report.json --output yaml=report.yaml
  scs-conformance check iaas --cloud mycloud --allow-changes
  scs-conformance check iaas --cloud mycloud --select 'scs-0102-*'
  scs-conformance check iaas --cloud mycloud --version next --quiet --output json=-";

impl CheckIaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let subject = || Ok((self.cloud.cloud()?.into(), self.changes.permission()?, Suites::default()));
        self.checking.run(SubjectKind::Cloud, &self.run, subject, style)
    }
}

impl CheckKaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let subject = || {
            let data = self.data.options()?;
            let target = (self.cluster.cluster()?, data).into();
            Ok((target, self.changes.permission()?, self.results.suites()?))
        };
        self.checking.run(SubjectKind::Cluster, &self.run, subject, style)
    }
}

/// How to reach what is checked, whether it may be changed, and what is known of it already.
type Reached = (Target, Option<Permission>, Suites);

impl CheckOptions {
    fn run(
        &self,
        kind: SubjectKind,
        run: &RunOptions,
        subject: impl FnOnce() -> Result<Reached, String>,
        style: &OutputStyle,
    ) -> ExitCode {
        run.begin();
        match self.report(kind, run, subject, style) {
            Ok((report, recording)) => self.publish(&report, recording, style),
            Err(message) => fail(message, ExitCode::Usage),
        }
    }

    /// Writes the recording and the reports; streams come last, as nobody may take what goes there.
    fn publish(&self, report: &Report, recording: Option<String>, style: &OutputStyle) -> ExitCode {
        let sink = self.record.as_ref();
        let (first, last) = match sink.is_some_and(Sink::is_file) {
            true => (recording, None),
            false => (None, recording),
        };
        let write = |recording: Option<String>| {
            sink.zip(recording).map_or(Ok(()), |(sink, recording)| unwritten(sink.write(recording)))
        };
        let early = write(first);
        let code = self.outputs.publish_beside(report, sink, style);
        match early.and_then(|()| write(last)) {
            Err(message) => fail(message, code.or(ExitCode::Unfinished)),
            Ok(()) => code,
        }
    }

    /// The report, and the recording if one is wanted. Everything that can be wrong before the first request is told here.
    fn report(
        &self,
        kind: SubjectKind,
        run: &RunOptions,
        subject: impl FnOnce() -> Result<Reached, String>,
        style: &OutputStyle,
    ) -> Result<(Report, Option<String>), String> {
        self.outputs.prepare(self.record.as_ref())?;
        let (definitions, scope) = self.definitions.load_for(kind)?;
        self.outputs.admit(false, definitions.origin)?;
        let selection = self.selection.selection(Utc::now());
        let plan = plan(&definitions, &definitions.scopes[&scope], &selection).map_err(|error| error.to_string())?;
        let (target, permission, suites) = subject()?;
        self.outputs.spare_inputs(self.record.as_ref())?;
        let takes_hours = permission.as_ref().is_some_and(Permission::takes_hours);
        let collected = run.collect(target, plan.needs, suites, permission, style)?;
        // Results of tests that took hours are judged as of their end.
        let begun = if takes_hours { collected.observed_at } else { plan.reference };
        let now = self.selection.now(begun, collected.clock);
        let recording = Recording::of(collected, tool());
        let text = self.record.as_ref().map(|_| recording.to_json()).transpose().map_err(|error| error.to_string())?;
        Ok((evaluate(&definitions, &plan, recording.collected, now, tool()), text))
    }
}
