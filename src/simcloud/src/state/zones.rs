//! Availability zones.

use serde::{Deserialize, Serialize};

/// The availability zones of each service, the one first that it chooses by itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Zones {
    /// Nova's.
    pub compute: Vec<String>,
    /// Cinder's.
    pub storage: Vec<String>,
    /// Neutron's, of networks and of routers.
    pub network: Vec<String>,
    /// Octavia's.
    pub load_balancers: Vec<String>,
    /// True if servers may get volumes of other zones (`cross_az_attach`).
    pub cross_attach: bool,
}

impl Default for Zones {
    fn default() -> Self {
        Self { compute: nova(), storage: nova(), network: nova(), load_balancers: Vec::new(), cross_attach: true }
    }
}

/// Returns the zone that OpenStack begins with.
fn nova() -> Vec<String> {
    vec!["nova".to_owned()]
}
