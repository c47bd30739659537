//! Collects the facts of an OpenStack cloud: first those that can be read, all at the same time; then those that have
//! to be tried, where the user permits it.

// Public only for the fuzzer, like `openstack::fuzzing`.
#[doc(hidden)]
pub mod convert;
mod endpoints;
mod experiments;
mod guest;
mod list;
mod networks;
mod versions;
mod zones;

pub(crate) use experiments::external_network;
pub use experiments::{
    Demand, Quota, ServerChoice, TempestChoice, UnsuitableError, choose, choose_for_tempest, demand,
};

use crate::collect::collection::Collection;
use crate::collect::observe::{CollectedFact, ObservationBounds, Observed};
use crate::collect::reason_of;
use crate::collect::runner::{ChangePermission, ExperimentRunner};
use crate::ledger::Place;
use crate::openstack::{self, ErrorKind, Managers, Reader, S3Reply, Session};
use crate::watch::{Events, Stop};
use crate::wire::address::shown_text;
use experiments::{DomainAccess, Experiments, Found, Seen, groundwork};
use indexmap::IndexMap;
use list::list;
use scs_checks::facts::{
    Catalog, CatalogService, CloudFacts, ComputeZones, DefaultSecurityGroupRules, Endpoint, Fact, FactKind, Flavors,
    Images, LoadBalancerZones, Needs, NetworkQuotas, NetworkZones, ProviderNetworks, S3Answer, Slot, StorageZones,
    SubnetPools, VolumeTypes,
};
use scs_checks::verdict::Reason;
use scs_reports::{CollectionRecord, CollectionState};
use std::sync::Arc;
use std::time::Duration;

/// The facts to collect of a cloud, and the bounds of that.
pub struct CloudCollector<'a> {
    /// The session with the subject.
    pub session: Arc<Session>,
    /// The requests of the login, which brought the catalog.
    pub login: CollectionRecord,
    /// The facts that are needed.
    pub needs: Needs,
    /// The longest time for collecting one fact.
    pub time_per_fact: Duration,
    /// Ends collecting early.
    pub stop: &'a Stop,
    /// Is told what happens.
    pub events: &'a Events,
    /// The permission to change the cloud.
    pub permission: Option<ChangePermission>,
    /// The project of the cloud.
    pub place: Place,
    /// The managers of two domains, if they are named and needed, and the domains; or why they could not log in.
    pub managers: Option<(Result<Managers, Reason>, Option<Place>)>,
    /// True if managers of two domains are named.
    pub has_domain_managers: bool,
}

impl CloudCollector<'_> {
    /// Collects the facts: first what can be read, then what has to be tried, as far as that is permitted.
    pub async fn collect(self) -> Collection {
        let (flavors, images, volume_types, rules, s3_answer, tls_endpoints, version_documents, zones, offers) = tokio::join!(
            self.observe(
                async |reader| list(reader.flavors(convert::flavor).await?, |kept| convert::all(kept).map(Flavors))
            ),
            self.observe(
                async |reader| list(reader.images(convert::image).await?, |kept| convert::all(kept).map(Images))
            ),
            self.observe(async |reader| {
                list(reader.volume_types(convert::volume_type).await?, |kept| convert::all(kept).map(VolumeTypes))
            }),
            self.observe(default_security_group_rules),
            self.observe(s3_answer),
            self.observe(endpoints::tls_endpoints),
            self.observe(versions::version_documents),
            Box::pin(self.zones()),
            Box::pin(self.network_offers()),
        );
        let (compute_zones, storage_zones, network_zones, load_balancer_zones) = zones;
        let (provider_networks, subnet_pools, network_quotas) = offers;
        let catalog = catalog(&self.session);
        let has_key_manager = catalog.of_type(KEY_MANAGER).next().is_some();
        let has_object_store = OBJECT_STORES.iter().any(|name| catalog.of_type(name).next().is_some());
        let seen = Seen {
            flavors: &flavors.0,
            images: &images.0,
            template: &rules.0,
            compute_zones: &compute_zones.0,
            storage_zones: &storage_zones.0,
            has_key_manager,
            has_object_store,
        };
        let found = Box::pin(self.experiments(seen)).await;
        let mut login = self.login;
        login.items = Some(catalog.services.len());
        let mut records = IndexMap::from([
            (FactKind::Catalog, login),
            (FactKind::Flavors, flavors.1),
            (FactKind::Images, images.1),
            (FactKind::VolumeTypes, volume_types.1),
            (FactKind::DefaultSecurityGroupRules, rules.1),
            (FactKind::S3Answer, s3_answer.1),
            (FactKind::TlsEndpoints, tls_endpoints.1),
            (FactKind::VersionDocuments, version_documents.1),
            (FactKind::ComputeZones, compute_zones.1),
            (FactKind::StorageZones, storage_zones.1),
            (FactKind::NetworkZones, network_zones.1),
            (FactKind::LoadBalancerZones, load_balancer_zones.1),
            (FactKind::ProviderNetworks, provider_networks.1),
            (FactKind::SubnetPools, subnet_pools.1),
            (FactKind::NetworkQuotas, network_quotas.1),
        ]);
        let tried = [
            (FactKind::EntropyPool, found.entropy_pool.1),
            (FactKind::RandomBlocks, found.random_blocks.1),
            (FactKind::CpuInstructions, found.cpu_instructions.1),
            (FactKind::FreshSecurityGroup, found.fresh_security_group.1),
            (FactKind::SecretTrial, found.secret_trial.1),
            (FactKind::SecretPayload, found.secret_payload.1),
            (FactKind::BackupTrial, found.backup_trial.1),
            (FactKind::ImageUpload, found.image_upload.1),
            (FactKind::S3RoundTrip, found.s3_round_trip.1),
            (FactKind::CrossAttach, found.cross_attach.1),
            (FactKind::TempestResults, found.tempest_results.1),
            (FactKind::DomainManagerTrial, found.domain_manager_trial.1),
        ];
        // Without permission, only that is recorded which is known without trying.
        let may_try = |kind| match &self.permission {
            Some(permission) => kind != FactKind::TempestResults || permission.terms.tempest.is_some(),
            None => false,
        };
        let is_recorded =
            |(kind, record): &(FactKind, CollectionRecord)| may_try(*kind) || record.state == CollectionState::Absent;
        records.extend(tried.into_iter().filter(is_recorded));
        let facts = CloudFacts {
            catalog: Slot::Known(catalog),
            flavors: flavors.0,
            images: images.0,
            volume_types: volume_types.0,
            default_security_group_rules: rules.0,
            s3_answer: s3_answer.0,
            tls_endpoints: tls_endpoints.0,
            version_documents: version_documents.0,
            compute_zones: compute_zones.0,
            storage_zones: storage_zones.0,
            network_zones: network_zones.0,
            load_balancer_zones: load_balancer_zones.0,
            provider_networks: provider_networks.0,
            subnet_pools: subnet_pools.0,
            network_quotas: network_quotas.0,
            entropy_pool: found.entropy_pool.0,
            random_blocks: found.random_blocks.0,
            cpu_instructions: found.cpu_instructions.0,
            fresh_security_group: found.fresh_security_group.0,
            secret_trial: found.secret_trial.0,
            secret_payload: found.secret_payload.0,
            backup_trial: found.backup_trial.0,
            image_upload: found.image_upload.0,
            s3_round_trip: found.s3_round_trip.0,
            cross_attach: found.cross_attach.0,
            tempest_results: found.tempest_results.0,
            domain_manager_trial: found.domain_manager_trial.0,
        };
        Collection { facts: facts.into(), records, changes: found.changes }
    }

    /// Observes the availability zones of each service.
    async fn zones(&self) -> Zones {
        tokio::join!(
            self.observe(zones::compute),
            self.observe(zones::storage),
            self.observe(zones::network),
            self.observe(zones::load_balancer),
        )
    }

    /// Observes what the provider offers of networks.
    async fn network_offers(&self) -> NetworkOffers {
        tokio::join!(
            self.observe(networks::provider_networks),
            self.observe(networks::subnet_pools),
            self.observe(networks::network_quotas),
        )
    }

    /// Makes the experiments that are needed and permitted.
    async fn experiments(&self, seen: Seen<'_>) -> Found {
        let Some(permission) = &self.permission else {
            return experiments::not_allowed(&seen, self.has_domain_managers);
        };
        let runner =
            ExperimentRunner::open(permission, &self.place, self.session.secrets(), self.stop, self.events).await;
        let domains = self.managers.as_ref();
        let domains = domains.map(|(managers, place)| DomainAccess { managers, place: place.as_ref(), permission });
        Experiments { session: Arc::clone(&self.session), runner, domains, needs: self.needs }.all(seen).await
    }

    /// Observes one fact if it is needed, or if something needed cannot be tried without it.
    async fn observe<T: Fact>(&self, observer: impl AsyncFnOnce(Reader) -> Observed<T>) -> CollectedFact<T> {
        let is_groundwork =
            |permission: &ChangePermission| groundwork(self.needs, permission.terms.tempest.is_some()).has(T::KIND);
        let is_needed = self.needs.has(T::KIND) || self.permission.as_ref().is_some_and(is_groundwork);
        let bounds = ObservationBounds { time_per_fact: self.time_per_fact, stop: self.stop, events: self.events };
        bounds.observe(is_needed, async |context| observer(Reader::new(Arc::clone(&self.session), context)).await).await
    }
}

/// The availability zones of compute, storage, networks and load balancers.
type Zones = (
    CollectedFact<ComputeZones>,
    CollectedFact<StorageZones>,
    CollectedFact<NetworkZones>,
    CollectedFact<LoadBalancerZones>,
);

/// The networks of the provider, the pools of addresses, and the quotas.
type NetworkOffers = (CollectedFact<ProviderNetworks>, CollectedFact<SubnetPools>, CollectedFact<NetworkQuotas>);

/// The service type of Barbican.
const KEY_MANAGER: &str = "key-manager";

/// The service types under which S3 can be found.
const OBJECT_STORES: [&str; 2] = ["object-store-s3", "object-store"];

async fn default_security_group_rules(reader: Reader) -> Observed<DefaultSecurityGroupRules> {
    match reader.default_security_group_rules(convert::default_rule).await {
        Ok(Some(kept)) => list(kept, |kept| convert::all(kept).map(DefaultSecurityGroupRules)),
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
        S3Reply::Error { status, code, message } => (status, Some(code), message),
        S3Reply::Buckets { status } => (status, None, "a list of buckets".to_owned()),
        S3Reply::NotS3 { status, excerpt } => (status, None, excerpt),
    };
    Ok((Slot::Known(S3Answer { url, status, error_code, excerpt }), None))
}

fn catalog(session: &Session) -> Catalog {
    let services = session.login().catalog.services.iter().map(|service| CatalogService {
        service_type: service.service_type.clone(),
        name: service.name.clone(),
        endpoints: service
            .endpoints
            .iter()
            .map(|endpoint| Endpoint {
                interface: endpoint.interface.clone(),
                region: endpoint.region().unwrap_or_default().to_owned(),
                url: shown_text(&endpoint.url),
            })
            .collect(),
    });
    let (interface, region) = (session.interface().as_str().to_owned(), session.region().map(str::to_owned));
    let other_interfaces = session.other_interfaces().iter().map(|interface| interface.as_str().to_owned()).collect();
    Catalog { services: services.collect(), interface, other_interfaces, region }
}
