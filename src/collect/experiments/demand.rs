//! What experiments take of a project's quotas. Each experiment says beside its code what it takes.

use std::collections::BTreeMap;

use super::choice::Choice;
use super::{backup, security_group, test_server};

/// Something that a project may have only so much of.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Quota {
    /// Nova's servers.
    Servers,
    /// Their virtual CPUs.
    Cores,
    /// Their memory in MiB.
    Memory,
    /// Cinder's volumes.
    Volumes,
    /// Volumes and snapshots together, in GiB.
    Gigabytes,
    /// Backups.
    Backups,
    /// Backups together, in GiB.
    BackupGigabytes,
    /// Neutron's networks.
    Networks,
    /// Subnets.
    Subnets,
    /// Ports, also those that Neutron makes.
    Ports,
    /// Routers.
    Routers,
    /// Security groups.
    SecurityGroups,
    /// Their rules.
    SecurityGroupRules,
}

impl Quota {
    /// What is counted, and in which unit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Servers => "servers",
            Self::Cores => "cores",
            Self::Memory => "memory in MiB",
            Self::Volumes => "volumes",
            Self::Gigabytes => "volumes in GiB",
            Self::Backups => "backups",
            Self::BackupGigabytes => "backups in GiB",
            Self::Networks => "networks",
            Self::Subnets => "subnets",
            Self::Ports => "ports",
            Self::Routers => "routers",
            Self::SecurityGroups => "security groups",
            Self::SecurityGroupRules => "security group rules",
        }
    }
}

/// How much is taken of which quotas.
pub type Demand = BTreeMap<Quota, u64>;

/// What all experiments take together, as they may go on at the same time; those of the test server only if there is an
/// image and a flavor for it. `routed` if its network is to be routed to an external one.
pub fn demand(choice: Option<&Choice>, routed: bool) -> Demand {
    let mut all = Demand::new();
    let server = choice.map(|choice| test_server::demand(choice, routed)).unwrap_or_default();
    for (quota, amount) in server.into_iter().chain(backup::demand()).chain(security_group::demand()) {
        let sum = all.entry(quota).or_default();
        *sum = sum.saturating_add(amount);
    }
    all
}
