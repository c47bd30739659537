//! The services that can answer.

use serde::{Deserialize, Serialize};

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
    /// Barbican.
    KeyManager,
    /// Octavia.
    LoadBalancer,
    /// Placement.
    Placement,
    /// Swift's own API.
    ObjectStore,
    /// The service that answers S3, whatever it is.
    S3,
    /// The API server of a cluster: no service of a cloud.
    Kubernetes,
}

impl Service {
    /// All of a cloud.
    pub const ALL: [Self; 10] = [
        Self::Identity,
        Self::Image,
        Self::Compute,
        Self::BlockStorage,
        Self::Network,
        Self::KeyManager,
        Self::LoadBalancer,
        Self::Placement,
        Self::ObjectStore,
        Self::S3,
    ];
}
