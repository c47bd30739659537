//! Makes experiments, of whatever kind of subject: within their terms, each with a ledger of its own that removes
//! everything afterwards, whatever happened. An experiment itself never cleans up.

use super::context::ExperimentContext;
use super::observe::{Clock, CollectedFact, defect, not_selected, settled, slot_of, state_of};
use super::terms::ChangeTerms;
use crate::blocking::blocking;
use crate::ledger::{
    Entry, Journal, Journals, Ledger, Place, PlaceMatch, ResourceWriter, Run, RunId, State, SweepFilter, SweepScope,
    Unfinished, find, unfinished,
};
use crate::secrets::Secrets;
use crate::watch::{Events, Step, Stop};
use crate::wire::error::Error;
use crate::wire::evidence::RequestContext;
use chrono::Utc;
use futures_util::FutureExt;
use scs_checks::facts::Slot;
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::{Changes, CollectionRecord, CreatedResource};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The user's permission to change the subject.
#[derive(Clone, Debug)]
pub struct ChangePermission {
    /// On which terms.
    pub terms: ChangeTerms,
    /// The folder of the journals.
    pub journals: Journals,
}

impl ChangePermission {
    /// Returns true if suites may be run that take hours.
    pub fn takes_hours(&self) -> bool {
        self.terms.heavy.is_some() || self.terms.tempest.is_some()
    }

    /// Begins a run that may create things.
    ///
    /// # Errors
    /// It can have no journal.
    async fn begin(&self, id: RunId, place: &Place, secrets: &Secrets) -> Result<Run, Reason> {
        let (folder, run, place) = (self.journals.folder.clone(), id.clone(), place.clone());
        let journal = blocking(move || Journal::begin(&folder, &run, &place, env!("CARGO_PKG_VERSION"))).await;
        let journal = Arc::new(journal.map_err(|why| Reason::new(ReasonCode::Configuration, why.to_string()))?);
        journal.hide(secrets.clone());
        Ok(Run { id, journal })
    }
}

/// The result of one experiment.
pub(super) struct ExperimentResult<T> {
    pub slot: Slot<T>,
    pub record: CollectionRecord,
    pub entries: Vec<Entry>,
}

impl<T> ExperimentResult<T> {
    /// Returns the result of an experiment that was not made.
    pub fn not_made(slot: Slot<T>) -> Self {
        let (slot, record) = settled(slot);
        Self { slot, record, entries: Vec::new() }
    }

    /// Returns a part of what it found, with the record of all of it.
    pub fn part<A>(&self, take: impl Fn(&T) -> Result<A, Reason>) -> CollectedFact<A> {
        let slot = match &self.slot {
            Slot::Known(value) => take(value).map_or_else(Slot::Failed, Slot::Known),
            Slot::Absent(what) => Slot::Absent(what.clone()),
            Slot::Failed(reason) => Slot::Failed(reason.clone()),
            Slot::NotCollected(reason) => Slot::NotCollected(reason.clone()),
        };
        let (state, reason) = state_of(&slot);
        (slot, CollectionRecord { state, reason, ..self.record.clone() })
    }
}

/// Makes experiments.
pub(super) struct ExperimentRunner<'a> {
    /// The run, or why it has no journal and so may create nothing.
    run: Result<Run, Reason>,
    place: Place,
    journals: &'a Journals,
    pub terms: &'a ChangeTerms,
    stop: &'a Stop,
    events: &'a Events,
    places: Semaphore,
}

impl<'a> ExperimentRunner<'a> {
    /// Opens it with the user's permission, for a run of its own.
    pub async fn open(
        permission: &'a ChangePermission,
        place: &Place,
        secrets: &Secrets,
        stop: &'a Stop,
        events: &'a Events,
    ) -> Self {
        Self::open_as(RunId::new(Utc::now()), permission, place, secrets, stop, events).await
    }

    /// Opens it for the same run in another place, with a journal of its own.
    pub async fn open_beside(&self, permission: &'a ChangePermission, place: &Place, secrets: &Secrets) -> Self {
        let id = self.run.as_ref().map_or_else(|_| RunId::new(Utc::now()), |run| run.id.clone());
        Self::open_as(id, permission, place, secrets, self.stop, self.events).await
    }

    async fn open_as(
        id: RunId,
        permission: &'a ChangePermission,
        place: &Place,
        secrets: &Secrets,
        stop: &'a Stop,
        events: &'a Events,
    ) -> Self {
        let ChangePermission { terms, journals } = permission;
        Self {
            run: permission.begin(id, place, secrets).await,
            place: place.clone(),
            journals,
            terms,
            stop,
            events,
            places: Semaphore::new(terms.concurrent.max(1)),
        }
    }

    /// Ends the run with all that was created. If nothing of it is left, nobody needs the journal any more.
    pub fn close(&self, entries: &[&[Entry]]) -> Option<Changes> {
        let run = self.run.as_ref().ok()?;
        let mut resources: Vec<CreatedResource> = entries.iter().copied().flatten().filter_map(created).collect();
        resources.sort_by_key(|resource| resource.created_at);
        if resources.iter().all(|resource| resource.left.is_none()) {
            run.journal.finish();
        }
        Some(Changes { run: run.id.to_string(), resources, sweep: self.sweep(&run.id) })
    }

    /// Does something after an experiment, unless the user is in a hurry by then.
    pub async fn unless_hurried<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stop.hurried() => None,
            done = work => Some(done),
        }
    }

    /// Tells of something that the user has to know.
    pub fn warn(&self, message: String) {
        self.events.warn(message);
    }

    /// Returns the command that removes what a run has left in this place.
    pub fn sweep(&self, run: &RunId) -> Option<String> {
        self.journals.sweep(&self.place, SweepScope::Run(run))
    }

    /// Ends earlier runs that did not finish, and of which something was taken over: if nothing of them is left, nobody
    /// needs their journals any more.
    pub async fn retire<H: ResourceWriter>(&self, entries: &[Entry], writer: &H) {
        let all_went = entries.iter().all(|entry| matches!(entry.state, State::Gone | State::Nothing));
        let runs: BTreeSet<RunId> =
            entries.iter().filter_map(|entry| RunId::from_name(H::PREFIX, &entry.name)).collect();
        if !all_went || runs.is_empty() {
            return;
        }
        let folder = self.journals.folder.clone();
        let journals = blocking(move || unfinished(&folder)).await.unfinished;
        let here = |one: &&Unfinished| runs.contains(&one.run) && one.place.compare(&self.place) == PlaceMatch::Same;
        for journal in journals.iter().filter(here) {
            let filter = SweepFilter { runs: BTreeSet::from([journal.run.clone()]), ..SweepFilter::default() };
            let may_come = journal.unanswered_since.is_some_and(|since| Utc::now() < since + H::LATE);
            let (left, unseen) = find(writer, &filter).await;
            if !may_come
                && left.is_empty()
                && unseen.is_empty()
                && let Err(error) = journal.remove()
            {
                self.events.warn(error.to_string());
            }
        }
    }

    /// Makes an experiment within its terms, with a reader and a writer for it, and cleans up whatever happens.
    pub async fn make<R, H: ResourceWriter, T>(
        &self,
        wanted: bool,
        what: &str,
        tools: impl FnOnce(RequestContext) -> (R, H),
        experiment: impl AsyncFnOnce(&ExperimentContext<'_, R, H>) -> Result<T, Error>,
    ) -> ExperimentResult<T> {
        if !wanted {
            return ExperimentResult::not_made(Slot::NotCollected(not_selected()));
        }
        let run = match &self.run {
            Ok(run) => run.clone(),
            Err(reason) => return ExperimentResult::not_made(Slot::Failed(reason.clone())),
        };
        let place = tokio::select! {
            biased;
            reason = self.stop.thrown() => return ExperimentResult::not_made(Slot::NotCollected(reason)),
            place = self.places.acquire() => place,
        };
        let clock = Clock::start();
        let request = RequestContext::within(ChangeTerms::LONGEST);
        let trace = request.trace.clone();
        let (reader, writer) = tools(request);
        let ledger = Ledger::new(run, writer);
        let context = ExperimentContext { reader, ledger: &ledger, terms: self.terms, events: self.events };
        let slot = self.slot(what, experiment(&context)).await;
        ledger.unwind(self.terms.patience, self.stop.hurried(), self.events).await;
        drop(place);
        let record = clock.record(state_of(&slot), None, &trace.requests());
        ExperimentResult { slot, record, entries: ledger.all() }
    }

    /// Returns the result of an experiment, or the reason of stopping if the run is stopped before.
    async fn slot<T>(&self, what: &str, experiment: impl Future<Output = Result<T, Error>>) -> Slot<T> {
        let step = Step::Experiment(what.to_owned());
        self.events.began(&step);
        let slot = tokio::select! {
            biased;
            reason = self.stop.thrown() => Slot::Failed(reason),
            // A defect of ours must not keep us from cleaning up.
            made = AssertUnwindSafe(experiment).catch_unwind() => match made {
                Ok(Ok(value)) => Slot::Known(value),
                Ok(Err(error)) => slot_of(&error),
                Err(_) => Slot::Failed(defect()),
            },
        };
        let how = state_of(&slot).1.map_or_else(|| "done".to_owned(), |reason| reason.message);
        self.events.ended(&step, how);
        slot
    }
}

/// Returns the entry of a resource in the report; none if it never came into being.
fn created(entry: &Entry) -> Option<CreatedResource> {
    let left = match &entry.state {
        State::Nothing => return None,
        State::Gone => None,
        State::Left(why) => Some(why.clone()),
        State::Unclear | State::Exists => Some("it was not removed".to_owned()),
    };
    Some(CreatedResource {
        kind: entry.kind.to_string(),
        name: entry.name.clone(),
        id: entry.id.clone(),
        created_at: entry.created_at,
        left,
    })
}
