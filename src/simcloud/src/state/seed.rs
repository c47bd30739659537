//! Resources that are there before the client comes: of its own project, or of another.

use super::{
    Backup, FloatingIp, Image, Keypair, Net, Port, Router, Secret, SecurityGroup, Server, Snapshot, State, Subnet,
    Visibility, Volume,
};
use crate::ids::uuid;
use chrono::Utc;
use std::fmt;

/// The kinds of things that users create.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    Server,
    Keypair,
    Volume,
    Snapshot,
    Backup,
    Image,
    Secret,
    Network,
    Subnet,
    Router,
    Port,
    SecurityGroup,
    FloatingIp,
    Bucket,
    Ec2Credential,
    User,
    Project,
    Group,
    Role,
}

impl Kind {
    /// Those that a member of a project creates.
    pub const ALL: [Self; 13] = [
        Self::Server,
        Self::Keypair,
        Self::Volume,
        Self::Snapshot,
        Self::Backup,
        Self::Image,
        Self::Secret,
        Self::Network,
        Self::Subnet,
        Self::Router,
        Self::Port,
        Self::SecurityGroup,
        Self::FloatingIp,
    ];

    /// Returns a word for logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Keypair => "keypair",
            Self::Volume => "volume",
            Self::Snapshot => "snapshot",
            Self::Backup => "backup",
            Self::Image => "image",
            Self::Secret => "secret",
            Self::Network => "network",
            Self::Subnet => "subnet",
            Self::Router => "router",
            Self::Port => "port",
            Self::SecurityGroup => "security group",
            Self::FloatingIp => "floating IP",
            Self::Bucket => "bucket",
            Self::Ec2Credential => "EC2 credential",
            Self::User => "user",
            Self::Project => "project",
            Self::Group => "group",
            Self::Role => "role",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl State {
    /// Returns the id of the project that [`crate::SimCloud::clouds_yaml`] speaks for.
    #[must_use]
    pub fn own_project(&self) -> String {
        let assignment = self.identity.users.first().and_then(|user| user.assignments.first());
        assignment.map(|assignment| assignment.project.clone()).unwrap_or_default()
    }

    /// Returns the id of a project that the user is not in.
    #[must_use]
    pub fn other_project(&self) -> String {
        let own = self.own_project();
        let other = self.identity.projects.iter().find(|project| project.id != own);
        other.map(|project| project.id.clone()).unwrap_or_default()
    }

    /// Puts a finished resource into a project; gives its id. What it cannot be without (the network of a subnet, the
    /// volume of a snapshot) is the newest of the project, or else is made under the same name.
    ///
    /// A floating IP has no name: its description gets it. A keypair has no project: it gets the first user's.
    pub fn seed(&mut self, kind: Kind, name: &str, project: &str) -> String {
        let id = uuid(&format!("{} {name} {project}", kind.as_str()));
        let (name, project) = (name.to_owned(), project.to_owned());
        match kind {
            Kind::Server | Kind::Keypair | Kind::Image | Kind::Secret => self.seed_alone(kind, &id, name, project),
            Kind::Volume | Kind::Snapshot | Kind::Backup => self.seed_storage(kind, &id, name, project),
            _ => self.seed_network(kind, &id, name, project),
        }
        if kind == Kind::Keypair { self.resources.keypairs.last().map_or(id, |pair| pair.name.clone()) } else { id }
    }

    /// Puts one resource of every kind into a project, all under this name.
    pub fn seed_all(&mut self, name: &str, project: &str) {
        for kind in Kind::ALL {
            self.seed(kind, name, project);
        }
    }

    fn first_user(&self) -> String {
        self.identity.users.first().map(|user| user.id.clone()).unwrap_or_default()
    }

    fn seed_alone(&mut self, kind: Kind, id: &str, name: String, project: String) {
        let (id, user) = (id.to_owned(), self.first_user());
        match kind {
            Kind::Server => {
                let flavor = self.flavors.first().map(|flavor| flavor.id.clone()).unwrap_or_default();
                self.resources.servers.push(Server { id, name, project, user, flavor, ..Server::default() });
            }
            Kind::Keypair => {
                let public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG5vYm9keQ== nobody".to_owned();
                self.resources.keypairs.push(Keypair { name, user, public_key });
            }
            Kind::Image => {
                let visibility = Visibility::Private;
                self.images.push(Image { id, name: Some(name), visibility, ..Image::bare(Utc::now(), &project) });
            }
            _ => {
                let payload = Some("simulated".to_owned());
                let secret = Secret { id, name: Some(name), project, user, payload, ..Secret::default() };
                self.resources.secrets.push(secret);
            }
        }
    }

    fn seed_storage(&mut self, kind: Kind, id: &str, name: String, project: String) {
        let (id, user) = (id.to_owned(), self.first_user());
        if kind == Kind::Volume {
            let volume = Volume { id, name: Some(name), project, user, ..Volume::default() };
            return self.resources.volumes.push(volume);
        }
        let known = self.resources.volumes.iter().rev().find(|volume| volume.project == project);
        let known = known.map(|volume| volume.id.clone());
        let volume = known.unwrap_or_else(|| self.seed(Kind::Volume, &name, &project));
        let name = Some(name);
        if kind == Kind::Snapshot {
            self.resources.snapshots.push(Snapshot { id, name, project, volume, ..Snapshot::default() });
        } else {
            self.resources.backups.push(Backup { id, name, project, volume, ..Backup::default() });
        }
    }

    fn seed_network(&mut self, kind: Kind, id: &str, name: String, project: String) {
        let (id, project_id) = (id.to_owned(), project);
        match kind {
            Kind::Network => self.resources.networks.push(Net { id, name, project_id, ..Net::default() }),
            Kind::Router => self.resources.routers.push(Router { id, name, project_id, ..Router::default() }),
            Kind::SecurityGroup => {
                self.resources.security_groups.push(SecurityGroup { id, name, project_id, ..SecurityGroup::default() });
            }
            Kind::FloatingIp => {
                let outside = self.resources.networks.iter().find(|network| network.external);
                let floating_network_id = outside.map(|network| network.id.clone()).unwrap_or_default();
                let floating =
                    FloatingIp { id, description: name, project_id, floating_network_id, ..FloatingIp::default() };
                self.resources.floating_ips.push(floating);
            }
            _ => {
                let known = self.resources.networks.iter().rev().find(|network| network.project_id == project_id);
                let known = known.map(|network| network.id.clone());
                let network_id = known.unwrap_or_else(|| self.seed(Kind::Network, &name, &project_id));
                if kind == Kind::Subnet {
                    let subnet = Subnet { id, name, project_id, network_id, enable_dhcp: false, ..Subnet::default() };
                    self.resources.subnets.push(subnet);
                } else {
                    self.resources.ports.push(Port { id, name, project_id, network_id, ..Port::default() });
                }
            }
        }
    }
}
