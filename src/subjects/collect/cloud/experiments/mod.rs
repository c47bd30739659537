//! Experiments in clouds: facts that can only be known by creating something. They share nothing, so a few of them go
//! on at the same time.

mod backup;
mod choice;
mod context;
mod cross_attach;
mod demand;
mod domain_managers;
mod image_upload;
mod quota;
mod s3_round_trip;
mod secret;
mod security_group;
mod tempest;
mod test_server;

pub use choice::{ServerChoice, UnsuitableError, choose};
pub use demand::demand;
pub use quota::{Demand, Quota};
pub use tempest::{TempestChoice, choose_for_tempest};
pub(crate) use test_server::external_network;

use crate::collect::observe::{CollectedFact, not_selected, settled};
use crate::collect::runner::{ChangePermission, ExperimentResult, ExperimentRunner};
use crate::ledger::Place;
use crate::openstack::{DomainWriter, Error, ManagerReader, Managers, Reader, RequestContext, Session, Writer};
use context::ExperimentContext;
use cross_attach::ZonePair;
use scs_checks::facts::{
    BackupTrial, ComputeZones, CpuInstructions, CrossAttach, DefaultSecurityGroupRules, DomainManagerTrial,
    EntropyPool, Fact, FactKind, Flavors, FreshSecurityGroup, ImageUpload, Images, Needs, RandomBlocks, S3RoundTrip,
    SecretPayload, SecretTrial, Slot, StorageZones, TempestResults, zone_names,
};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::Changes;
use std::sync::Arc;

/// The facts that experiments find.
pub(super) struct Found {
    pub entropy_pool: CollectedFact<EntropyPool>,
    pub random_blocks: CollectedFact<RandomBlocks>,
    pub cpu_instructions: CollectedFact<CpuInstructions>,
    pub fresh_security_group: CollectedFact<FreshSecurityGroup>,
    pub secret_trial: CollectedFact<SecretTrial>,
    pub secret_payload: CollectedFact<SecretPayload>,
    pub backup_trial: CollectedFact<BackupTrial>,
    pub image_upload: CollectedFact<ImageUpload>,
    pub s3_round_trip: CollectedFact<S3RoundTrip>,
    pub cross_attach: CollectedFact<CrossAttach>,
    pub domain_manager_trial: CollectedFact<DomainManagerTrial>,
    pub tempest_results: CollectedFact<TempestResults>,
    /// The resources that were created for it, if any could be.
    pub changes: Option<Changes>,
}

/// The facts that experiments build on.
pub(super) struct Seen<'a> {
    pub flavors: &'a Slot<Flavors>,
    pub images: &'a Slot<Images>,
    pub template: &'a Slot<DefaultSecurityGroupRules>,
    pub compute_zones: &'a Slot<ComputeZones>,
    pub storage_zones: &'a Slot<StorageZones>,
    pub has_key_manager: bool,
    pub has_object_store: bool,
}

/// Returns the facts that an experiment builds on, if it has to be made; `tempest` is true if that is run.
pub(super) fn groundwork(needs: Needs, tempest: bool) -> Needs {
    let across = needs.has(FactKind::CrossAttach);
    let boots = across || wants_server(needs) || tempest && needs.has(FactKind::TempestResults);
    let server = [FactKind::Flavors, FactKind::Images].into_iter().filter(|_| boots);
    let zones = [FactKind::ComputeZones, FactKind::StorageZones].into_iter().filter(|_| across);
    server.chain(zones).fold(Needs::NONE, |all, kind| all.and(Needs::only(kind)))
}

fn wants_server(needs: Needs) -> bool {
    [FactKind::EntropyPool, FactKind::RandomBlocks, FactKind::CpuInstructions].iter().any(|kind| needs.has(*kind))
}

/// Returns what is found where nothing may be created.
pub(super) fn not_allowed(seen: &Seen<'_>, has_domain_managers: bool) -> Found {
    fn denied<T>(what: &str) -> CollectedFact<T> {
        let message = format!("needs to create {what} in the cloud; --allow-changes permits it");
        settled(Slot::NotCollected(Reason::new(ReasonCode::ChangesTheSubject, message)))
    }
    const SERVER: &str = "a server with a network and a volume";
    let no_key_manager = !seen.has_key_manager;
    Found {
        entropy_pool: denied(SERVER),
        random_blocks: denied(SERVER),
        cpu_instructions: denied(SERVER),
        fresh_security_group: denied("a security group"),
        secret_trial: if no_key_manager { settled(without_key_manager()) } else { denied("a secret") },
        secret_payload: if no_key_manager { settled(without_key_manager()) } else { denied("a secret") },
        backup_trial: denied("a volume and its backup"),
        image_upload: denied("a private image"),
        s3_round_trip: if seen.has_object_store { denied("a bucket of S3") } else { settled(without_object_store()) },
        cross_attach: within_one_zone(seen.storage_zones)
            .map_or_else(|| denied("a server and volumes in two zones"), settled),
        domain_manager_trial: match has_domain_managers {
            true => denied("users, groups and projects in two domains"),
            false => settled(without_domain_managers()),
        },
        tempest_results: settled(Slot::NotCollected(tempest_not_run())),
        changes: None,
    }
}

fn without_key_manager<T>() -> Slot<T> {
    Slot::Absent("there is no key manager in the catalog".to_owned())
}

/// Returns the slot of the trial across zones for a cloud that does not have two zones for storage.
fn within_one_zone<T>(storage: &Slot<StorageZones>) -> Option<Slot<T>> {
    let Slot::Known(zones) = storage else { return None };
    let absent = || Slot::Absent("there are not two availability zones for storage".to_owned());
    (zone_names(&zones.0).len() < 2).then(absent)
}

fn without_object_store<T>() -> Slot<T> {
    Slot::Absent("there is no object store in the catalog".to_owned())
}

/// Returns the reason why Tempest was not run: it is never begun by accident.
fn tempest_not_run() -> Reason {
    let how = "Tempest takes up to an hour and changes the cloud: --allow-changes with --tempest runs it, and --results brings the \
               results of an earlier run along";
    Reason::new(ReasonCode::ResultsMissing, how)
}

fn without_domain_managers<T>() -> Slot<T> {
    let message = "needs the managers of two domains, named by --domain-manager NAME twice: entries of clouds.yaml with \
        username, password, user_domain_name and domain_name, but no project. An administrator sets up each by `openstack \
        domain create DOMAIN`, `openstack user create --domain DOMAIN --password-prompt USER` and `openstack role add \
        --domain DOMAIN --user USER --user-domain DOMAIN manager`";
    Slot::NotCollected(Reason::new(ReasonCode::DomainManagersMissing, message))
}

/// The managers of two domains, and where they create things.
pub(super) struct DomainAccess<'a> {
    pub managers: &'a Result<Managers, Reason>,
    pub place: Option<&'a Place>,
    pub permission: &'a ChangePermission,
}

/// Makes the experiments of clouds.
pub(super) struct Experiments<'a> {
    pub session: Arc<Session>,
    pub runner: ExperimentRunner<'a>,
    pub domains: Option<DomainAccess<'a>>,
    pub needs: Needs,
}

impl Experiments<'_> {
    /// Makes all experiments that are needed.
    pub async fn all(&self, seen: Seen<'_>) -> Found {
        let needs = self.needs;
        // Where the template answers, nobody has to look at a group, unless a check wants to see one.
        let wants_group = needs.requires(FactKind::FreshSecurityGroup)
            || (needs.has(FactKind::FreshSecurityGroup) && matches!(seen.template, Slot::Absent(_)));
        let wants_secret = needs.has(FactKind::SecretTrial) || needs.has(FactKind::SecretPayload);
        // Boxed, because all of them together would be too much for the stack of a thread.
        let (server, group, secret, backup, upload, trip, across, (trial, in_domains)) = tokio::join!(
            Box::pin(self.server(&seen)),
            Box::pin(self.make(wants_group, "a security group", security_group::security_group)),
            Box::pin(self.secret(wants_secret, seen.has_key_manager)),
            Box::pin(self.make(needs.has(FactKind::BackupTrial), "a backup", backup::backup)),
            Box::pin(self.make(needs.has(FactKind::ImageUpload), "an image upload", image_upload::image_upload)),
            Box::pin(self.s3_round_trip(seen.has_object_store)),
            Box::pin(self.cross_attach(&seen)),
            Box::pin(self.domain_managers()),
        );
        // It takes long, and everything else would only disturb it.
        let tempest = Box::pin(self.tempest(&seen)).await;
        let entries = [
            &server.entries,
            &group.entries,
            &secret.entries,
            &backup.entries,
            &upload.entries,
            &trip.entries,
            &across.entries,
            &tempest.entries,
        ];
        let changes = together(self.runner.close(&entries.map(Vec::as_slice)), in_domains);
        Found {
            entropy_pool: server.part(|guest| guest.entropy_pool.clone()),
            random_blocks: server.part(|guest| guest.random_blocks.clone()),
            cpu_instructions: server.part(|guest| guest.cpu_instructions.clone()),
            fresh_security_group: (group.slot, group.record),
            secret_trial: secret.part(|found| Ok(found.trial.clone())),
            secret_payload: secret.part(|found| found.payload.clone()),
            backup_trial: (backup.slot, backup.record),
            image_upload: (upload.slot, upload.record),
            s3_round_trip: (trip.slot, trip.record),
            cross_attach: (across.slot, across.record),
            domain_manager_trial: (trial.slot, trial.record),
            tempest_results: (tempest.slot, tempest.record),
            changes,
        }
    }

    async fn server(&self, seen: &Seen<'_>) -> ExperimentResult<test_server::Guest> {
        let wanted = wants_server(self.needs);
        let external = self.runner.terms.external_network.as_deref();
        match chosen(seen) {
            Err(slot) if wanted => ExperimentResult::not_made(slot),
            Err(_) => self.make(false, "a server", async |_| Err(Error::interrupted())).await,
            Ok(choice) => {
                let what = format!("a server of image {} and flavor {}", choice.image.name, choice.flavor.name);
                self.make(wanted, &what, async |context| test_server::test_server(context, &choice, external).await)
                    .await
            }
        }
    }

    async fn cross_attach(&self, seen: &Seen<'_>) -> ExperimentResult<CrossAttach> {
        if !self.needs.has(FactKind::CrossAttach) {
            return ExperimentResult::not_made(Slot::NotCollected(not_selected()));
        }
        if let Some(slot) = within_one_zone(seen.storage_zones) {
            return ExperimentResult::not_made(slot);
        }
        let (choice, zones) = match chosen(seen).and_then(|choice| zones(seen).map(|zones| (choice, zones))) {
            Err(slot) => return ExperimentResult::not_made(slot),
            Ok(both) => both,
        };
        let what = format!("a server in zone {} and a volume in zone {}", zones.server, zones.volume);
        self.make(true, &what, async |context| cross_attach::cross_attach(context, &choice, &zones).await).await
    }

    async fn secret(&self, wanted: bool, has_key_manager: bool) -> ExperimentResult<secret::Trial> {
        match has_key_manager {
            true => self.make(wanted, "a secret", secret::secret).await,
            false => ExperimentResult::not_made(without_key_manager()),
        }
    }

    async fn s3_round_trip(&self, has_object_store: bool) -> ExperimentResult<S3RoundTrip> {
        let wanted = self.needs.has(FactKind::S3RoundTrip);
        match has_object_store {
            true => self.make(wanted, "an object in S3", s3_round_trip::s3_round_trip).await,
            false => ExperimentResult::not_made(without_object_store()),
        }
    }

    /// Makes the trial of domain managers; it has a journal of its own, as it creates nothing in the project.
    async fn domain_managers(&self) -> (ExperimentResult<DomainManagerTrial>, Option<Changes>) {
        let not_made = |slot| (ExperimentResult::not_made(slot), None);
        if !self.needs.has(FactKind::DomainManagerTrial) {
            return not_made(Slot::NotCollected(not_selected()));
        }
        let Some(DomainAccess { managers, place, permission }) = &self.domains else {
            return not_made(without_domain_managers());
        };
        let (managers, place) = match (managers, place) {
            (Ok(managers), Some(place)) => (managers, place),
            (Err(reason), _) => return not_made(Slot::Failed(reason.clone())),
            (Ok(_), None) => return not_made(without_domain_managers()),
        };
        let runner = self.runner.open_beside(permission, place, self.session.secrets()).await;
        let tools = |context| {
            let reader = ManagerReader { managers: managers.clone(), context };
            (reader.clone(), DomainWriter { reader })
        };
        let made = Box::pin(runner.make(true, "domain managers", tools, domain_managers::trial)).await;
        let changes = runner.close(&[&made.entries]);
        (made, changes)
    }

    /// Returns a reader and a writer for one experiment.
    fn tools(&self, context: RequestContext) -> (Reader, Writer) {
        (Reader::new(Arc::clone(&self.session), context.clone()), Writer::new(Arc::clone(&self.session), context))
    }

    /// Makes one of them.
    async fn make<T>(
        &self,
        wanted: bool,
        what: &str,
        experiment: impl AsyncFnOnce(&ExperimentContext<'_>) -> Result<T, Error>,
    ) -> ExperimentResult<T> {
        let tools = |context| self.tools(context);
        self.runner.make(wanted, what, tools, experiment).await
    }
}

/// Returns all that a run has created, in the project and in domains. The command that sweeps domains also sweeps the project.
fn together(in_project: Option<Changes>, in_domains: Option<Changes>) -> Option<Changes> {
    match (in_project, in_domains) {
        (Some(mut all), Some(more)) => {
            all.resources.extend(more.resources);
            all.resources.sort_by_key(|resource| resource.created_at);
            Some(Changes { sweep: more.sweep.or(all.sweep), ..all })
        }
        (one, other) => one.or(other),
    }
}

/// Chooses image and flavor of the test server; or returns the slot of its facts where there are none.
fn chosen<T>(seen: &Seen<'_>) -> Result<ServerChoice, Slot<T>> {
    let images = known(seen.images, "images")?;
    let flavors = known(seen.flavors, "flavors")?;
    choose(images, flavors).map_err(|why| Slot::Failed(Reason::new(ReasonCode::Prerequisite, why.to_string())))
}

/// Chooses the zones of a trial across them; or returns the slot of its fact where there are none.
fn zones<T>(seen: &Seen<'_>) -> Result<ZonePair, Slot<T>> {
    let compute = known(seen.compute_zones, "availability zones for compute")?;
    let storage = known(seen.storage_zones, "availability zones for storage")?;
    let none = "there are no two availability zones for storage that can be used, one of them under the name of a zone for compute";
    ZonePair::choose(compute, storage).ok_or_else(|| Slot::Failed(Reason::new(ReasonCode::Prerequisite, none)))
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
