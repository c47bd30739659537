//! `sweep`: removes what earlier runs left in a project of a cloud, or in a cluster.

use super::changes::JournalOptions;
use super::message::fail;
use super::progress::Progress;
use super::signals::{run_is_over, throw_on_signals};
use super::sink::{to_stdout, unwritten};
use super::style::OutputStyle;
use super::subject::{CloudOptions, ClusterOptions, LONGEST, complete, duration};
use super::terminal::note;
use super::terminal::printable;
use crate::kubernetes::Cluster;
use crate::ledger::{
    Found, Journals, Kind, Leftover, Likeness, Place, Remains, ResourceWriter, RunId, SweepFilter, Swept, Unfinished,
    Unread, find, sweep, unfinished,
};
use crate::watch::{Event, Pace, Stop};
use crate::wire::error::Error;
use crate::wire::evidence::RequestContext;
use crate::wire::limits::Limits;
use crate::{kubernetes, openstack};
use chrono::{DateTime, Utc};
use clap::Args;
use scs_checks::visible::visible;
use scs_reports::ExitCode;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

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
        let options = &self.sweeping;
        let prepared = self.cloud.cloud().and_then(|cloud| Ok((cloud, options.journals()?)));
        let swept = prepared.and_then(|(cloud, journals)| {
            complete(async {
                let (errand, stop) = (options.errand(), options.stop());
                match unless_stopped(&stop, openstack::Session::connect(&cloud, Limits::default(), &errand)).await {
                    Err(code) => code,
                    Ok(Err(error)) => fail(error, ExitCode::Undecided),
                    Ok(Ok(session)) => {
                        let place = session.place(&cloud);
                        let writer = openstack::Writer::new(session, errand);
                        options.sweep(&writer, &place, &journals, self.include_upstream, &stop, style).await
                    }
                }
            })
        });
        swept.unwrap_or_else(|message| fail(message, ExitCode::Usage))
    }
}

impl SweepKaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let options = &self.sweeping;
        let prepared = self.cluster.cluster().and_then(|cluster| Ok((cluster, options.journals()?)));
        let swept = prepared.and_then(|(cluster, journals)| {
            complete(async {
                let (errand, stop) = (options.errand(), options.stop());
                match unless_stopped(&stop, entered(&cluster, &errand)).await {
                    Err(code) => code,
                    Ok(Err(error)) => fail(error, ExitCode::Undecided),
                    Ok(Ok((session, place))) => {
                        let writer = kubernetes::Writer::new(session, errand);
                        options.sweep(&writer, &place, &journals, false, &stop, style).await
                    }
                }
            })
        });
        swept.unwrap_or_else(|message| fail(message, ExitCode::Usage))
    }
}

/// Does what changes nothing. A signal ends it, and the programs that it started with it.
async fn unless_stopped<T>(stop: &Stop, work: impl Future<Output = T>) -> Result<T, ExitCode> {
    tokio::select! {
        done = work => Ok(done),
        reason = stop.thrown() => Err(fail(format!("{}; nothing was removed", reason.message), ExitCode::Unfinished)),
    }
}

/// A session with a cluster, and which one it is.
async fn entered(cluster: &Cluster, errand: &RequestContext) -> Result<(Arc<kubernetes::Session>, Place), Error> {
    let session = kubernetes::Session::connect(cluster, Limits::default(), errand).await?;
    let uid = kubernetes::Reader::new(Arc::clone(&session), errand.clone()).uid().await?;
    Ok((session, cluster.place(uid)))
}

impl SweepOptions {
    /// Returns the folder of the journals. Those of another machine, whose run is named, are not here.
    fn journals(&self) -> Result<Journals, String> {
        let is_told = self.run.is_some() || self.older_than.is_some();
        if is_told { self.journal.folder() } else { self.journal.existing() }
    }

    fn errand(&self) -> RequestContext {
        RequestContext::within(self.limit.saturating_mul(3).saturating_add(GRACE))
    }

    /// Returns a switch that signals throw.
    fn stop(&self) -> Stop {
        let stop = Stop::default();
        throw_on_signals(&stop, self.limit);
        stop
    }

    async fn sweep<H: ResourceWriter>(
        &self,
        hands: &H,
        place: &Place,
        journals: &Journals,
        upstream: bool,
        stop: &Stop,
        style: &OutputStyle,
    ) -> ExitCode {
        let known = Known::of(unfinished(&journals.folder), place, &|run| self.is_meant(run));
        known.tell(journals, self.run.is_some());
        let is_unclear = known.is_unclear(self.run.is_some());
        let done = if is_unclear { ExitCode::Unfinished } else { ExitCode::Success };
        let broom = self.broom(&known, upstream);
        if broom.runs.is_empty() && broom.before.is_none() && !broom.upstream {
            if !is_unclear {
                note(
                    "nothing to do: no unfinished journal on this machine names this subject; --older-than finds what others left",
                );
            }
            return done;
        }
        if self.dry_run {
            let shown = unless_stopped(stop, dry_run(hands, &broom)).await;
            return shown.unwrap_or_else(|code| code).or(done);
        }
        let swept = self.swept(hands, &broom, stop, style).await;
        if swept.is_clean() {
            // What cannot be removed here is told; the subject is clean all the same.
            known.here.iter().filter_map(|journal| journal.remove().err()).for_each(|why| warn(&why));
        }
        told(&swept).or(done)
    }

    /// Returns true if a run is to be swept; without a name any is.
    fn is_meant(&self, run: &RunId) -> bool {
        let is_old = self.older_than.is_none_or(|age| run.began_at() < Utc::now() - age);
        self.run.as_ref().is_none_or(|named| named == run) && is_old
    }

    async fn swept<H: ResourceWriter>(
        &self,
        writer: &H,
        broom: &SweepFilter,
        stop: &Stop,
        style: &OutputStyle,
    ) -> Swept {
        let progress = Progress::new(style);
        let show = |event: &Event| progress.show(event);
        let swept = tokio::select! {
            swept = sweep(writer, broom, self.limit, Pace::default(), &show) => swept,
            reason = stop.thrown() => {
                show(&Event::Stopping(reason));
                still_there(writer, broom).await
            }
        };
        run_is_over(stop);
        progress.finish();
        swept
    }

    fn broom(&self, known: &Known, upstream: bool) -> SweepFilter {
        SweepFilter {
            runs: known.runs().chain(self.run.clone()).collect(),
            before: self.older_than.map(|age| Utc::now() - age),
            upstream,
            unanswered_since: known.unanswered_since(),
        }
    }
}

/// What journals say about this place.
#[derive(Default)]
struct Known {
    /// Those of runs in this place.
    here: Vec<Unfinished>,
    /// Those of runs that may have been made in this place: it is spelled in another way there.
    unclear: Vec<Unfinished>,
    /// Those of runs in other places.
    elsewhere: Vec<Unfinished>,
    /// Those that cannot be read.
    unread: Vec<Unread>,
}

impl Known {
    fn of(found: Found, place: &Place, is_meant: &dyn Fn(&RunId) -> bool) -> Self {
        let mut known = Self::default();
        for journal in found.unfinished.into_iter().filter(|journal| is_meant(&journal.run)) {
            match journal.place.compare(place) {
                Likeness::Same => known.here.push(journal),
                Likeness::Unclear => known.unclear.push(journal),
                Likeness::Other => known.elsewhere.push(journal),
            }
        }
        let unread = found.unread.into_iter();
        known.unread = unread.filter(|unread| unread.run.as_ref().is_none_or(is_meant)).collect();
        known
    }

    /// Returns the runs to look for here.
    fn runs(&self) -> impl Iterator<Item = RunId> {
        let journals = self.here.iter().chain(&self.unclear).map(|journal| journal.run.clone());
        journals.chain(self.unread.iter().filter_map(|unread| unread.run.clone()))
    }

    /// Returns when a request was sent last that was never answered; a journal that cannot be read may hold one of just now.
    fn unanswered_since(&self) -> Option<DateTime<Utc>> {
        let journals = self.here.iter().chain(&self.unclear).filter_map(|journal| journal.unanswered_since);
        journals.chain(self.unread.iter().filter_map(|unread| unread.changed_at)).max()
    }

    /// Returns true if something may be left although nothing is found here. A named run is looked for here, but where it was
    /// made only its journal says.
    fn is_unclear(&self, one_run: bool) -> bool {
        !self.unclear.is_empty() || !self.unread.is_empty() || (one_run && !self.elsewhere.is_empty())
    }

    fn tell(&self, journals: &Journals, one_run: bool) {
        let command = |journal: &Unfinished| journals.sweep(&journal.place, Remains::Of(&journal.run));
        let of = |journal: &Unfinished| {
            let command = command(journal).unwrap_or_default();
            format!("the run {} was not made here, but in {}; `{command}` sweeps there", journal.run, journal.place)
        };
        for Unread { run, why, .. } in &self.unread {
            let looking = match run {
                Some(run) => format!("the run {run} is looked for here, by the name of its journal"),
                None => "its name does not tell the run either".to_owned(),
            };
            warn(&format!("{why}; {looking}. Remove the file once nothing is left anywhere"));
        }
        for journal in &self.unclear {
            let (run, place, path) = (&journal.run, &journal.place, journal.path.display());
            warn(&format!(
                "the run {run} was made in {place}, which may be this place in another spelling; it is looked for here. \
                 Remove {path} if it is, or sweep there"
            ));
        }
        for journal in &self.elsewhere {
            if one_run { warn(&of(journal)) } else { note(&of(journal)) }
        }
    }
}

fn warn(message: &str) {
    note(&format!("warning: {message}"));
}

/// Says what is left of a sweep that was ended; looking for it may take a moment only.
async fn still_there<H: ResourceWriter>(writer: &H, broom: &SweepFilter) -> Swept {
    const MOMENT: Duration = Duration::from_millis(1500);
    let unknown = || H::KINDS.iter().map(|kind| (*kind, Error::interrupted())).collect();
    let (found, unseen) = timeout(MOMENT, find(writer, broom)).await.unwrap_or_else(|_| (Vec::new(), unknown()));
    let left = found.into_iter().map(|one| (one, "it was not removed: a signal ended the sweep".to_owned()));
    Swept { left: left.collect(), unseen, ..Swept::default() }
}

/// Longer than removing is tried, also of what gets time of its own, so that what is left can still be told.
const GRACE: Duration = Duration::from_secs(60);

async fn dry_run<H: ResourceWriter>(writer: &H, broom: &SweepFilter) -> ExitCode {
    let (found, unseen) = find(writer, broom).await;
    let printed = print(found.iter().map(|one| (one, "would be removed")));
    tell_unseen(&unseen);
    if unseen.is_empty() { printed } else { ExitCode::Unfinished }
}

fn told(swept: &Swept) -> ExitCode {
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
        note(&format!("warning: whether a {kind} is left is not known: {error}"));
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
