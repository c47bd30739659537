//! Resources that users create: servers, volumes, backups, snapshots, secrets, keypairs. Images are in [`State::images`]; what
//! Neutron keeps is beside this file.
//!
//! [`State::images`]: crate::State::images

use super::networking::{FloatingIp, Net, Port, Router, SecurityGroup, Subnet};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that belongs to projects, newest last.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// Nova's servers.
    pub servers: Vec<Server>,
    /// Nova's keypairs.
    pub keypairs: Vec<Keypair>,
    /// Cinder's volumes.
    pub volumes: Vec<Volume>,
    /// Cinder's snapshots.
    pub snapshots: Vec<Snapshot>,
    /// Cinder's backups.
    pub backups: Vec<Backup>,
    /// Barbican's secrets.
    pub secrets: Vec<Secret>,
    /// Keystone's credentials for S3.
    pub credentials: Vec<Ec2Credential>,
    /// The buckets of S3.
    pub buckets: Vec<Bucket>,
    /// Neutron's networks.
    pub networks: Vec<Net>,
    /// Neutron's subnets.
    pub subnets: Vec<Subnet>,
    /// Neutron's routers.
    pub routers: Vec<Router>,
    /// Neutron's ports.
    pub ports: Vec<Port>,
    /// Neutron's security groups with their rules.
    pub security_groups: Vec<SecurityGroup>,
    /// Neutron's floating IPs.
    pub floating_ips: Vec<FloatingIp>,
}

/// A server.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of its project.
    pub project: String,
    /// Id of the user who created it.
    pub user: String,
    /// Text for people, from microversion 2.19.
    pub description: Option<String>,
    /// Id of its flavor.
    pub flavor: String,
    /// `BUILD`, `ACTIVE`, `ERROR`.
    pub status: String,
    /// `scheduling`, `deleting`, or nothing.
    pub task_state: Option<String>,
    /// The reason of its error.
    pub fault: Option<String>,
    /// Id of its image, if it was not started from a volume.
    pub image: Option<String>,
    /// Its volumes.
    pub volumes: Vec<AttachedVolume>,
    /// The volumes that Nova makes from images once the server is built.
    pub wanted_volumes: Vec<WantedVolume>,
    /// Ids of the ports that were given to it.
    pub ports: Vec<String>,
    /// Ids of the ports that Nova made for it; they go when it goes.
    pub own_ports: Vec<String>,
    /// Its metadata.
    pub metadata: IndexMap<String, String>,
    /// True if it has a config drive.
    pub config_drive: bool,
    /// User data in Base64, as they came.
    pub user_data: Option<String>,
    /// Name of its keypair.
    pub key_name: Option<String>,
    /// Its availability zone; none for the one that Nova chooses by itself.
    pub zone: Option<String>,
    /// Names of its security groups.
    pub security_groups: Vec<String>,
    /// The number of times its console was read since it was active.
    pub console_reads: u32,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
    /// The time at which it became active.
    pub launched_at: Option<DateTime<Utc>>,
}

/// A volume of a server.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AttachedVolume {
    /// Id of the volume.
    pub volume: String,
    /// True if it is deleted with the server.
    pub delete_on_termination: bool,
}

/// A volume that Nova shall make from an image.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WantedVolume {
    /// Id of the image.
    pub image: String,
    /// Size in GiB.
    pub size: u64,
    /// True if it is deleted with the server.
    pub delete_on_termination: bool,
}

/// A keypair.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keypair {
    /// Its name, which is also its id.
    pub name: String,
    /// Id of the user it belongs to: keypairs know no projects.
    pub user: String,
    /// The public key.
    pub public_key: String,
}

/// A volume.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Volume {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Text for people.
    pub description: Option<String>,
    /// Id of its project.
    pub project: String,
    /// Id of the user who created it.
    pub user: String,
    /// Size in GiB.
    pub size: u64,
    /// `creating`, `downloading`, `available`, `reserved`, `in-use`, `backing-up`, `restoring-backup`, `deleting`,
    /// `error` and so on.
    pub status: String,
    /// The status to which it returns after a backup.
    pub previous_status: Option<String>,
    /// Name of its type.
    pub volume_type: String,
    /// Id of the image it was made from.
    pub image: Option<String>,
    /// Its metadata.
    pub metadata: IndexMap<String, String>,
    /// Its availability zone; none for the one that Cinder chooses by itself.
    pub zone: Option<String>,
    /// Id of the server that has it.
    pub server: Option<String>,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

/// A snapshot of a volume.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Snapshot {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Text for people.
    pub description: Option<String>,
    /// Id of its project.
    pub project: String,
    /// Id of the volume.
    pub volume: String,
    /// Size of the volume in GiB.
    pub size: u64,
    /// `available`, `deleting` and so on.
    pub status: String,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

/// A backup of a volume.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Text for people.
    pub description: Option<String>,
    /// Id of its project.
    pub project: String,
    /// Id of the volume.
    pub volume: String,
    /// Size of the volume in GiB.
    pub size: u64,
    /// `creating`, `available`, `restoring`, `deleting`, `error` and so on.
    pub status: String,
    /// The reason of its error.
    pub fail_reason: Option<String>,
    /// Id of the image that the volume was made from.
    pub image: Option<String>,
    /// The container in which it is kept.
    pub container: Option<String>,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

/// A secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secret {
    /// Its id, the last piece of its reference.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Id of its project.
    pub project: String,
    /// Id of the user who created it.
    pub user: String,
    /// `opaque`, mostly.
    pub secret_type: String,
    /// The payload; a secret may have none.
    pub payload: Option<String>,
    /// Media type of the payload.
    pub content_type: String,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

/// Credentials for S3.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ec2Credential {
    /// Its id.
    pub id: String,
    /// The access key.
    pub access: String,
    /// The secret key.
    pub secret: String,
    /// Id of the user it belongs to.
    pub user: String,
    /// Id of the project for which it stands.
    pub project: String,
}

/// A bucket of S3.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Id of its project.
    pub project: String,
    /// The objects by their keys.
    pub objects: BTreeMap<String, Vec<u8>>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            project: String::new(),
            user: String::new(),
            description: None,
            flavor: String::new(),
            status: "ACTIVE".to_owned(),
            task_state: None,
            fault: None,
            image: None,
            volumes: Vec::new(),
            wanted_volumes: Vec::new(),
            ports: Vec::new(),
            own_ports: Vec::new(),
            metadata: IndexMap::new(),
            config_drive: false,
            user_data: None,
            key_name: None,
            zone: None,
            security_groups: Vec::new(),
            console_reads: 0,
            created_at: Utc::now(),
            launched_at: None,
        }
    }
}

impl Default for Volume {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: None,
            description: None,
            project: String::new(),
            user: String::new(),
            size: 1,
            status: "available".to_owned(),
            previous_status: None,
            volume_type: "__DEFAULT__".to_owned(),
            image: None,
            metadata: IndexMap::new(),
            zone: None,
            server: None,
            created_at: Utc::now(),
        }
    }
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: None,
            description: None,
            project: String::new(),
            volume: String::new(),
            size: 1,
            status: "available".to_owned(),
            created_at: Utc::now(),
        }
    }
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: None,
            description: None,
            project: String::new(),
            volume: String::new(),
            size: 1,
            status: "available".to_owned(),
            fail_reason: None,
            image: None,
            container: Some("volumebackups".to_owned()),
            created_at: Utc::now(),
        }
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: None,
            project: String::new(),
            user: String::new(),
            secret_type: "opaque".to_owned(),
            payload: None,
            content_type: "text/plain".to_owned(),
            created_at: Utc::now(),
        }
    }
}
