//! One run: plan → collect → evaluate. No stage reaches back.

mod evaluate;
mod pace;
mod plan;
mod recording;
mod redact;
mod stop;

pub use evaluate::{Collected, evaluate, tool};
pub use pace::Pace;
pub use plan::{Plan, PlannedTestcase, PlannedVersion, Selection, plan};
pub use recording::Recording;
pub use redact::redact;
pub use stop::Stop;

use crate::collect::{Clock, Collection, Collector, Permission, reason_of};
use crate::config::Cloud;
use crate::ledger::{self, Place};
use crate::openstack::{Errand, Limits, Session, Trace};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use scs_checks::facts::{FactKind, Facts, Needs, SubjectKind};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::{CollectionState, Subject, SubjectState};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What happens during a run, for those who watch.
#[derive(Clone, Debug)]
pub enum Event {
    /// Something began.
    Began(String),
    /// It has not ended yet; somebody has just looked.
    Pending {
        /// What began.
        what: String,
        /// What is seen of it.
        seen: String,
    },
    /// It ended.
    Ended {
        /// What began.
        what: String,
        /// How it ended.
        how: String,
    },
    /// The run ends early.
    Stopping(Reason),
    /// Something that the user has to know, whatever becomes of the run.
    Warning(String),
}

/// What to collect from one OpenStack cloud.
pub struct Job<'a> {
    /// The facts that are needed.
    pub needs: Needs,
    /// The instant that rules and timeline take for "now".
    pub reference: DateTime<Utc>,
    /// How to reach the cloud.
    pub cloud: Cloud,
    /// How the report calls it.
    pub subject: String,
    /// How long the run may take.
    pub deadline: Duration,
    /// The bounds of the client.
    pub limits: Limits,
    /// The permission to change the cloud, if there is one.
    pub permission: Option<Permission>,
    /// Is told what happens.
    pub events: &'a dyn Fn(&Event),
}

/// Collects; the result says what is known, whatever happens.
pub async fn collect(job: Job<'_>, stop: Stop) -> Collected {
    let timer = tokio::spawn({
        let (stop, deadline) = (stop.clone(), job.deadline);
        async move {
            tokio::time::sleep(deadline).await;
            stop.throw(&format!("the deadline of the run ({}) is over", humantime::format_duration(deadline)));
        }
    });
    let collected = Box::pin(job.collect(&stop)).await;
    timer.abort();
    collected
}

impl Job<'_> {
    /// How long collecting one fact may take. The deadline of the run comes first, so that a run that is cut short says so;
    /// this one bounds what the run's would not end.
    fn time_per_fact(&self) -> Duration {
        const LEAST: Duration = Duration::from_secs(120);
        self.deadline.saturating_add(Duration::from_secs(5)).max(LEAST)
    }

    async fn collect(&self, stop: &Stop) -> Collected {
        let started_at = Utc::now();
        let clock = Clock::start();
        let errand = Errand::within(self.time_per_fact());
        let trace = errand.trace.clone();
        (self.events)(&Event::Began(LOGIN.into()));
        let session = tokio::select! {
            session = Session::connect(&self.cloud, self.limits, &errand) => session.map_err(|error| reason_of(&error)),
            reason = stop.thrown() => Err(reason),
        };
        let how = session.as_ref().map_or_else(|reason| reason.message.clone(), |session| user_of(session));
        (self.events)(&Event::Ended { what: LOGIN.into(), how });
        match session {
            Ok(session) => self.observe(session, stop, started_at, &clock, &trace).await,
            Err(reason) => self.refused(reason, stop, started_at, &clock, &trace),
        }
    }

    async fn observe(
        &self,
        session: Arc<Session>,
        stop: &Stop,
        started_at: DateTime<Utc>,
        clock: &Clock,
        trace: &Trace,
    ) -> Collected {
        let details = self.details(Some(&session));
        let place = Place::of(&self.cloud, &session);
        self.warn_of_leftovers(&place);
        let collector = Collector {
            session,
            login: clock.record((CollectionState::Known, None), None, &trace.requests()),
            permission: self.permission.clone(),
            place,
            needs: self.needs,
            time_per_fact: self.time_per_fact(),
            stop,
            events: self.events,
        };
        let Collection { facts, records, changes } = collector.collect(self.reference).await;
        if let Some(reason) = stop.reason() {
            (self.events)(&Event::Stopping(reason));
        }
        Collected {
            facts,
            records,
            subject: Subject { name: self.subject.clone(), details, state: SubjectState::Tested, reason: None },
            refused: None,
            interrupted: stop.reason(),
            changes,
            started_at,
            finished_at: Utc::now(),
        }
    }

    /// Nothing was asked but the token, so nothing is known.
    fn refused(
        &self,
        reason: Reason,
        stop: &Stop,
        started_at: DateTime<Utc>,
        clock: &Clock,
        trace: &Trace,
    ) -> Collected {
        let failed = (CollectionState::Failed, Some(reason.clone()));
        Collected {
            facts: Facts::failed(self.reference, &reason).of(SubjectKind::Cloud),
            records: IndexMap::from([(FactKind::Catalog, clock.record(failed, None, &trace.requests()))]),
            subject: Subject {
                name: self.subject.clone(),
                details: self.details(None),
                state: state_of(reason.code),
                reason: Some(reason.clone()),
            },
            refused: Some(reason),
            interrupted: stop.reason(),
            changes: None,
            started_at,
            finished_at: Utc::now(),
        }
    }

    /// Tells of runs in the same project that did not clean up.
    fn warn_of_leftovers(&self, place: &Place) {
        let Some(permission) = &self.permission else { return };
        let (journals, problems) = ledger::unfinished(&permission.journals);
        problems.into_iter().for_each(|problem| (self.events)(&Event::Warning(problem)));
        for journal in journals.iter().filter(|journal| journal.place.is_same(place)) {
            let (run, cloud) = (&journal.run, &place.cloud);
            (self.events)(&Event::Warning(format!(
                "run {run} did not finish and may have left something in this cloud; \
                 `scs-conformance sweep iaas --cloud {cloud} --run {run}` removes it"
            )));
        }
    }

    /// What people want to know about the subject; nothing secret.
    fn details(&self, session: Option<&Session>) -> BTreeMap<String, String> {
        let mut details = BTreeMap::from([
            ("cloud".to_owned(), self.cloud.name.clone()),
            ("auth_url".to_owned(), self.cloud.auth_url.to_string()),
            ("interface".to_owned(), self.cloud.interface.as_str().to_owned()),
        ]);
        if let Some(region) = &self.cloud.region {
            details.insert("region".to_owned(), region.clone());
        }
        if let Some(session) = session {
            let login = session.login();
            details.insert("project".to_owned(), login.project.id.clone());
            details.insert("roles".to_owned(), login.roles.join(", "));
        }
        details
    }
}

/// What the login is called where progress is shown.
const LOGIN: &str = "login";

fn user_of(session: &Session) -> String {
    let login = session.login();
    format!("user {} in project {}, roles {}", login.user.name, login.project.name, login.roles.join(", "))
}

/// Whether the subject refused us or could not be reached.
fn state_of(code: ReasonCode) -> SubjectState {
    match code {
        ReasonCode::CredentialsRefused
        | ReasonCode::RoleMissing
        | ReasonCode::RoleTooHigh
        | ReasonCode::Configuration
        | ReasonCode::Forbidden => SubjectState::Refused,
        _ => SubjectState::Unreachable,
    }
}
