//! `check`: one run against one OpenStack cloud, or one Kubernetes cluster.

use super::changes::{CLUSTER_CHANGES, CLUSTER_STEP, CloudChanges, ClusterChanges};
use super::data::DataOptions;
use super::dry_run;
use super::exit_codes::with_exit_codes;
use super::input::tool;
use super::message::fail;
use super::options::{CLOUD_SCOPE, CLUSTER_SCOPE, DefinitionOptions};
use super::output::OutputOptions;
use super::results::ResultsOptions;
use super::selection::SelectionOptions;
use super::sink::{Sink, to_stdout, unwritten};
use super::style::OutputStyle;
use super::subject::{CLUSTER_DEADLINE, CLUSTER_SUBJECT, CloudOptions, ClusterOptions, RunOptions};
use chrono::Utc;
use clap::Args;
use scs_checks::facts::SubjectKind;
use scs_reports::judge::{Recording, evaluate, plan};
use scs_reports::{ExitCode, Report};
use scs_subjects::collect::ChangePermission;
use scs_subjects::run::Target;
use scs_subjects::suites::Suites;

/// `check iaas`
#[derive(Args)]
#[command(after_help = with_exit_codes(EXAMPLES), mut_arg("scope", |it| it.help(CLOUD_SCOPE)))]
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
  scs-conformance check iaas --cloud mycloud --allow-changes --dry-run
  scs-conformance check iaas --cloud mycloud --allow-changes
  scs-conformance check iaas --cloud mycloud --scope-version next --quiet --json";

impl CheckIaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        if self.checking.dry_run {
            let changes = self.changes.are_allowed();
            return self.checking.show_plan(SubjectKind::Cloud, || Ok(self.cloud.cloud()?.into()), changes);
        }
        let subject = || Ok((self.cloud.cloud()?.into(), self.changes.permission()?, Suites::default()));
        self.checking.run(SubjectKind::Cloud, &self.run, subject, style)
    }
}

impl CheckKaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        if self.checking.dry_run {
            let target = || Ok((self.cluster.cluster()?, self.data.options()?).into());
            return self.checking.show_plan(SubjectKind::Cluster, target, self.changes.are_allowed());
        }
        let subject = || {
            let data = self.data.options()?;
            let target = (self.cluster.cluster()?, data).into();
            Ok((target, self.changes.permission()?, self.results.suites()?))
        };
        self.checking.run(SubjectKind::Cluster, &self.run, subject, style)
    }
}

/// The subject, the permission to change it, and results that are brought along.
type Reached = (Target, Option<ChangePermission>, Suites);

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

    /// Shows what a run would do, and returns the exit code of that.
    fn show_plan(&self, kind: SubjectKind, target: impl FnOnce() -> Result<Target, String>, changes: bool) -> ExitCode {
        match self.plan_page(kind, target, changes).map(|page| unwritten(to_stdout(&page))) {
            Ok(Ok(())) => ExitCode::Success,
            Ok(Err(message)) => fail(message, ExitCode::Unfinished),
            Err(message) => fail(message, ExitCode::Usage),
        }
    }

    fn plan_page(
        &self,
        kind: SubjectKind,
        target: impl FnOnce() -> Result<Target, String>,
        changes: bool,
    ) -> Result<String, String> {
        let (definitions, scope) = self.definitions.load_for(kind)?;
        let selection = self.selection.selection(Utc::now());
        let plan = plan(&definitions, &definitions.scopes[&scope], &selection).map_err(|error| error.to_string())?;
        Ok(dry_run::page(&plan, target()?.name(), changes))
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

    /// Makes the report, and the recording if one is wanted. Everything that can be wrong before the first request is found
    /// here.
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
        let takes_hours = permission.as_ref().is_some_and(ChangePermission::takes_hours);
        let collected = run.collect(target, plan.needs, suites, permission, style)?;
        // Results of tests that took hours are judged as of their end.
        let begun = if takes_hours { collected.observed_at } else { plan.reference };
        let now = self.selection.now(begun, collected.clock);
        let recording = Recording::of(collected, tool());
        let text = self.record.as_ref().map(|_| recording.to_json()).transpose().map_err(|error| error.to_string())?;
        Ok((evaluate(&definitions, &plan, recording.collected, now, tool()), text))
    }
}
