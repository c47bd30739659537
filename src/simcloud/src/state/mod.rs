//! State of the simulated cloud: its users, offers, and the settings of its services.
//!
//! One plain structure, so that a test says what deviates (`state.images[0].properties.shift_remove("os_distro")`) and
//! a scenario file says the same in YAML. Nothing in here knows what is conformant, but for [`State::conformant`].

mod conformant;
mod courses;
mod identity;
mod large;
mod networking;
mod project;
mod quotas;
mod resources;
mod seed;
mod settings;
mod yaml;
mod zones;

pub use conformant::STANDARD_FLAVORS;
pub(crate) use courses::take as take_course;
pub use courses::{Course, End, Task};
pub use identity::{
    ApplicationCredential, Assignment, Deviation, Domain, DomainObject, Grant, Identity, Project, User,
};
pub use networking::{FixedIp, FloatingIp, Gateway, GroupRule, Net, Port, Router, SecurityGroup, Subnet, SubnetPool};
pub use project::{
    AttachedVolume, Backup, Bucket, Ec2Credential, Keypair, Resources, Secret, Server, Snapshot, Volume, WantedVolume,
};
pub use quotas::Quotas;
pub(crate) use quotas::fits;
pub use resources::{DefaultRule, Flavor, Image, ImageMember, Visibility, VolumeType};
pub use seed::Kind;
pub use settings::{
    BackupService, Barbican, CatalogEntry, Cinder, Console, Endpoint, Glance, Interface, Mount, Neutron, Nova, S3,
    S3Mode, Version,
};
pub use yaml::SCENARIOS;
pub use zones::Zones;

use crate::fault::Fault;
use crate::network::Network;
use crate::service::Service;
use serde::{Deserialize, Serialize};

/// A whole cloud.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The behavior of the wire.
    pub network: Network,
    /// Users, projects, credentials, tokens.
    pub identity: Identity,
    /// Under which path prefix of the listener each service answers. The longest prefix that fits wins.
    pub mounts: Vec<Mount>,
    /// The service catalog. It is data of its own: an entry may name a service that is not there, and the reverse.
    pub catalog: Vec<CatalogEntry>,
    /// The settings of the image service.
    pub glance: Glance,
    /// The settings of the compute service.
    pub nova: Nova,
    /// The settings of the block storage service.
    pub cinder: Cinder,
    /// The settings of the network service.
    pub neutron: Neutron,
    /// The settings of the key manager.
    pub barbican: Barbican,
    /// The service that answers S3 requests.
    pub s3: S3,
    /// The availability zones.
    pub zones: Zones,
    /// The quotas of a project.
    pub quotas: Quotas,
    /// The number of observations that show a state of a resource before the next one.
    pub steps: u32,
    /// Tasks that take another course than the usual one.
    pub courses: Vec<Course>,
    /// The console output of servers: lines of the test script as with the nonce `none`, and anything else as it is.
    pub console: String,
    /// The images, also those nobody may see.
    pub images: Vec<Image>,
    /// The flavors.
    pub flavors: Vec<Flavor>,
    /// The volume types.
    pub volume_types: Vec<VolumeType>,
    /// The template of rules for new security groups.
    pub default_rules: Vec<DefaultRule>,
    /// The pools of addresses for subnets.
    pub subnet_pools: Vec<SubnetPool>,
    /// The resources of projects.
    pub resources: Resources,
    /// Faults that are planted from the start.
    pub faults: Vec<Fault>,
}

impl State {
    /// Returns the image with this name, to change it.
    pub fn image_mut(&mut self, name: &str) -> Option<&mut Image> {
        self.images.iter_mut().find(|image| image.name.as_deref() == Some(name))
    }

    /// Returns the flavor with this name, to change it.
    pub fn flavor_mut(&mut self, name: &str) -> Option<&mut Flavor> {
        self.flavors.iter_mut().find(|flavor| flavor.name == name)
    }

    /// Returns the volume type with this name, to change it.
    pub fn volume_type_mut(&mut self, name: &str) -> Option<&mut VolumeType> {
        self.volume_types.iter_mut().find(|kind| kind.name == name)
    }

    /// Returns the catalog entry of this service type, to change it.
    pub fn catalog_mut(&mut self, service_type: &str) -> Option<&mut CatalogEntry> {
        self.catalog.iter_mut().find(|entry| entry.service_type == service_type)
    }

    /// Takes a flavor away; tells whether it was there.
    pub fn remove_flavor(&mut self, name: &str) -> bool {
        let before = self.flavors.len();
        self.flavors.retain(|flavor| flavor.name != name);
        self.flavors.len() < before
    }

    /// Takes an image away; tells whether it was there.
    pub fn remove_image(&mut self, name: &str) -> bool {
        let before = self.images.len();
        self.images.retain(|image| image.name.as_deref() != Some(name));
        self.images.len() < before
    }

    /// Takes a service out of the catalog (it still answers); tells whether it was there.
    pub fn remove_service(&mut self, service_type: &str) -> bool {
        let before = self.catalog.len();
        self.catalog.retain(|entry| entry.service_type != service_type);
        self.catalog.len() < before
    }

    /// Offers every service of the catalog in one more region, at the same addresses.
    pub fn add_region(&mut self, region: &str) {
        for entry in &mut self.catalog {
            let mut more: Vec<Endpoint> = Vec::new();
            for endpoint in &entry.endpoints {
                let copy = Endpoint { region: region.to_owned(), ..endpoint.clone() };
                if !entry.endpoints.contains(&copy) && !more.contains(&copy) {
                    more.push(copy);
                }
            }
            entry.endpoints.extend(more);
        }
    }

    /// Returns the path prefix under which a service answers.
    #[must_use]
    pub fn prefix(&self, service: Service) -> Option<&str> {
        self.mounts.iter().find(|mount| mount.service == service).map(|mount| mount.prefix.as_str())
    }
}
