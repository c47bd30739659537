//! `sweep`: removes what earlier runs left in a project of a cloud, or in a cluster.

use super::changes::JournalOptions;
use super::message::fail;
use super::progress::Progress;
use super::signals::{run_is_over, throw_on_signals};
use super::sink::{to_stdout, unwritten};
use super::style::OutputStyle;
use super::subject::{CloudOptions, ClusterOptions, LONGEST, complete, duration};
use super::terminal::{note, printable};
use clap::Args;
use scs_checks::visible::visible;
use scs_reports::ExitCode;
use scs_subjects::ledger::{Journals, Kind, Leftover, RunId, Swept};
use scs_subjects::sweep::{SweepError, SweepOutcome, SweepRequest, SweepResult, SweptSubject, sweep};
use scs_subjects::watch::Stop;
use scs_subjects::wire::error::Error;
use std::fmt::Write;
use std::time::Duration;

/// `sweep iaas`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SweepIaas {
    #[command(flatten)]
    cloud: CloudOptions,

    /// Also remove what today's Python suite leaves behind, by its fixed names
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

/// What is removed of any subject, and for how long that is tried.
#[derive(Args)]
struct SweepOptions {
    /// Remove what this run left, from whatever machine it was made
    #[arg(long, value_name = "ID", conflicts_with = "older_than")]
    run: Option<RunId>,

    /// Remove what all runs left that began longer ago than this, from whatever machine; at least 1h
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,

    /// Only show what would be removed
    #[arg(long)]
    dry_run: bool,

    /// How long removing is tried
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    limit: Duration,

    #[command(flatten)]
    journal: JournalOptions,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance sweep iaas --cloud mycloud --dry-run
  scs-conformance sweep iaas --cloud mycloud
  scs-conformance sweep iaas --cloud mycloud --run 20261120t153045-k3f9
  scs-conformance sweep iaas --cloud mycloud --older-than 1d --include-upstream
  scs-conformance sweep kaas --kubeconfig kubeconfig.yaml

Without --run and --older-than, removes what unfinished journals on this machine name. Only what bears a whole
name of ours is touched, for example _scs-20261120t153045-k3f9-server.

Exit codes: 0 nothing is left; 2 usage or configuration; 3 the cloud refused or could not be reached;
4 something is left or could not be looked for, or a journal cannot be read or names another place";

const KAAS_EXAMPLES: &str = "\
Examples:
  scs-conformance sweep kaas --kubeconfig kubeconfig.yaml --dry-run
  scs-conformance sweep kaas --kubeconfig kubeconfig.yaml --run 20261120t153045-k3f9
  scs-conformance sweep kaas --context mycluster --older-than 1d

Without --run and --older-than, removes what unfinished journals on this machine name. Only namespaces that bear a
whole name of ours and our labels are touched, for example scs-20261120t153045-k3f9-storage; volumes are
awaited that were made for claims in them.

Exit codes: 0 nothing is left; 2 usage or configuration; 3 the cluster refused or could not be reached;
4 something is left or could not be looked for, or a journal cannot be read or names another place";

impl SweepIaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let subject = || Ok(SweptSubject::Cloud(Box::new(self.cloud.cloud()?)));
        self.sweeping.run(subject, self.include_upstream, style)
    }
}

impl SweepKaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let subject = || Ok(SweptSubject::Cluster(Box::new(self.cluster.cluster()?)));
        self.sweeping.run(subject, false, style)
    }
}

impl SweepOptions {
    fn run(
        &self,
        subject: impl FnOnce() -> Result<SweptSubject, String>,
        include_upstream: bool,
        style: &OutputStyle,
    ) -> ExitCode {
        let swept = self.request(subject, include_upstream).and_then(|request| complete(swept(request, style)));
        match swept {
            Err(message) => fail(message, ExitCode::Usage),
            Ok(Err(error @ SweepError::Refused(_))) => fail(error, ExitCode::Undecided),
            Ok(Err(error @ SweepError::Stopped(_))) => fail(error, ExitCode::Unfinished),
            Ok(Ok(result)) => publish(&result),
        }
    }

    fn request(
        &self,
        subject: impl FnOnce() -> Result<SweptSubject, String>,
        include_upstream: bool,
    ) -> Result<SweepRequest, String> {
        Ok(SweepRequest {
            subject: subject()?,
            journals: self.journals()?,
            run: self.run.clone(),
            older_than: self.older_than,
            include_upstream,
            limit: self.limit,
            dry_run: self.dry_run,
        })
    }

    /// Returns the folder of the journals. Those of another machine, whose run is named, are not here.
    fn journals(&self) -> Result<Journals, String> {
        let is_told = self.run.is_some() || self.older_than.is_some();
        if is_told { self.journal.folder() } else { self.journal.existing() }
    }
}

async fn swept(request: SweepRequest, style: &OutputStyle) -> Result<SweepResult, SweepError> {
    let stop = Stop::default();
    throw_on_signals(&stop, request.limit);
    let progress = Progress::new(style);
    let swept = sweep(&request, &stop, &progress.events(request.subject.name())).await;
    run_is_over(&stop);
    progress.finish();
    swept
}

/// Prints what was found and what became of it, and returns the exit code.
fn publish(result: &SweepResult) -> ExitCode {
    let done = if result.is_unclear { ExitCode::Unfinished } else { ExitCode::Success };
    let code = match &result.outcome {
        SweepOutcome::NothingToDo if result.is_unclear => done,
        SweepOutcome::NothingToDo => {
            note(
                "nothing to do: no unfinished journal on this machine names this subject; --older-than finds what others left",
            );
            done
        }
        SweepOutcome::Found(found, unseen) => {
            let printed = print(found.iter().map(|one| (one, "would be removed")));
            tell_unseen(unseen);
            if unseen.is_empty() { printed } else { ExitCode::Unfinished }
        }
        SweepOutcome::Swept(swept) => publish_swept(swept),
    };
    code.or(done)
}

fn publish_swept(swept: &Swept) -> ExitCode {
    let removed = swept.removed.iter().map(|one| (one, "removed"));
    let printed = print(removed.chain(swept.left.iter().map(|(one, why)| (one, why.as_str()))));
    tell_unseen(&swept.unseen);
    for (one, why) in &swept.left {
        note(&format!("left: {} {} ({}): {why}", one.kind, one.name, one.id));
    }
    if swept.is_clean() { printed } else { ExitCode::Unfinished }
}

fn tell_unseen(unseen: &[(Kind, Error)]) {
    for (kind, error) in unseen {
        note(&format!("warning: it is not known if a {kind} is left: {error}"));
    }
}

/// Prints a table of resources, and what became of them; gives the exit code of that.
fn print<'a>(rows: impl Iterator<Item = (&'a Leftover, &'a str)>) -> ExitCode {
    let rows: Vec<_> = rows.collect();
    let text = if rows.is_empty() { "nothing of ours was found\n".to_owned() } else { printable(&table(&rows)) };
    unwritten(to_stdout(&text)).map_or_else(|message| fail(message, ExitCode::Unfinished), |()| ExitCode::Success)
}

fn table(rows: &[(&Leftover, &str)]) -> String {
    let width = |of: fn(&Leftover) -> usize| rows.iter().map(|(one, _)| of(one)).max().unwrap_or_default();
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

fn age(text: &str) -> Result<Duration, String> {
    const LEAST: Duration = Duration::from_secs(3600);
    match humantime::parse_duration(text) {
        Ok(age) if age < LEAST => Err("younger runs may still be going on: at least 1h".into()),
        Ok(age) => Ok(age.min(LONGEST)),
        Err(_) => Err("write an age like 6h or 2d".into()),
    }
}
