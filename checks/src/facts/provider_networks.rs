//! Neutron: what the provider offers of networks, pools of addresses and quotas.

use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The networks that the provider offers to the project: those with a way out, and those that are shared.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ProviderNetworks(pub Vec<ProviderNetwork>);

/// A network of the provider.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderNetwork {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// True if routers may have their gateway there (`router:external`).
    pub external: bool,
    /// True if it is the default external network; none if Neutron does not say.
    pub is_default: Option<bool>,
    /// True if projects may have ports in it.
    pub shared: bool,
    /// True if its ports are held to their addresses; none if Neutron does not say.
    pub port_security_enabled: Option<bool>,
}

impl ProviderNetwork {
    /// Returns the network as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Network, id: self.id.clone(), name: self.name.clone() }
    }
}

/// The pools from which the project may make subnets.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SubnetPools(pub Vec<SubnetPool>);

/// A pool of addresses.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SubnetPool {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// True if all projects may use it.
    pub shared: bool,
    /// True if subnets are made from it where none is named.
    pub is_default: bool,
    /// 4 or 6.
    pub ip_version: u8,
    /// The length of the prefix that a subnet gets by default.
    pub default_prefixlen: u8,
    /// The length of the largest subnet's prefix.
    pub min_prefixlen: u8,
    /// The length of the smallest subnet's prefix.
    pub max_prefixlen: u8,
    /// The quota of each project: addresses of IPv4, networks of 64 bits of IPv6; none if there is no limit.
    pub default_quota: Option<u64>,
}

impl SubnetPool {
    /// Returns the pool as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::SubnetPool, id: self.id.clone(), name: self.name.clone() }
    }
}

/// The quotas of the project in Neutron, where -1 is none.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkQuotas {
    /// Floating IP addresses.
    pub floating_ips: i64,
}
