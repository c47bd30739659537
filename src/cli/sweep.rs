//! `sweep`: removes what earlier runs left in a project of a cloud, or in a cluster.

use super::changes::JournalOptions;
use super::progress::Progress;
use super::subject::{CloudOptions, ClusterOptions, complete, duration, throw_on_signals};
use super::terminal::printable;
use super::{Manner, exit, fail, note};
use crate::kubernetes::Cluster;
use crate::ledger::{Broom, Hands, Kind, Leftover, Place, RunId, Swept, Unfinished, find, sweep, unfinished};
use crate::run::{Event, Pace, Stop};
use crate::wire::error::Error;
use crate::wire::evidence::Errand;
use crate::wire::limits::Limits;
use crate::{kubernetes, openstack};
use chrono::Utc;
use clap::Args;
use scs_checks::visible::visible;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
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

Without --run and --older-than: what unfinished journals on this machine name. Only what bears a whole
name of ours is touched, for example _scs-20261120t153045-k3f9-server.

Exit codes: 0 nothing is left; 2 usage or configuration; 3 the cloud refused or could not be reached;
4 something is left, or could not be looked for, also as the run was made elsewhere";

const KAAS_EXAMPLES: &str = "\
Examples:
  scs-conformance sweep kaas --kubeconfig kubeconfig.yaml --dry-run
  scs-conformance sweep kaas --kubeconfig kubeconfig.yaml --run 20261120t153045-k3f9
  scs-conformance sweep kaas --context mycluster --older-than 1d

Without --run and --older-than: what unfinished journals on this machine name. Only namespaces that bear a
whole name of ours and our labels are touched, for example scs-20261120t153045-k3f9-storage; volumes are
awaited that were made for claims in them.

Exit codes: 0 nothing is left; 2 usage or configuration; 3 the cluster refused or could not be reached;
4 something is left, or could not be looked for, also as the run was made elsewhere";

impl SweepIaas {
    pub(super) fn run(&self, manner: &Manner) -> u8 {
        let options = &self.sweeping;
        let prepared = self.cloud.cloud().and_then(|cloud| Ok((cloud, options.journal.folder()?)));
        let swept = prepared.and_then(|(cloud, journals)| {
            complete(async {
                let errand = options.errand();
                match openstack::Session::connect(&cloud, Limits::default(), &errand).await {
                    Err(error) => fail(error, exit::UNDECIDED),
                    Ok(session) => {
                        let place = Place::of_project(&cloud, &session);
                        let writer = openstack::Writer::new(session, errand);
                        options.sweep(&writer, &place, &journals, self.include_upstream, manner).await
                    }
                }
            })
        });
        swept.unwrap_or_else(|message| fail(message, exit::USAGE))
    }
}

impl SweepKaas {
    pub(super) fn run(&self, manner: &Manner) -> u8 {
        let options = &self.sweeping;
        let prepared = self.cluster.cluster().and_then(|cluster| Ok((cluster, options.journal.folder()?)));
        let swept = prepared.and_then(|(cluster, journals)| {
            complete(async {
                let errand = options.errand();
                match entered(&cluster, &errand).await {
                    Err(error) => fail(error, exit::UNDECIDED),
                    Ok((session, place)) => {
                        let writer = kubernetes::Writer::new(session, errand);
                        options.sweep(&writer, &place, &journals, false, manner).await
                    }
                }
            })
        });
        swept.unwrap_or_else(|message| fail(message, exit::USAGE))
    }
}

/// A session with a cluster, and which one it is.
async fn entered(cluster: &Cluster, errand: &Errand) -> Result<(Arc<kubernetes::Session>, Place), Error> {
    let session = kubernetes::Session::connect(cluster, Limits::default(), errand).await?;
    let uid = kubernetes::Reader::new(Arc::clone(&session), errand.clone()).uid().await?;
    Ok((session, Place::of_cluster(cluster, uid)))
}

impl SweepOptions {
    fn errand(&self) -> Errand {
        Errand::within(self.limit.saturating_mul(3).saturating_add(GRACE))
    }

    async fn sweep<H: Hands>(&self, hands: &H, place: &Place, journals: &Path, upstream: bool, manner: &Manner) -> u8 {
        let (journals, elsewhere) = self.journals(journals, place);
        for journal in &elsewhere {
            let (run, place, command) = (&journal.run, &journal.place, journal.place.sweep(&journal.run));
            note(&format!("warning: the run {run} was not made here, but in {place}; `{command}` sweeps there"));
        }
        let done = if elsewhere.is_empty() { exit::DONE } else { exit::PUBLISHING };
        let broom = self.broom(&journals, upstream);
        if broom.runs.is_empty() && broom.before.is_none() && !broom.upstream {
            note(
                "nothing to do: no unfinished journal on this machine names this subject; --older-than finds what others left",
            );
            return exit::DONE;
        }
        if self.dry_run {
            return dry_run(hands, &broom).await.max(done);
        }
        let swept = self.swept(hands, &broom, manner).await;
        if swept.is_clean() {
            // What cannot be removed here is told; the subject is clean all the same.
            journals
                .iter()
                .filter_map(|journal| journal.remove().err())
                .for_each(|why| note(&format!("warning: {why}")));
        }
        told(&swept).max(done)
    }

    async fn swept<H: Hands>(&self, writer: &H, broom: &Broom, manner: &Manner) -> Swept {
        let progress = Progress::new(manner);
        let show = |event: &Event| progress.show(event);
        let stop = Stop::default();
        throw_on_signals(&stop);
        let swept = tokio::select! {
            swept = sweep(writer, broom, self.limit, Pace::default(), &show) => swept,
            _ = stop.thrown() => {
                let (found, unseen) = find(writer, broom).await;
                let left = found.into_iter().map(|one| (one, "nobody waited until it was removed".to_owned()));
                Swept { left: left.collect(), unseen, ..Swept::default() }
            }
        };
        progress.finish();
        swept
    }

    /// The journals of this place that are meant; and one of the named run that is of another place.
    fn journals(&self, folder: &Path, place: &Place) -> (Vec<Unfinished>, Vec<Unfinished>) {
        let (mut journals, problems) = unfinished(folder);
        problems.iter().for_each(|problem| note(&format!("warning: {problem}")));
        if let Some(run) = &self.run {
            journals.retain(|journal| journal.run == *run);
        }
        let (mut journals, mut elsewhere): (Vec<_>, Vec<_>) =
            journals.into_iter().partition(|journal| journal.place.is_same(place));
        elsewhere.retain(|_| self.run.is_some());
        if let Some(age) = self.older_than {
            journals.retain(|journal| journal.run.began_at() < Utc::now() - age);
        }
        (journals, elsewhere)
    }

    fn broom(&self, journals: &[Unfinished], upstream: bool) -> Broom {
        let of_journals = journals.iter().map(|journal| journal.run.clone());
        Broom {
            runs: of_journals.chain(self.run.clone()).collect(),
            before: self.older_than.map(|age| Utc::now() - age),
            upstream,
            unanswered_since: journals.iter().filter_map(|journal| journal.unanswered_since).max(),
        }
    }
}

/// Longer than removing is tried, also of what gets time of its own, so that what is left can still be told.
const GRACE: Duration = Duration::from_secs(60);

async fn dry_run<H: Hands>(writer: &H, broom: &Broom) -> u8 {
    let (found, unseen) = find(writer, broom).await;
    print(found.iter().map(|one| (one, "would be removed")));
    tell_unseen(&unseen);
    if unseen.is_empty() { exit::DONE } else { exit::PUBLISHING }
}

fn told(swept: &Swept) -> u8 {
    let removed = swept.removed.iter().map(|one| (one, "removed"));
    print(removed.chain(swept.left.iter().map(|(one, why)| (one, why.as_str()))));
    tell_unseen(&swept.unseen);
    for (one, why) in &swept.left {
        note(&format!("left: {} {} ({}): {why}", one.kind, one.name, one.id));
    }
    if swept.is_clean() { exit::DONE } else { exit::PUBLISHING }
}

fn tell_unseen(unseen: &[(Kind, Error)]) {
    for (kind, error) in unseen {
        note(&format!("warning: whether a {kind} is left is not known: {error}"));
    }
}

/// A table of resources, and what became of them.
fn print<'a>(rows: impl Iterator<Item = (&'a Leftover, &'a str)>) {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        anstream::println!("nothing of ours was found");
        return;
    }
    let width = |of: fn(&Leftover) -> usize| rows.iter().map(|(one, _)| of(one)).max().unwrap_or_default();
    let (kinds, names, ids) =
        (width(|one| one.kind.to_string().len()), width(|one| one.name.len()), width(|one| one.id.len()));
    let mut table = String::new();
    for (one, how) in &rows {
        // Writing to a text cannot fail.
        let [name, id, how] = [one.name.as_str(), &one.id, how].map(visible);
        let _ = writeln!(table, "{:kinds$}  {name:names$}  {id:ids$}  {how}", one.kind.to_string());
    }
    anstream::print!("{}", printable(&table));
}

fn age(text: &str) -> Result<Duration, String> {
    const LEAST: Duration = Duration::from_secs(3600);
    match humantime::parse_duration(text) {
        Ok(age) if age < LEAST => Err("younger runs may still be going on: at least 1h".into()),
        Ok(age) => Ok(age),
        Err(_) => Err("write an age like 6h or 2d".into()),
    }
}
