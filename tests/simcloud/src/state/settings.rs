//! How the services are set up and where they are.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the wire behaves.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Every answer waits this long.
    pub latency_ms: u64,
    /// Whether a connection serves more than one request. Services behind a plain uWSGI close each time.
    pub keep_alive: bool,
}

/// The services that answer here.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Keystone.
    Identity,
    /// Glance.
    Image,
    /// Nova.
    Compute,
    /// Cinder.
    BlockStorage,
    /// Neutron.
    Network,
    /// Swift's own API.
    ObjectStore,
    /// Whatever answers S3.
    S3,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Identity, Self::Image, Self::Compute, Self::BlockStorage, Self::Network, Self::ObjectStore, Self::S3];
}

/// A service and the path prefix under which it answers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// For instance `/compute`; empty for the root of the host.
    pub prefix: String,
    /// What answers there.
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
    /// The word on the wire.
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
    /// Where it is.
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

/// How the image service is set up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Glance {
    /// Images per page if the client does not say (`limit_param_default`).
    pub default_page: usize,
    /// Most images per page (`api_limit_max`).
    pub max_page: usize,
}

/// How the compute service is set up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Nova {
    /// The highest microversion. Below 2.27 the header `OpenStack-API-Version` is not known, only the older one.
    pub max_microversion: Version,
    /// Whether it knows microversions at all; before Liberty it did not.
    pub knows_microversions: bool,
    /// Most flavors per page (`osapi_max_limit`).
    pub max_page: usize,
    /// Whether the policy lets users see extra specs. If not, they are silently left out.
    pub shows_extra_specs: bool,
}

/// How the block storage service is set up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cinder {
    /// The highest microversion.
    pub max_microversion: Version,
    /// Most volume types per page (`osapi_max_limit`).
    pub max_page: usize,
}

/// How the network service is set up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Neutron {
    /// Whether it has the API for default rules (2023.2 and later).
    pub default_rules_extension: bool,
    /// Most rules per page (`pagination_max_limit`); none as delivered.
    pub max_page: Option<usize>,
}

/// What answers S3 requests.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Which software.
    pub mode: S3Mode,
    /// The region that Swift insists on in signatures. Ceph does not care.
    pub region: String,
}

/// Which software answers S3 requests.
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

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once('.').and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
        parts.map(|(major, minor)| Self(major, minor)).ok_or(format!("not a microversion: {text:?}"))
    }
}

/// Digits only: `parse` alone would also take a sign.
fn number(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
