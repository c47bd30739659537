//! Collects facts: every needed fact once. Those that can be read come first, all at the same time; then those
//! that have to be tried, where the user permits it. What goes wrong with one fact stays with that fact.

// Public only for the fuzzer, like `openstack::fuzzing`.
#[doc(hidden)]
pub mod convert;
mod experiments;
mod guest;
mod reason;

pub(crate) use experiments::external_network;
pub use experiments::{Choice, Demand, Permission, Quota, Terms, choose, demand};
pub use reason::reason_of;

use crate::ledger::{Place, Run};
use crate::openstack::{self, Errand, ErrorKind, Reader, RequestTrace, S3Answer as Answer, Session};
use crate::run::{Event, Stop};
use chrono::{DateTime, Utc};
use convert::Misfit;
use experiments::{Found, Laboratory, Seen, groundwork};
use futures_util::FutureExt;
use indexmap::IndexMap;
use scs_checks::facts::{
    Catalog, DefaultSecurityGroupRules, Endpoint, Fact, FactKind, Facts, Flavors, Images, Needs, S3Answer, Service,
    Slot,
};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::{Changes, CollectionRecord, CollectionState, RequestRecord};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// What is to be collected, and how.
pub struct Collector<'a> {
    /// The session with the subject.
    pub session: Arc<Session>,
    /// The requests of the login, which brought the catalog.
    pub login: CollectionRecord,
    /// The facts that are needed.
    pub needs: Needs,
    /// How long collecting one fact may take.
    pub time_per_fact: Duration,
    /// Ends collecting early.
    pub stop: &'a Stop,
    /// Is told what happens.
    pub events: &'a dyn Fn(&Event),
    /// The permission to change the cloud.
    pub permission: Option<Permission>,
    /// Which project of which cloud it is.
    pub place: Place,
}

/// What was collected.
pub struct Collection {
    /// The facts.
    pub facts: Facts,
    /// How each was collected.
    pub records: IndexMap<FactKind, CollectionRecord>,
    /// What was created for it, if anything could be.
    pub changes: Option<Changes>,
}

/// A fact, and how it was collected.
type Collected<T> = (Slot<T>, CollectionRecord);

/// What came of observing: the slot, and how many items a list has.
type Observed<T> = Result<(Slot<T>, Option<usize>), openstack::Error>;

impl Collector<'_> {
    /// Collects the facts: first what can be read, then what has to be tried, as far as that is permitted.
    pub async fn collect(self, reference: DateTime<Utc>) -> Collection {
        let (flavors, images, volume_types, rules, s3_answer) = tokio::join!(
            self.observe(
                async |reader| list(reader.flavors(&convert::flavor).await?, |kept| convert::all(kept).map(Flavors))
            ),
            self.observe(
                async |reader| list(reader.images(&convert::image).await?, |kept| convert::all(kept).map(Images))
            ),
            self.observe(async |reader| list(reader.volume_types().await?, convert::volume_types)),
            self.observe(default_security_group_rules),
            self.observe(s3_answer),
        );
        let catalog = catalog(&self.session);
        let has_key_manager = catalog.of_type(KEY_MANAGER).next().is_some();
        let seen = Seen { flavors: &flavors.0, images: &images.0, template: &rules.0, has_key_manager };
        let (found, run) = Box::pin(self.experiments(seen)).await;
        let mut login = self.login;
        login.items = Some(catalog.services.len());
        let mut records = IndexMap::from([
            (FactKind::Catalog, login),
            (FactKind::Flavors, flavors.1),
            (FactKind::Images, images.1),
            (FactKind::VolumeTypes, volume_types.1),
            (FactKind::DefaultSecurityGroupRules, rules.1),
            (FactKind::S3Answer, s3_answer.1),
        ]);
        if self.permission.is_some() {
            records.extend([
                (FactKind::EntropyPool, found.entropy_pool.1),
                (FactKind::RandomBlocks, found.random_blocks.1),
                (FactKind::CpuInstructions, found.cpu_instructions.1),
                (FactKind::FreshSecurityGroup, found.fresh_security_group.1),
                (FactKind::SecretTrial, found.secret_trial.1),
                (FactKind::SecretPayload, found.secret_payload.1),
                (FactKind::BackupTrial, found.backup_trial.1),
                (FactKind::ImageUpload, found.image_upload.1),
            ]);
        }
        let facts = Facts {
            reference,
            catalog: Slot::Known(catalog),
            flavors: flavors.0,
            images: images.0,
            volume_types: volume_types.0,
            default_security_group_rules: rules.0,
            s3_answer: s3_answer.0,
            entropy_pool: found.entropy_pool.0,
            random_blocks: found.random_blocks.0,
            cpu_instructions: found.cpu_instructions.0,
            fresh_security_group: found.fresh_security_group.0,
            secret_trial: found.secret_trial.0,
            secret_payload: found.secret_payload.0,
            backup_trial: found.backup_trial.0,
            image_upload: found.image_upload.0,
            ..Facts::of_other_subjects(reference)
        };
        let changes = run.map(|run| Changes { run: run.id.to_string(), resources: found.created });
        Collection { facts, records, changes }
    }

    /// Makes the experiments that are needed and permitted; and tells the run that has changed the cloud for them.
    async fn experiments(&self, seen: Seen<'_>) -> (Found, Option<Run>) {
        let Some(permission) = &self.permission else {
            return (experiments::not_allowed(seen.has_key_manager), None);
        };
        let run = permission.begin(&self.place);
        let laboratory = Laboratory {
            session: Arc::clone(&self.session),
            run: run.clone().map_err(|why| Reason::new(ReasonCode::Configuration, why)),
            terms: &permission.terms,
            needs: self.needs,
            stop: self.stop,
            events: self.events,
            places: Semaphore::new(permission.terms.concurrent.max(1)),
        };
        let found = laboratory.all(seen).await;
        if let (Ok(run), true) = (&run, found.created.iter().all(|resource| resource.left.is_none())) {
            run.journal.finish();
        }
        (found, run.ok())
    }

    /// Observes one fact if it is needed: within its time, until the run is stopped, and
    /// whatever happens, with a record.
    async fn observe<T: Fact>(&self, observer: impl AsyncFnOnce(Reader) -> Observed<T>) -> Collected<T> {
        let is_needed = self.needs.has(T::KIND) || self.permission.is_some() && groundwork(self.needs).has(T::KIND);
        if !is_needed {
            return settled(Slot::NotCollected(not_selected()));
        }
        if let Some(reason) = self.stop.reason() {
            return settled(Slot::NotCollected(reason));
        }
        let what = T::KIND.to_string();
        (self.events)(&Event::Began(what.clone()));
        let errand = Errand::within(self.time_per_fact);
        let trace = errand.trace.clone();
        let reader = Reader::new(Arc::clone(&self.session), errand);
        let clock = Clock::start();
        let observed = tokio::select! {
            // A defect of ours must not take the other facts with it.
            observed = AssertUnwindSafe(observer(reader)).catch_unwind() => observed.map_err(|_| defect()),
            reason = self.stop.thrown() => Err(reason),
        };
        let (slot, items) = match observed {
            Ok(Ok((slot, items))) => (slot, items),
            Ok(Err(error)) => (slot_of(&error), None),
            Err(reason) => (Slot::Failed(reason), None),
        };
        let record = clock.record(state_of(&slot), items, &trace.requests());
        (self.events)(&Event::Ended { what, how: told(&record) });
        (slot, record)
    }
}

/// The service type of Barbican.
const KEY_MANAGER: &str = "key-manager";

fn list<I, T>(items: Vec<I>, convert: impl Fn(Vec<I>) -> Result<T, Misfit>) -> Observed<T> {
    let count = items.len();
    match convert(items) {
        Ok(fact) => Ok((Slot::Known(fact), Some(count))),
        Err(Misfit { path, what }) => {
            let message = format!("the list has an item that is not as the API promises, at {path}: {what}");
            Ok((Slot::Failed(Reason::new(ReasonCode::InvalidAnswer, message)), None))
        }
    }
}

async fn default_security_group_rules(reader: Reader) -> Observed<DefaultSecurityGroupRules> {
    match reader.default_security_group_rules().await {
        Ok(Some(items)) => list(items, convert::default_rules),
        Ok(None) => Ok((Slot::Absent("this Neutron has no API for default security group rules".into()), None)),
        // Only a Neutron without that API sends us looking at a fresh group; no Neutron at all does not.
        Err(error) if matches!(error.kind, ErrorKind::ServiceAbsent { .. }) => {
            Ok((Slot::Failed(reason_of(&error)), None))
        }
        Err(error) => Err(error),
    }
}

async fn s3_answer(reader: Reader) -> Observed<S3Answer> {
    let url = reader.session().base_url(openstack::Service::ObjectStore)?.origin().ascii_serialization();
    let (status, error_code, excerpt) = match reader.probe_s3().await? {
        Answer::Error { status, code, message } => (status, Some(code), message),
        Answer::Buckets { status } => (status, None, "a list of buckets".to_owned()),
        Answer::NotS3 { status, excerpt } => (status, None, excerpt),
    };
    Ok((Slot::Known(S3Answer { url, status, error_code, excerpt }), None))
}

fn catalog(session: &Session) -> Catalog {
    let services = session.login().catalog.services.iter().map(|service| Service {
        service_type: service.service_type.clone(),
        name: service.name.clone(),
        endpoints: service
            .endpoints
            .iter()
            .map(|endpoint| Endpoint {
                interface: endpoint.interface.clone(),
                region: endpoint.region().unwrap_or_default().to_owned(),
                url: endpoint.url.clone(),
            })
            .collect(),
    });
    Catalog { services: services.collect() }
}

/// A service that the catalog does not have is an observation; anything else is a failure, also a
/// service that is registered, but has no endpoint where we are told to look.
fn slot_of<T>(error: &openstack::Error) -> Slot<T> {
    match error.kind {
        ErrorKind::ServiceAbsent { .. } => Slot::Absent(error.to_string()),
        _ => Slot::Failed(reason_of(error)),
    }
}

fn defect() -> Reason {
    Reason::new(ReasonCode::InternalError, "collecting this fact met a defect of the suite; please report it")
}

fn not_selected() -> Reason {
    Reason::new(ReasonCode::NotSelected, "no selected testcase needs it")
}

/// A slot that nothing was sent for.
fn settled<T>(slot: Slot<T>) -> Collected<T> {
    let (state, reason) = state_of(&slot);
    let record =
        CollectionRecord { state, reason, items: None, started_at: None, duration_ms: 0, requests: Vec::new() };
    (slot, record)
}

fn state_of<T>(slot: &Slot<T>) -> (CollectionState, Option<Reason>) {
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

    /// The record of a fact that was collected since.
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
    }
}

/// One line for people.
fn told(record: &CollectionRecord) -> String {
    let items = record.items.map_or(String::new(), |items| format!("{items} items, "));
    match &record.reason {
        None => format!("{items}{} ms", record.duration_ms),
        Some(reason) => reason.message.clone(),
    }
}
