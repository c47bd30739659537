//! `sweep`: removes what earlier runs left in a project of a cloud, or in a cluster.

use super::changes::JournalOptions;
use super::error::CliError;
use super::form::ResultOptions;
use super::progress::Progress;
use super::style::OutputStyle;
use super::subject::{CloudOptions, ClusterOptions, LONGEST, attend, complete, duration};
use super::terminal::{note, printable};
use clap::Args;
use scs_checks::visible::visible;
use scs_reports::ExitCode;
use scs_subjects::ledger::{Journals, Kind, Leftover, RunId, Swept};
use scs_subjects::openstack::Limits;
use scs_subjects::sweep::{SweepOutcome, SweepRequest, SweepResult, SweptSubject, sweep};
use scs_subjects::wire::error::Error;
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;

/// `sweep iaas`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SweepIaas {
    #[command(flatten)]
    cloud: CloudOptions,

    /// Also remove resources of the Python suite, which have fixed names
    #[arg(long)]
    include_upstream: bool,

    #[command(flatten)]
    sweeping: SweepOptions,
}

/// `sweep kaas`
#[derive(Args)]
#[command(after_help = KAAS_EXAMPLES)]
pub(super) struct SweepKaas {
    #[command(flatten)]
    cluster: ClusterOptions,

    #[command(flatten)]
    sweeping: SweepOptions,
}

/// The resources to remove, the time limit, and the output.
#[derive(Args)]
struct SweepOptions {
    /// Remove resources of this run, also if it was made on another machine
    #[arg(long, value_name = "ID", conflicts_with = "older_than")]
    run: Option<RunId>,

    /// Remove resources of all runs older than this, also of runs made on other machines; at least 1h
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,

    /// Only list the resources that would be removed
    #[arg(long)]
    dry_run: bool,

    /// Time limit for removing
    #[arg(long, alias = "limit", value_name = "TIME", default_value = "10m", value_parser = duration)]
    deadline: Duration,

    #[command(flatten)]
    journal: JournalOptions,

    #[command(flatten)]
    output: ResultOptions,
}

const EXAMPLES: &str = "\
Examples:
  scs-conformance sweep iaas --cloud mycloud --dry-run
  scs-conformance sweep iaas --cloud mycloud
  scs-conformance sweep iaas --cloud mycloud --run 20261120t153045-k3f9
  scs-conformance sweep iaas --cloud mycloud --older-than 1d --include-upstream

Without --run or --older-than, removes what unfinished journals on this machine list. Only resources with a complete name \
of this program are removed, for example _scs-20261120t153045-k3f9-server.

Exit codes: 0 nothing is left; 2 usage or configuration; 3 the cloud refused or could not be reached; 4 something is left \
or could not be checked (for example, a journal cannot be read, or the run was made in another project)";

const KAAS_EXAMPLES: &str = "\
Examples:
  scs-conformance sweep kaas --kubeconfig kubeconfig.yaml --dry-run
  scs-conformance sweep kaas --context mycluster --run 20261120t153045-k3f9
  scs-conformance sweep kaas --context mycluster --older-than 1d

Without --run or --older-than, removes what unfinished journals on this machine list. Only namespaces with a complete name \
and the labels of this program are removed, for example scs-20261120t153045-k3f9-storage; then the volumes of claims in \
them are awaited.

Exit codes: 0 nothing is left; 2 usage or configuration; 3 the cluster refused or could not be reached; 4 something is left \
or could not be checked (for example, a journal cannot be read, or the run was made in another cluster)";

impl SweepIaas {
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        let subject = || Ok(SweptSubject::Cloud(Box::new(self.cloud.cloud()?)));
        self.sweeping.run(subject, self.include_upstream, style)
    }
}

impl SweepKaas {
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        let subject = || Ok(SweptSubject::Cluster(Box::new(self.cluster.cluster()?)));
        self.sweeping.run(subject, false, style)
    }
}

impl SweepOptions {
    fn run(
        &self,
        subject: impl FnOnce() -> Result<SweptSubject, CliError>,
        include_upstream: bool,
        style: &OutputStyle,
    ) -> Result<ExitCode, CliError> {
        let request = self.request(subject, include_upstream)?;
        let (subject, deadline) = (request.subject.name().to_owned(), request.limit);
        let sweeping =
            attend(&subject, deadline, Progress::new(style), async |events, stop| sweep(&request, &stop, events).await);
        let result = complete(sweeping)??;
        Ok(publish(&result, &self.output))
    }

    fn request(
        &self,
        subject: impl FnOnce() -> Result<SweptSubject, CliError>,
        include_upstream: bool,
    ) -> Result<SweepRequest, CliError> {
        self.output.prepare()?;
        Ok(SweepRequest {
            subject: subject()?,
            journals: self.journals()?,
            run: self.run.clone(),
            older_than: self.older_than,
            include_upstream,
            limit: self.deadline,
            dry_run: self.dry_run,
            limits: Limits::default(),
        })
    }

    /// Returns the folder of the journals. Those of another machine, whose run is named, are not here.
    fn journals(&self) -> Result<Journals, CliError> {
        let is_named = self.run.is_some() || self.older_than.is_some();
        if is_named { self.journal.folder() } else { self.journal.existing() }
    }
}

/// Writes what was found and what became of it, and returns the exit code.
fn publish(result: &SweepResult, output: &ResultOptions) -> ExitCode {
    if matches!(result.outcome, SweepOutcome::NothingToDo) && !result.is_unclear {
        note(
            "nothing to do: no unfinished journal on this machine names this subject; --older-than finds resources of other machines",
        );
        if !output.is_json() {
            return ExitCode::Success;
        }
    }
    let (rows, code) = told(result);
    let text = match rows.as_slice() {
        rows if output.is_json() => json(rows.iter().map(object)),
        [] if matches!(result.outcome, SweepOutcome::NothingToDo) => return code,
        rows => page(rows),
    };
    output.write(text).map_or_else(|error| error.print(), |()| ExitCode::Success).or(code)
}

/// A resource, and what became of it.
pub(super) type Row<'a> = (&'a Leftover, &'a str);

/// Tells what could not be seen or removed, and returns all resources and the exit code.
pub(super) fn told(result: &SweepResult) -> (Vec<Row<'_>>, ExitCode) {
    let (rows, is_clean) = match &result.outcome {
        SweepOutcome::NothingToDo => (Vec::new(), true),
        SweepOutcome::Found(found, unseen) => {
            print_unseen(unseen);
            (found.iter().map(|one| (one, "would be removed")).collect(), unseen.is_empty())
        }
        SweepOutcome::Swept(swept) => (told_swept(swept), swept.is_clean()),
    };
    (rows, if is_clean && !result.is_unclear { ExitCode::Success } else { ExitCode::Unfinished })
}

fn told_swept(swept: &Swept) -> Vec<Row<'_>> {
    print_unseen(&swept.unseen);
    for (one, why) in &swept.left {
        note(&format!("left: {} {} ({}): {why}", one.kind, one.name, one.id));
    }
    let removed = swept.removed.iter().map(|one| (one, "removed"));
    removed.chain(swept.left.iter().map(|(one, why)| (one, why.as_str()))).collect()
}

fn print_unseen(unseen: &[(Kind, Error)]) {
    for (kind, error) in unseen {
        note(&format!("warning: it is not known if a {kind} is left: {error}"));
    }
}

/// Returns the resources for people.
pub(super) fn page(rows: &[Row<'_>]) -> String {
    if rows.is_empty() { "nothing of ours was found\n".to_owned() } else { printable(&table(rows)) }
}

/// Returns a list for programs.
pub(super) fn json(objects: impl Iterator<Item = Value>) -> String {
    format!("{:#}\n", Value::from_iter(objects))
}

/// Returns a resource for programs.
pub(super) fn object((one, outcome): &Row<'_>) -> Value {
    json!({"kind": one.kind.to_string(), "name": one.name, "id": one.id, "outcome": outcome})
}

fn table(rows: &[Row<'_>]) -> String {
    let width = |length: fn(&Leftover) -> usize| rows.iter().map(|(one, _)| length(one)).max().unwrap_or_default();
    let (kinds, names, ids) =
        (width(|one| one.kind.to_string().len()), width(|one| one.name.len()), width(|one| one.id.len()));
    let mut table = String::new();
    for (one, how) in rows {
        // Writing to a text cannot fail.
        let [name, id, how] = [one.name.as_str(), &one.id, how].map(visible);
        let _ = writeln!(table, "{:kinds$}  {name:names$}  {id:ids$}  {how}", one.kind.to_string());
    }
    table
}

fn age(text: &str) -> Result<Duration, CliError> {
    const LEAST: Duration = Duration::from_secs(3600);
    match humantime::parse_duration(text) {
        Ok(age) if age < LEAST => Err("younger runs may still be going on: at least 1h".into()),
        Ok(age) => Ok(age.min(LONGEST)),
        Err(_) => Err("write an age like 6h or 2d".into()),
    }
}
