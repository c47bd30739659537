//! The beginning of every run, of whatever kind its subject is: the login, which succeeds or is refused.

use super::request::CollectRequest;
use crate::collect::{Clock, Collection, reason_of};
use crate::watch::{Events, Step, Stop};
use crate::wire::error::Error;
use crate::wire::evidence::RequestContext;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use scs_checks::facts::{FactKind, Facts, LocalClock, Needs};
use scs_checks::verdict::Reason;
use scs_reports::judge::Collected;
use scs_reports::{CollectionRecord, CollectionState, Subject, SubjectState};
use std::collections::BTreeMap;

/// A run that has just begun.
pub(super) struct Login<'a> {
    pub request: &'a CollectRequest,
    pub needs: Needs,
    pub events: &'a Events,
    pub stop: &'a Stop,
    pub context: RequestContext,
    started_at: DateTime<Utc>,
    clock: Clock,
}

impl<'a> Login<'a> {
    pub fn begin(request: &'a CollectRequest, needs: Needs, events: &'a Events, stop: &'a Stop) -> Self {
        let context = RequestContext::within(request.time_per_fact());
        Self { request, needs, events, stop, context, started_at: Utc::now(), clock: Clock::start() }
    }

    /// Awaits the session, unless the run is stopped before.
    pub async fn session<S>(
        &self,
        connecting: impl Future<Output = Result<S, Error>>,
        told: impl Fn(&S) -> String,
    ) -> Result<S, Reason> {
        self.events.began(&Step::Login);
        let session = tokio::select! {
            session = connecting => session.map_err(|error| reason_of(&error)),
            reason = self.stop.thrown() => Err(reason),
        };
        let how = session.as_ref().map_or_else(|reason| reason.message.clone(), told);
        self.events.ended(&Step::Login, how);
        session
    }

    /// Returns the requests so far, which brought a fact.
    pub fn record(&self) -> CollectionRecord {
        self.clock.record((CollectionState::Known, None), None, &self.context.trace.requests())
    }

    /// Returns what was collected after the login.
    pub fn collected(self, collection: Collection, details: BTreeMap<String, String>) -> Collected {
        let Collection { facts, records, changes } = collection;
        let interrupted = self.stop.reason();
        Collected {
            facts,
            observed_at: self.observed_at(),
            clock: compared(&records),
            records,
            run_by: self.request.run_by.clone(),
            subject: self.subject(details, SubjectState::Tested, None),
            refused: None,
            interrupted,
            changes,
            evidence: self.request.evidence.clone(),
            credential_ends_at: None,
            started_at: self.started_at,
            finished_at: Utc::now(),
        }
    }

    /// Returns the instant as of which the facts are to be judged: results of tests that took hours are not from the
    /// future.
    fn observed_at(&self) -> DateTime<Utc> {
        if self.request.takes_hours() { Utc::now() } else { self.started_at }
    }

    fn subject(&self, details: BTreeMap<String, String>, state: SubjectState, reason: Option<Reason>) -> Subject {
        let CollectRequest { access, simulated, .. } = self.request;
        let (name, kind) = (self.request.subject().to_owned(), access.kind());
        Subject { name, kind, simulated: *simulated, details, state, reason }
    }

    /// Returns what is known after a refused login: nothing; `first` is the fact that the login would have brought.
    pub fn refused(self, reason: Reason, first: FactKind, details: BTreeMap<String, String>) -> Collected {
        let failed = (CollectionState::Failed, Some(reason.clone()));
        let subject = self.subject(details, SubjectState::from_reason(reason.code), Some(reason.clone()));
        let records = IndexMap::from([(first, self.clock.record(failed, None, &self.context.trace.requests()))]);
        Collected {
            facts: Facts::failed(first.subject(), &reason),
            observed_at: self.started_at,
            clock: compared(&records),
            records,
            run_by: self.request.run_by.clone(),
            subject,
            refused: Some(reason),
            interrupted: self.stop.reason(),
            changes: None,
            evidence: self.request.evidence.clone(),
            credential_ends_at: None,
            started_at: self.started_at,
            finished_at: Utc::now(),
        }
    }
}

/// Compares the local clock with the answers that a run has got.
fn compared(records: &IndexMap<FactKind, CollectionRecord>) -> LocalClock {
    let requests = records.values().flat_map(|record| &record.requests);
    LocalClock::from_deviations(requests.filter_map(|request| request.clock_ahead_seconds))
}
