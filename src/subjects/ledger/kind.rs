//! The kinds of resources that a run can leave in a cloud or a cluster.

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
    /// A bucket of S3. Its name is its id.
    Bucket,
    /// Credentials for S3, which Keystone keeps. Their name is the access key.
    Ec2Credential,
    /// A user of a domain. Its id, as that of projects and groups, is `DOMAIN/ID`.
    User,
    /// A group of a domain.
    Group,
    /// A project of a domain.
    Project,
    /// A role.
    Role,
    /// Everything that Tempest makes while it runs.
    TempestResources,
    /// A pod of a cluster. Its id, as that of everything in a namespace, is `NAMESPACE/NAME`.
    Pod,
    /// A claim of a pod for a volume.
    Claim,
    /// A policy for the traffic of pods.
    NetworkPolicy,
    /// A namespace, with everything in it.
    Namespace,
    /// A volume that was made for a claim; whoever made it removes it once its claim is gone.
    PersistentVolume,
    /// The namespaces that end-to-end tests made in a run of ours; its id is `NAMESPACE/tests`, after that
    /// which they were run in.
    TestNamespaces,
    /// The rights in the whole cluster of a tool that runs tests.
    ClusterRoleBinding,
    /// Those rights.
    ClusterRole,
}

impl Kind {
    /// Returns true if every cluster has its API; where it is missing, that is no proof that nothing is there.
    pub(super) fn is_everywhere(self) -> bool {
        matches!(self, Self::Namespace | Self::PersistentVolume)
    }
}
