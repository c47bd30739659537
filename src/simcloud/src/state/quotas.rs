//! Quotas of a project. The numbers are those that the services come with.

use serde::{Deserialize, Serialize};

/// The limits of every project; -1 is none, as on the wire.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    /// Servers.
    pub instances: i64,
    /// Virtual CPUs.
    pub cores: i64,
    /// Memory in MiB.
    pub ram: i64,
    /// Volumes.
    pub volumes: i64,
    /// Volumes and snapshots together, in GiB.
    pub gigabytes: i64,
    /// Snapshots.
    pub snapshots: i64,
    /// Backups.
    pub backups: i64,
    /// Backups together, in GiB.
    pub backup_gigabytes: i64,
    /// Networks.
    pub networks: i64,
    /// Subnets.
    pub subnets: i64,
    /// Ports, also those of routers and DHCP.
    pub ports: i64,
    /// Routers.
    pub routers: i64,
    /// Security groups, with the default one.
    pub security_groups: i64,
    /// Their rules.
    pub security_group_rules: i64,
    /// Floating IPs.
    pub floating_ips: i64,
    /// Bytes of an image; none as delivered.
    pub image_bytes: Option<u64>,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            instances: 10,
            cores: 20,
            ram: 51_200,
            volumes: 10,
            gigabytes: 1000,
            snapshots: 10,
            backups: 10,
            backup_gigabytes: 1000,
            networks: 100,
            subnets: 100,
            ports: 500,
            routers: 10,
            security_groups: 10,
            security_group_rules: 100,
            floating_ips: 50,
            image_bytes: None,
        }
    }
}

/// Tells whether a project that has `used` may have so many more.
pub(crate) fn fits(limit: i64, used: u64, more: u64) -> bool {
    limit < 0 || used.saturating_add(more) <= limit.unsigned_abs()
}
