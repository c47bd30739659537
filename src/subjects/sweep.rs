//! Removes what earlier runs left in a project of a cloud, or in a cluster: what journals of this machine name, what
//! one run left, or what all runs left that are old enough.

use crate::blocking::blocking;
use crate::kubernetes::{self, Cluster};
use crate::ledger::{
    self, Baseline, FoundJournals, Journals, Leftover, Place, PlaceMatch, ResourceWriter, RunId, SweepFilter,
    SweepScope, Swept, Unfinished, Unread, unfinished,
};
use crate::openstack::{self, config::Cloud};
use crate::secrets::Secrets;
use crate::watch::{EventKind, Events, Pace, Stop};
use crate::wire::error::Error;
use crate::wire::evidence::RequestContext;
use crate::wire::limits::Limits;
use chrono::{DateTime, Utc};
use scs_checks::verdict::Reason;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::time::timeout;
use tracing::Instrument;

/// A subject in which something may be left.
pub enum SweptSubject {
    /// A project of a cloud.
    Cloud(Box<Cloud>),
    /// A cluster.
    Cluster(Box<Cluster>),
}

impl SweptSubject {
    /// Returns the name that its configuration gives it.
    pub fn name(&self) -> &str {
        match self {
            Self::Cloud(cloud) => &cloud.name,
            Self::Cluster(cluster) => cluster.configured_name(),
        }
    }

    /// Returns the secrets that no output may repeat.
    fn secrets(&self) -> &Secrets {
        match self {
            Self::Cloud(cloud) => &cloud.secrets,
            Self::Cluster(cluster) => &cluster.secrets,
        }
    }
}

/// The things to remove, from which subject, and for how long that is tried.
pub struct SweepRequest {
    /// The subject.
    pub subject: SweptSubject,
    /// The journals of this machine.
    pub journals: Journals,
    /// Only what this run left, from whatever machine it was made.
    pub run: Option<RunId>,
    /// Resources of all runs that began longer ago than this, from whatever machine.
    pub older_than: Option<Duration>,
    /// Also what today's Python suite leaves, by its fixed names; of clouds only.
    pub include_upstream: bool,
    /// The time for which removing is tried.
    pub limit: Duration,
    /// True if things are only looked for.
    pub dry_run: bool,
    /// The limits of the client.
    pub limits: Limits,
}

/// A sweep that removed nothing.
#[derive(Debug, Error)]
pub enum SweepError {
    /// The subject refused, or could not be reached.
    #[error(transparent)]
    Refused(#[from] Error),
    /// It was stopped before it removed anything.
    #[error("{}; nothing was removed", .0.message)]
    Stopped(Reason),
}

/// The result of a sweep.
#[derive(Debug)]
pub struct SweepResult {
    /// The resources that were found, and their fate.
    pub outcome: SweepOutcome,
    /// True if something may be left although nothing is found here: a journal cannot be read, or names another place.
    pub is_unclear: bool,
}

impl SweepResult {
    /// Returns the result of sweeping two places.
    fn and(self, other: Self) -> Self {
        use SweepOutcome::{Found, NothingToDo, Swept as Done};
        let outcome = match (self.outcome, other.outcome) {
            (NothingToDo, outcome) | (outcome, NothingToDo) => outcome,
            (Found(mut found, mut unseen), Found(more, unseen_too)) => {
                found.extend(more);
                unseen.extend(unseen_too);
                Found(found, unseen)
            }
            (Done(mut swept), Done(more)) => {
                swept.removed.extend(more.removed);
                swept.left.extend(more.left);
                swept.unseen.extend(more.unseen);
                Done(swept)
            }
            // A sweep looks or removes, in both places.
            (outcome, _) => outcome,
        };
        Self { outcome, is_unclear: self.is_unclear || other.is_unclear }
    }
}

/// The outcome of a sweep.
#[derive(Debug)]
pub enum SweepOutcome {
    /// No journal names this subject, and nothing else was asked for.
    NothingToDo,
    /// These things would be removed, and these kinds could not be looked for.
    Found(Vec<Leftover>, Vec<(ledger::Kind, Error)>),
    /// They were removed, or not.
    Swept(Swept),
}

impl SweepOutcome {
    /// Takes every secret out of the texts of others.
    fn hide(&mut self, secrets: &Secrets) {
        let clean = |text: &mut String| secrets.clean(text);
        let resource = |one: &mut Leftover| [&mut one.name, &mut one.id].into_iter().for_each(clean);
        match self {
            Self::NothingToDo => {}
            Self::Found(found, unseen) => {
                found.iter_mut().for_each(resource);
                unseen.iter_mut().for_each(|(_, error)| clean(&mut error.what));
            }
            Self::Swept(Swept { removed, left, unseen }) => {
                removed.iter_mut().for_each(resource);
                for (one, why) in left {
                    resource(one);
                    clean(why);
                }
                unseen.iter_mut().for_each(|(_, error)| clean(&mut error.what));
            }
        }
    }
}

/// Sweeps until it is done or stopped. What the user has to know beforehand is told as events. No secret is in the result and
/// the events.
///
/// # Errors
/// The subject refuses or cannot be reached, or the sweep is stopped before it removes anything.
pub async fn sweep(request: &SweepRequest, stop: &Stop, events: &Events) -> Result<SweepResult, SweepError> {
    let (subject, secrets) = (request.subject.name(), request.subject.secrets());
    let events = events.without(secrets);
    let mut result = swept(request, stop, &events).instrument(tracing::info_span!("sweep", subject)).await?;
    result.outcome.hide(secrets);
    Ok(result)
}

async fn swept(request: &SweepRequest, stop: &Stop, events: &Events) -> Result<SweepResult, SweepError> {
    let context = RequestContext::within(request.limit.saturating_mul(3).saturating_add(GRACE));
    match &request.subject {
        SweptSubject::Cloud(cloud) => {
            let session = openstack::Session::connect(cloud, request.limits.clone(), &context);
            let session = unless_stopped(stop, session).await??;
            let place = session.place(cloud);
            let writer = openstack::Writer::new(session, context.clone());
            if cloud.domain_managers.is_empty() {
                return Sweep { request, writer: &writer, place: &place, beside: None, stop, events }.run().await;
            }
            let managers = openstack::Managers::connect(cloud, &request.limits, &context);
            let managers = unless_stopped(stop, managers).await??;
            let domains = managers.place(cloud);
            let reader = openstack::ManagerReader { managers, context };
            let in_domains = openstack::DomainWriter { reader };
            let first = Sweep { request, writer: &writer, place: &place, beside: Some(&domains), stop, events };
            let second = Sweep { request, writer: &in_domains, place: &domains, beside: Some(&place), stop, events };
            Ok(first.run().await?.and(second.run().await?))
        }
        SweptSubject::Cluster(cluster) => {
            let (session, place) = unless_stopped(stop, entered(cluster, request.limits.clone(), &context)).await??;
            let writer = kubernetes::Writer::new(session, context);
            Sweep { request, writer: &writer, place: &place, beside: None, stop, events }.run().await
        }
    }
}

/// Does what changes nothing. A signal ends it, and the programs that it started with it.
async fn unless_stopped<T>(stop: &Stop, work: impl Future<Output = T>) -> Result<T, SweepError> {
    tokio::select! {
        done = work => Ok(done),
        reason = stop.thrown() => Err(SweepError::Stopped(reason)),
    }
}

/// Opens a session with a cluster, and finds out which one it is.
async fn entered(
    cluster: &Cluster,
    limits: Limits,
    context: &RequestContext,
) -> Result<(Arc<kubernetes::Session>, Place), Error> {
    let session = kubernetes::Session::connect(cluster, limits, context).await?;
    let uid = kubernetes::Reader::new(Arc::clone(&session), context.clone()).uid().await?;
    Ok((session, cluster.place(uid)))
}

/// A sweep of one place.
struct Sweep<'a, W> {
    request: &'a SweepRequest,
    writer: &'a W,
    place: &'a Place,
    /// Another place that is swept as well.
    beside: Option<&'a Place>,
    stop: &'a Stop,
    events: &'a Events,
}

impl<W: ResourceWriter> Sweep<'_, W> {
    async fn run(&self) -> Result<SweepResult, SweepError> {
        let Self { request, writer, .. } = *self;
        let folder = request.journals.folder.clone();
        let journals = blocking(move || unfinished(&folder)).await;
        let mut known = Known::from_journals(journals, self.place, &|run| self.is_meant(run));
        let is_beside =
            |journal: &Unfinished| self.beside.is_some_and(|beside| journal.place.compare(beside) == PlaceMatch::Same);
        known.elsewhere.retain(|journal| !is_beside(journal));
        known.tell(&request.journals, request.run.is_some(), self.events);
        let is_unclear = known.is_unclear(request.run.is_some());
        let filter = self.filter(&known);
        let outcome = if filter.is_empty() {
            SweepOutcome::NothingToDo
        } else if request.dry_run {
            let (found, unseen) = unless_stopped(self.stop, ledger::find(writer, &filter)).await?;
            SweepOutcome::Found(found, unseen)
        } else {
            let swept = self.swept(&filter).await;
            self.tell_unclaimed(&filter).await;
            if swept.is_clean() {
                // A journal that cannot be removed is told; the subject is clean all the same.
                let failed = known.here.iter().filter_map(|journal| journal.remove().err());
                failed.for_each(|error| self.events.warn(error.to_string()));
            }
            SweepOutcome::Swept(swept)
        };
        Ok(SweepResult { outcome, is_unclear })
    }

    /// Returns true if a run is to be swept; without a name any is.
    fn is_meant(&self, run: &RunId) -> bool {
        let is_old = self.request.older_than.is_none_or(|age| run.began_at() < Utc::now() - age);
        self.request.run.as_ref().is_none_or(|named| named == run) && is_old
    }

    fn filter(&self, known: &Known) -> SweepFilter {
        SweepFilter {
            runs: known.runs().chain(self.request.run.clone()).collect(),
            before: self.request.older_than.map(|age| Utc::now() - age),
            upstream: self.request.include_upstream,
            arrivals: known.here.iter().flat_map(|journal| journal.before.iter().cloned()).collect(),
            unanswered_since: known.unanswered_since(),
        }
    }

    /// Tells of what is new since Tempest began, but bears none of its names: it may be anybody's.
    async fn tell_unclaimed(&self, filter: &SweepFilter) {
        for baseline in &filter.arrivals {
            let unclaimed = tokio::select! {
                unclaimed = baseline.unclaimed(self.writer) => unclaimed,
                _ = self.stop.thrown() => return,
            };
            for one in unclaimed.iter().filter(|one| RunId::from_name(W::PREFIX, &one.name).is_none()) {
                self.events.warn(Baseline::about_unclaimed(one));
            }
        }
    }

    async fn swept(&self, filter: &SweepFilter) -> Swept {
        let Self { request, writer, events, .. } = *self;
        tokio::select! {
            swept = ledger::sweep(writer, filter, request.limit, Pace::default(), events) => swept,
            reason = self.stop.thrown() => {
                events.tell(EventKind::Stopping { reason });
                still_there(writer, filter).await
            }
        }
    }
}

/// Longer than removing is tried, also of what gets time of its own, so that what is left can still be told.
const GRACE: Duration = Duration::from_secs(60);

/// Returns what is left of a sweep that was ended; looking for it may take a moment only.
async fn still_there<W: ResourceWriter>(writer: &W, filter: &SweepFilter) -> Swept {
    const MOMENT: Duration = Duration::from_millis(1500);
    let unknown = || W::KINDS.iter().map(|kind| (*kind, Error::interrupted())).collect();
    let found = timeout(MOMENT, ledger::find(writer, filter)).await;
    let (found, unseen) = found.unwrap_or_else(|_| (Vec::new(), unknown()));
    let left = found.into_iter().map(|one| (one, "it was not removed: a signal ended the sweep".to_owned()));
    Swept { left: left.collect(), unseen, ..Swept::default() }
}

/// Unfinished runs, as journals name them, by where they were made.
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
    fn from_journals(found: FoundJournals, place: &Place, is_meant: &dyn Fn(&RunId) -> bool) -> Self {
        let mut known = Self::default();
        for journal in found.unfinished.into_iter().filter(|journal| is_meant(&journal.run)) {
            match journal.place.compare(place) {
                PlaceMatch::Same => known.here.push(journal),
                PlaceMatch::Unclear => known.unclear.push(journal),
                PlaceMatch::Other => known.elsewhere.push(journal),
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

    /// Returns when a request was sent last that was never answered; a journal that cannot be read may hold one of just
    /// now.
    fn unanswered_since(&self) -> Option<DateTime<Utc>> {
        let journals = self.here.iter().chain(&self.unclear).filter_map(|journal| journal.unanswered_since);
        journals.chain(self.unread.iter().filter_map(|unread| unread.changed_at)).max()
    }

    /// Returns true if something may be left although nothing is found here. A named run is looked for here, but where
    /// it was made only its journal says.
    fn is_unclear(&self, one_run: bool) -> bool {
        !self.unclear.is_empty() || !self.unread.is_empty() || (one_run && !self.elsewhere.is_empty())
    }

    fn tell(&self, journals: &Journals, one_run: bool, events: &Events) {
        let command = |journal: &Unfinished| journals.sweep(&journal.place, SweepScope::Run(&journal.run));
        let of = |journal: &Unfinished| {
            let command = command(journal).unwrap_or_default();
            format!("the run {} was not made here, but in {}; `{command}` sweeps there", journal.run, journal.place)
        };
        for Unread { run, why, .. } in &self.unread {
            let looking = match run {
                Some(run) => format!("the run {run} is looked for here, by the name of its journal"),
                None => "its name does not tell the run either".to_owned(),
            };
            events.warn(format!("{why}; {looking}. Remove the file once nothing is left anywhere"));
        }
        for journal in &self.unclear {
            let (run, place, path) = (&journal.run, &journal.place, journal.path.display());
            events.warn(format!(
                "the run {run} was made in {place}, which may be this place in another spelling; it is looked for here. \
                 Remove {path} if it is, or sweep there"
            ));
        }
        for journal in &self.elsewhere {
            if one_run { events.warn(of(journal)) } else { events.note(of(journal)) }
        }
    }
}
