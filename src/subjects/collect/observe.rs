//! Observes a fact, of whatever kind of subject: within its time, until the run is stopped, and always with a
//! record. What goes wrong with one fact stays with that fact.

use super::reason_of;
use crate::watch::{Events, Step, Stop};
use crate::wire::error::{Error, ErrorKind};
use crate::wire::evidence::{RequestContext, RequestTrace};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use scs_checks::facts::{Fact, Slot};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::{CollectionRecord, CollectionState, RequestRecord};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

/// A fact, and how it was collected.
pub(super) type CollectedFact<T> = (Slot<T>, CollectionRecord);

/// The result of observing: the slot, and the number of items of a list.
pub(super) type Observed<T> = Result<(Slot<T>, Option<usize>), Error>;

/// The bounds of every observation.
#[derive(Clone, Copy)]
pub(super) struct ObservationBounds<'a> {
    /// The longest time for collecting one fact.
    pub time_per_fact: Duration,
    /// Ends collecting early.
    pub stop: &'a Stop,
    /// Is told what happens.
    pub events: &'a Events,
}

impl ObservationBounds<'_> {
    /// Observes one fact if it is needed: within its time, until the run is stopped, and
    /// whatever happens, with a record.
    pub async fn observe<T: Fact>(
        &self,
        is_needed: bool,
        observer: impl AsyncFnOnce(RequestContext) -> Observed<T>,
    ) -> CollectedFact<T> {
        if !is_needed {
            return settled(Slot::NotCollected(not_selected()));
        }
        if let Some(reason) = self.stop.reason() {
            return settled(Slot::NotCollected(reason));
        }
        let step = Step::Fact(T::KIND);
        self.events.began(&step);
        let context = RequestContext::within(self.time_per_fact);
        let trace = context.trace.clone();
        let clock = Clock::start();
        let observed = tokio::select! {
            // A defect of ours must not take the other facts with it.
            observed = AssertUnwindSafe(observer(context)).catch_unwind() => observed.map_err(|_| defect()),
            reason = self.stop.thrown() => Err(reason),
        };
        let (slot, items) = match observed {
            Ok(Ok((slot, items))) => (slot, items),
            Ok(Err(error)) => (slot_of(&error), None),
            Err(reason) => (Slot::Failed(reason), None),
        };
        let record = clock.record(state_of(&slot), items, &trace.requests());
        self.events.ended(&step, summary_line(&record));
        (slot, record)
    }
}

/// Returns the slot of an error. A service that the catalog does not have is an observation; anything else is a
/// failure, also a service that is registered, but has no endpoint where we are told to look.
pub(super) fn slot_of<T>(error: &Error) -> Slot<T> {
    match error.kind {
        ErrorKind::ServiceAbsent { .. } => Slot::Absent(error.to_string()),
        _ => Slot::Failed(reason_of(error)),
    }
}

pub(super) fn defect() -> Reason {
    Reason::new(ReasonCode::InternalError, "collecting this fact met a defect of the suite; please report it")
}

pub(super) fn not_selected() -> Reason {
    Reason::new(ReasonCode::NotSelected, "no selected testcase needs it")
}

/// Returns a slot that nothing was sent for.
pub(super) fn settled<T>(slot: Slot<T>) -> CollectedFact<T> {
    let (state, reason) = state_of(&slot);
    let record = CollectionRecord {
        state,
        reason,
        items: None,
        started_at: None,
        duration_ms: 0,
        requests: Vec::new(),
        documents: Vec::new(),
        brought: None,
    };
    (slot, record)
}

pub(super) fn state_of<T>(slot: &Slot<T>) -> (CollectionState, Option<Reason>) {
    match slot {
        Slot::Known(_) => (CollectionState::Known, None),
        Slot::Absent(what) => (CollectionState::Absent, Some(Reason::new(ReasonCode::ServiceAbsent, what))),
        Slot::Failed(reason) => (CollectionState::Failed, Some(reason.clone())),
        Slot::NotCollected(reason) => (CollectionState::NotCollected, Some(reason.clone())),
    }
}

/// Measures how long collecting takes.
pub struct Clock {
    at: DateTime<Utc>,
    since: Instant,
}

impl Clock {
    /// Begins to measure.
    pub fn start() -> Self {
        Self { at: Utc::now(), since: Instant::now() }
    }

    /// Returns the record of a fact that was collected since.
    pub fn record(
        &self,
        (state, reason): (CollectionState, Option<Reason>),
        items: Option<usize>,
        requests: &[RequestTrace],
    ) -> CollectionRecord {
        CollectionRecord {
            state,
            reason,
            items,
            started_at: Some(self.at),
            duration_ms: u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX),
            requests: requests.iter().map(request).collect(),
            documents: Vec::new(),
            brought: None,
        }
    }
}

fn request(trace: &RequestTrace) -> RequestRecord {
    let last = trace.attempts.last();
    RequestRecord {
        method: trace.method.clone(),
        url: trace.url.clone(),
        status: last.and_then(|attempt| attempt.status),
        attempts: u32::try_from(trace.attempts.len()).unwrap_or(u32::MAX),
        request_id: last.and_then(|attempt| attempt.request_id.as_deref().map(str::to_owned)),
        duration_ms: trace.milliseconds,
        bytes: trace.bytes,
        clock_ahead_seconds: last.and_then(|attempt| attempt.clock_ahead),
    }
}

/// Returns one line for people.
pub(super) fn summary_line(record: &CollectionRecord) -> String {
    let items = record.items.map_or(String::new(), |items| format!("{items} items, "));
    match &record.reason {
        None => format!("{items}{} ms", record.duration_ms),
        Some(reason) => reason.message.clone(),
    }
}
