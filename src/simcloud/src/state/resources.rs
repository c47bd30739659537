//! Offers of the cloud: images, flavors, volume types, default rules.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The visibility of an image.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody, and it is in everybody's list.
    Public,
    /// Everybody, but it is listed only on request, or for its owner.
    Community,
    /// Its owner and the projects it is shared with.
    Shared,
    /// Its owner.
    Private,
}

/// A project an image is shared with.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImageMember {
    /// Id of the project.
    pub project: String,
    /// `pending`, `accepted` or `rejected`.
    pub status: String,
}

/// An image.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// `active`, unless it is not.
    pub status: String,
    /// Its visibility.
    pub visibility: Visibility,
    /// Left out of lists unless they ask for hidden ones.
    pub os_hidden: bool,
    /// Guarded against deletion.
    pub protected: bool,
    /// Id of the project that owns it.
    pub owner: String,
    /// The projects it is shared with.
    pub members: Vec<ImageMember>,
    /// Smallest disk in GiB.
    pub min_disk: u64,
    /// Smallest memory in MiB.
    pub min_ram: u64,
    /// Size of the data in bytes.
    pub size: Option<u64>,
    /// Size of the disk inside in bytes.
    pub virtual_size: Option<u64>,
    /// MD5 of the data.
    pub checksum: Option<String>,
    /// Name of the hash function.
    pub os_hash_algo: Option<String>,
    /// Its value over the data.
    pub os_hash_value: Option<String>,
    /// `qcow2`, `raw` and so on.
    pub disk_format: Option<String>,
    /// `bare`, mostly.
    pub container_format: Option<String>,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
    /// The time of its last change.
    pub updated_at: DateTime<Utc>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The stores that hold the data, on clouds with several of them.
    pub stores: Option<String>,
    /// Custom properties: flat top-level keys on the wire, always strings.
    pub properties: IndexMap<String, String>,
}

/// A flavor.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Flavor {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Text for people, from microversion 2.55.
    #[serde(default)]
    pub description: Option<String>,
    /// Number of virtual CPUs.
    pub vcpus: u64,
    /// Memory in MiB.
    pub ram: u64,
    /// Root disk in GiB.
    pub disk: u64,
    /// Ephemeral disk in GiB.
    #[serde(default)]
    pub ephemeral: u64,
    /// Swap in MiB.
    #[serde(default)]
    pub swap: u64,
    /// May everybody use it?
    #[serde(default = "yes")]
    pub is_public: bool,
    /// Ids of the projects that may use it although it is not public.
    #[serde(default)]
    pub access: Vec<String>,
    /// Disabled flavors are not shown to users.
    #[serde(default)]
    pub disabled: bool,
    /// Its extra specs.
    #[serde(default)]
    pub extra_specs: IndexMap<String, String>,
}

/// A volume type.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeType {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Text for people; the aspects stand here.
    pub description: Option<String>,
    /// May everybody use it?
    #[serde(default = "yes")]
    pub is_public: bool,
    /// Ids of the projects that may use it although it is not public.
    #[serde(default)]
    pub access: Vec<String>,
    /// Its extra specs. Cinder shows only a few of them to users.
    #[serde(default)]
    pub extra_specs: IndexMap<String, String>,
    /// True if its volumes are encrypted. Cinder shows that of the volumes, but not of the type.
    #[serde(default)]
    pub encrypted: bool,
}

/// A rule that new security groups start with, exactly as on the wire.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultRule {
    /// Its id.
    pub id: String,
    /// `IPv4` or `IPv6`.
    pub ethertype: String,
    /// `ingress` or `egress`.
    pub direction: String,
    /// Name or number of the protocol; absent for all.
    pub protocol: Option<String>,
    /// First port.
    pub port_range_min: Option<u32>,
    /// Last port.
    pub port_range_max: Option<u32>,
    /// Addresses of the other side.
    pub remote_ip_prefix: Option<String>,
    /// Address group of the other side.
    pub remote_address_group_id: Option<String>,
    /// Security group of the other side; `PARENT` is the group itself.
    pub remote_group_id: Option<String>,
    /// Text for people.
    pub description: Option<String>,
    /// Is it in the `default` group of a new project?
    pub used_in_default_sg: bool,
    /// Is it in every other new group?
    pub used_in_non_default_sg: bool,
}

fn yes() -> bool {
    true
}
