//! The quotas of a project, and amounts of them.

use std::collections::BTreeMap;

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
    /// Returns what is counted, and in which unit.
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

/// The amounts that are taken of quotas.
pub type Demand = BTreeMap<Quota, u64>;
