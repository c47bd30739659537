//! Experiments: facts that can only be known by creating something in the cloud.
//!
//! Each has a ledger of its own, which removes everything afterwards, whatever happened; an
//! experiment itself never cleans up. They share nothing, so a few of them go on at the same time.

mod backup;
mod bench;
mod choice;
mod demand;
mod image_upload;
mod secret;
mod security_group;
mod test_server;

pub use choice::{Choice, choose};
pub use demand::{Demand, Quota, demand};
pub(crate) use test_server::external_network;

use super::observe::{Clock, Collected, defect, not_selected, settled, slot_of, state_of};
use crate::ledger::{Entry, Journal, Ledger, Patience, Place, Run, RunId, State};
use crate::openstack::{Errand, Error, Reader, Session, Writer};
use crate::run::{Event, Pace, Stop};
use bench::Bench;
use chrono::Utc;
use futures_util::FutureExt;
use scs_checks::facts::{
    BackupTrial, CpuInstructions, DefaultSecurityGroupRules, EntropyPool, Fact, FactKind, Flavors, FreshSecurityGroup,
    ImageUpload, Images, Needs, RandomBlocks, SecretPayload, SecretTrial, Slot,
};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::{CollectionRecord, CreatedResource};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// What the user allows an experiment to do.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How long one thing may take that is waited for, such as a backup.
    pub step_limit: Duration,
    /// How gently the cloud is asked whether it has happened.
    pub pace: Pace,
    /// How long, and how, cleaning up is tried.
    pub patience: Patience,
    /// The external network that the test server's network is routed to, where the cloud gives servers their user data no
    /// other way.
    pub external_network: Option<String>,
    /// How many experiments are made at the same time.
    pub concurrent: usize,
}

/// The user's permission to change the cloud.
#[derive(Clone, Debug)]
pub struct Permission {
    /// On which terms.
    pub terms: Terms,
    /// The folder of the journals.
    pub journals: PathBuf,
}

impl Permission {
    /// Begins a run that may create things.
    pub(super) fn begin(&self, place: &Place) -> Result<Run, String> {
        let id = RunId::new(Utc::now());
        let journal = Arc::new(Journal::begin(&self.journals, &id, place, env!("CARGO_PKG_VERSION"))?);
        Ok(Run { id, journal })
    }
}

impl Terms {
    /// Longer than any experiment takes: each step of one has its own limit of time, and the run has one.
    const LONGEST: Duration = Duration::from_secs(24 * 3600);
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            step_limit: Duration::from_secs(600),
            pace: Pace::default(),
            patience: Patience::default(),
            external_network: None,
            concurrent: 3,
        }
    }
}

/// The facts that experiments find.
pub(super) struct Found {
    pub entropy_pool: Collected<EntropyPool>,
    pub random_blocks: Collected<RandomBlocks>,
    pub cpu_instructions: Collected<CpuInstructions>,
    pub fresh_security_group: Collected<FreshSecurityGroup>,
    pub secret_trial: Collected<SecretTrial>,
    pub secret_payload: Collected<SecretPayload>,
    pub backup_trial: Collected<BackupTrial>,
    pub image_upload: Collected<ImageUpload>,
    /// What was created, in the order of creation.
    pub created: Vec<CreatedResource>,
}

/// What experiments build on.
pub(super) struct Seen<'a> {
    pub flavors: &'a Slot<Flavors>,
    pub images: &'a Slot<Images>,
    pub template: &'a Slot<DefaultSecurityGroupRules>,
    pub has_key_manager: bool,
}

/// The facts that an experiment builds on, if it has to be made.
pub(super) fn groundwork(needs: Needs) -> Needs {
    match wants_server(needs) {
        true => Needs::only(FactKind::Flavors).and(Needs::only(FactKind::Images)),
        false => Needs::NONE,
    }
}

fn wants_server(needs: Needs) -> bool {
    [FactKind::EntropyPool, FactKind::RandomBlocks, FactKind::CpuInstructions].iter().any(|kind| needs.has(*kind))
}

/// Nothing may be created.
pub(super) fn not_allowed(has_key_manager: bool) -> Found {
    fn denied<T>(what: &str) -> Collected<T> {
        let message = format!("needs to create {what} in the cloud; --allow-changes permits it");
        settled(Slot::NotCollected(Reason::new(ReasonCode::ChangesTheCloud, message)))
    }
    const SERVER: &str = "a server with a network and a volume";
    let no_key_manager = !has_key_manager;
    Found {
        entropy_pool: denied(SERVER),
        random_blocks: denied(SERVER),
        cpu_instructions: denied(SERVER),
        fresh_security_group: denied("a security group"),
        secret_trial: if no_key_manager { settled(without_key_manager()) } else { denied("a secret") },
        secret_payload: if no_key_manager { settled(without_key_manager()) } else { denied("a secret") },
        backup_trial: denied("a volume and its backup"),
        image_upload: denied("a private image"),
        created: Vec::new(),
    }
}

fn without_key_manager<T>() -> Slot<T> {
    Slot::Absent("there is no key manager in the catalog".to_owned())
}

/// What came of one experiment.
struct Made<T> {
    slot: Slot<T>,
    record: CollectionRecord,
    entries: Vec<Entry>,
}

impl<T> Made<T> {
    /// One that was not made.
    fn not(slot: Slot<T>) -> Self {
        let (slot, record) = settled(slot);
        Self { slot, record, entries: Vec::new() }
    }

    /// A part of what it found, with the record of all of it.
    fn part<A>(&self, take: impl Fn(&T) -> Result<A, Reason>) -> Collected<A> {
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
pub(super) struct Laboratory<'a> {
    pub session: Arc<Session>,
    /// The run, or why it has no journal and so may create nothing.
    pub run: Result<Run, Reason>,
    pub terms: &'a Terms,
    pub needs: Needs,
    pub stop: &'a Stop,
    pub events: &'a dyn Fn(&Event),
    pub places: Semaphore,
}

impl Laboratory<'_> {
    /// Makes all experiments that are needed.
    pub async fn all(&self, seen: Seen<'_>) -> Found {
        let needs = self.needs;
        // Where the template answers, nobody has to look at a group, unless a check wants to see one.
        let wants_group = needs.requires(FactKind::FreshSecurityGroup)
            || (needs.has(FactKind::FreshSecurityGroup) && matches!(seen.template, Slot::Absent(_)));
        let wants_secret = needs.has(FactKind::SecretTrial) || needs.has(FactKind::SecretPayload);
        // Boxed, because all of them together would be too much for the stack of a thread.
        let (server, group, secret, backup, upload) = tokio::join!(
            Box::pin(self.server(&seen)),
            Box::pin(self.make(wants_group, "a security group", security_group::security_group)),
            Box::pin(self.secret(wants_secret, seen.has_key_manager)),
            Box::pin(self.make(needs.has(FactKind::BackupTrial), "a backup", backup::backup)),
            Box::pin(self.make(needs.has(FactKind::ImageUpload), "an image upload", image_upload::image_upload)),
        );
        let unreadable = |why: &String| Reason::new(ReasonCode::InvalidAnswer, why.clone());
        let entries = [&server.entries, &group.entries, &secret.entries, &backup.entries, &upload.entries];
        let mut created: Vec<CreatedResource> = entries.into_iter().flatten().filter_map(created).collect();
        created.sort_by_key(|resource| resource.created_at);
        Found {
            entropy_pool: server.part(|guest| guest.entropy_pool.clone().map_err(|why| unreadable(&why))),
            random_blocks: server.part(|guest| guest.random_blocks.clone().map_err(|why| unreadable(&why))),
            cpu_instructions: server.part(|guest| guest.cpu_instructions.clone().map_err(|why| unreadable(&why))),
            fresh_security_group: (group.slot, group.record),
            secret_trial: secret.part(|found| Ok(found.trial.clone())),
            secret_payload: secret.part(|found| found.payload.clone()),
            backup_trial: (backup.slot, backup.record),
            image_upload: (upload.slot, upload.record),
            created,
        }
    }

    async fn server(&self, seen: &Seen<'_>) -> Made<test_server::Guest> {
        let wanted = wants_server(self.needs);
        let external = self.terms.external_network.as_deref();
        match chosen(seen) {
            Err(slot) if wanted => Made::not(slot),
            Err(_) => self.make(false, "a server", async |_| Err(Error::interrupted())).await,
            Ok(choice) => {
                let what = format!("a server of image {} and flavor {}", choice.image.name, choice.flavor.name);
                self.make(wanted, &what, async |bench| test_server::test_server(bench, &choice, external).await).await
            }
        }
    }

    async fn secret(&self, wanted: bool, has_key_manager: bool) -> Made<secret::Trial> {
        match has_key_manager {
            true => self.make(wanted, "a secret", secret::secret).await,
            false => Made::not(without_key_manager()),
        }
    }

    /// Makes an experiment within its terms, and cleans up whatever happens.
    async fn make<T>(
        &self,
        wanted: bool,
        what: &str,
        experiment: impl AsyncFnOnce(&Bench<'_>) -> Result<T, Error>,
    ) -> Made<T> {
        if !wanted {
            return Made::not(Slot::NotCollected(not_selected()));
        }
        let run = match &self.run {
            Ok(run) => run.clone(),
            Err(reason) => return Made::not(Slot::Failed(reason.clone())),
        };
        let place = tokio::select! {
            biased;
            reason = self.stop.thrown() => return Made::not(Slot::NotCollected(reason)),
            place = self.places.acquire() => place,
        };
        let clock = Clock::start();
        let errand = Errand::within(Terms::LONGEST);
        let trace = errand.trace.clone();
        let ledger = Ledger::new(run, Writer::new(Arc::clone(&self.session), errand.clone()));
        let bench = Bench {
            reader: Reader::new(Arc::clone(&self.session), errand),
            ledger: &ledger,
            step_limit: self.terms.step_limit,
            pace: self.terms.pace,
            events: self.events,
        };
        let slot = self.slot(what, experiment(&bench)).await;
        ledger.unwind(self.terms.patience, self.stop.hurried(), self.events).await;
        drop(place);
        let record = clock.record(state_of(&slot), None, &trace.requests());
        Made { slot, record, entries: ledger.all() }
    }

    /// What comes of an experiment, until the run is stopped.
    async fn slot<T>(&self, what: &str, experiment: impl Future<Output = Result<T, Error>>) -> Slot<T> {
        (self.events)(&Event::Began(what.to_owned()));
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
        (self.events)(&Event::Ended { what: what.to_owned(), how });
        slot
    }
}

/// Image and flavor of the test server; or what to say of its facts where there are none.
fn chosen<T>(seen: &Seen<'_>) -> Result<Choice, Slot<T>> {
    let images = known(seen.images, "images")?;
    let flavors = known(seen.flavors, "flavors")?;
    choose(images, flavors).map_err(|why| Slot::Failed(Reason::new(ReasonCode::Prerequisite, why)))
}

fn known<'a, F: Fact, T>(slot: &'a Slot<F>, what: &str) -> Result<&'a F, Slot<T>> {
    match slot {
        Slot::Known(fact) => Ok(fact),
        Slot::NotCollected(reason) => Err(Slot::NotCollected(reason.clone())),
        Slot::Absent(why) => Err(Slot::Failed(Reason::new(ReasonCode::ServiceAbsent, why.clone()))),
        Slot::Failed(reason) => {
            let message = format!("no server without the list of {what}: {}", reason.message);
            Err(Slot::Failed(Reason::new(reason.code, message)))
        }
    }
}

/// What a report tells about a resource; nothing about what never came into being.
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
