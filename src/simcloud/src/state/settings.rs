//! Settings of the services, and their endpoints.

use super::DefaultRule;
use crate::service::Service;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A service and the path prefix under which it answers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// For instance `/compute`; empty for the root of the host.
    pub prefix: String,
    /// The service that answers there.
    pub service: Service,
}

/// To whom an endpoint is offered.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Interface {
    /// Everybody.
    Public,
    /// Neighbours.
    Internal,
    /// Operators.
    Admin,
}

impl Interface {
    /// Returns the word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Admin => "admin",
        }
    }
}

/// A service of the catalog.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogEntry {
    /// Its type, for instance `block-storage` or an alias like `volumev3`.
    #[serde(rename = "type")]
    pub service_type: String,
    /// Its name, for instance `cinder`.
    pub name: String,
    /// Its address.
    pub endpoints: Vec<Endpoint>,
}

/// An address of a service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// To whom it is offered.
    pub interface: Interface,
    /// Its region.
    pub region: String,
    /// The URL. `{base}` stands for scheme, host and port of the simulated cloud, `{project_id}` for the project.
    pub url: String,
}

/// The settings of the image service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Glance {
    /// Images per page if the client does not say (`limit_param_default`).
    pub default_page: usize,
    /// Most images per page (`api_limit_max`).
    pub max_page: usize,
    /// True if the policy forbids users to create images (`add_image`).
    pub forbids_create: bool,
    /// True if the policy forbids users to upload their data (`upload_image`).
    pub forbids_upload: bool,
}

/// The settings of the compute service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Nova {
    /// The highest microversion. Below 2.27 the header `OpenStack-API-Version` is not known, only the older one.
    pub max_microversion: Version,
    /// True if it knows microversions at all; before Liberty it did not.
    pub knows_microversions: bool,
    /// Most flavors per page (`osapi_max_limit`).
    pub max_page: usize,
    /// True if the policy lets users see extra specs. If not, they are silently left out.
    pub shows_extra_specs: bool,
    /// The behavior of server consoles.
    pub console: Console,
    /// The number of times that the console of an active server must be read until it shows all of its text: the first time
    /// it is empty, then it grows. Zero shows everything at once.
    pub console_steps: u32,
    /// True if deleted servers are kept for a while (`reclaim_instance_interval`).
    #[serde(default)]
    pub reclaims: bool,
}

/// The behavior of server consoles.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Console {
    /// They have: what the state says, as a server with its user data prints it.
    Works,
    /// They show what the state says as it stands there, like a cloud that gives the console of an earlier server.
    Replayed,
    /// The guest has none: 404.
    Absent,
    /// The hypervisor's driver does not know how: 501.
    Unsupported,
}

/// The settings of the block storage service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cinder {
    /// The highest microversion.
    pub max_microversion: Version,
    /// Most items per page (`osapi_max_limit`).
    pub max_page: usize,
    /// The backup service.
    pub backup_service: BackupService,
}

/// The backup service.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupService {
    /// cinder-backup.
    Runs,
    /// Nobody: since Victoria the scheduler finds that out, and the backup ends in `error`.
    Missing,
    /// Nobody, and the API finds it out: 503, as Cinder did before Victoria.
    Refused,
}

/// The settings of the network service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Neutron {
    /// True if it has the API for default rules (2023.2 and later).
    pub default_rules_extension: bool,
    /// Most items per page (`pagination_max_limit`); none as delivered.
    pub max_page: Option<usize>,
    /// The rules of new security groups where there is no such API.
    pub fixed_rules: Vec<DefaultRule>,
    /// True if a subnet with DHCP gets a port for it, of the same project.
    pub dhcp_ports: bool,
}

/// The settings of the key manager.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Barbican {
    /// Secrets per page if the client does not say (`default_limit_paging`).
    pub default_page: usize,
    /// Most secrets per page (`max_limit_paging`).
    pub max_page: usize,
    /// Longest payload in bytes (`max_allowed_secret_in_bytes`).
    pub max_payload: usize,
    /// True if the policy forbids users to create secrets.
    pub forbids_create: bool,
    /// True if the policy forbids users to list them.
    pub forbids_list: bool,
    /// True if the policy forbids users to read one, or its payload.
    pub forbids_read: bool,
    /// True if the policy forbids users to delete one.
    pub forbids_delete: bool,
}

/// The service that answers S3 requests.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// The software.
    pub mode: S3Mode,
    /// The region that Swift insists on in signatures. Ceph does not care.
    pub region: String,
    /// True if it takes credentials that Keystone keeps.
    pub takes_keystone: bool,
}

/// The software that answers S3 requests.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum S3Mode {
    /// Ceph's gateway: 403 `InvalidAccessKeyId` for an unknown key.
    Rgw,
    /// Swift with s3api: 403 `SignatureDoesNotMatch` for an unknown key.
    Swift,
    /// A web server that knows nothing of S3: 200 with a page.
    NotS3,
    /// A web server that knows nothing of S3: 404 with a page.
    NotS3NotFound,
    /// Nobody: the load balancer answers 503.
    Absent,
}

/// A microversion.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(pub u16, pub u16);

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.0, self.1)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

/// A text that is not a microversion.
#[derive(Debug, thiserror::Error)]
#[error("not a microversion: {0:?}")]
pub struct InvalidVersion(String);

impl TryFrom<String> for Version {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        let parts = text.split_once('.').and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
        parts.map(|(major, minor)| Self(major, minor)).ok_or_else(|| InvalidVersion(text.clone()))
    }
}

/// Parses a number that consists of digits only: `parse` alone would also take a sign.
fn number(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
