//! Availability zones.

use super::{Server, Volume};
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

impl Zones {
    /// Returns the zone of a server.
    pub(crate) fn of_server(&self, server: &Server) -> String {
        server.zone.as_ref().or(self.compute.first()).cloned().unwrap_or_default()
    }

    /// Returns the zone of a volume.
    pub(crate) fn of_volume(&self, volume: &Volume) -> String {
        volume.zone.as_ref().or(self.storage.first()).cloned().unwrap_or_default()
    }

    /// Returns Nova's words where a server may not have a volume, as it is in another zone.
    pub(crate) fn refusal(&self, server: &Server, volume: &Volume) -> Option<String> {
        let (here, there) = (self.of_server(server), self.of_volume(volume));
        (here != there && !self.cross_attach).then(|| {
            format!(
                "Invalid volume: Instance {} and volume {} are not in the same availability_zone. Instance is in {here}. Volume is \
                 in {there}",
                server.id, volume.id
            )
        })
    }
}

/// Returns the zone that OpenStack begins with.
fn nova() -> Vec<String> {
    vec!["nova".to_owned()]
}
