//! What a run can leave in a cloud.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, VariantArray};

/// A kind of resource. The order is that in which leftovers are deleted: what uses others comes first.
#[derive(
    Clone, Copy, Debug, Deserialize, Display, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize, VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// A server.
    Server,
    /// A pair of keys for servers. Its name is its id.
    Keypair,
    /// A snapshot of a volume.
    Snapshot,
    /// A backup of a volume.
    Backup,
    /// A volume.
    Volume,
    /// A floating IP address.
    FloatingIp,
    /// A subnet's place at a router. It has no name of its own, its id is that of router and subnet: `ROUTER/SUBNET`.
    RouterInterface,
    /// A router.
    Router,
    /// A port of a network.
    Port,
    /// A subnet.
    Subnet,
    /// A network.
    Network,
    /// A security group.
    SecurityGroup,
    /// An image.
    Image,
    /// A secret.
    Secret,
}
