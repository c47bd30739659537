//! Neutron: what new security groups let through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

/// The direction of traffic, seen from the server.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Direction {
    /// Towards the server.
    Ingress,
    /// From the server.
    Egress,
}

/// The family of addresses.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, Hash, JsonSchema, PartialEq, Serialize)]
pub enum EtherType {
    /// IPv4.
    IPv4,
    /// IPv6.
    IPv6,
}

/// The template from which the rules of new security groups are made (OpenStack 2023.2).
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct DefaultSecurityGroupRules(pub Vec<DefaultRule>);

/// A rule of the template.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultRule {
    /// The traffic that it allows.
    pub rule: GroupRule,
    /// Given to the group `default` of new projects.
    pub used_in_default_sg: bool,
    /// Given to every other new group.
    pub used_in_non_default_sg: bool,
}

/// The rules of a security group that was created to see them.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct FreshSecurityGroup(pub Vec<GroupRule>);

/// The traffic that a rule allows.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRule {
    /// Its identifier.
    pub id: String,
    /// The direction.
    pub direction: Direction,
    /// The address family.
    pub ethertype: EtherType,
    /// Only this protocol.
    pub protocol: Option<String>,
    /// Only from this port on.
    pub port_range_min: Option<i64>,
    /// Only up to this port.
    pub port_range_max: Option<i64>,
    /// Only members of this group; `PARENT` in a template is the group itself.
    pub remote_group_id: Option<String>,
    /// Only members of this address group.
    pub remote_address_group_id: Option<String>,
    /// Only these addresses.
    pub remote_ip_prefix: Option<String>,
}

#[cfg(test)]
impl GroupRule {
    /// Creates a rule without limits: all protocols, all ports, all addresses.
    pub(crate) fn unlimited(id: &str, direction: Direction, ethertype: EtherType) -> Self {
        Self {
            id: id.to_owned(),
            direction,
            ethertype,
            protocol: None,
            port_range_min: None,
            port_range_max: None,
            remote_group_id: None,
            remote_address_group_id: None,
            remote_ip_prefix: None,
        }
    }
}
