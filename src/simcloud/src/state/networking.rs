//! Neutron's resources of projects: networks, subnets, routers, ports, security groups, floating IPs.
//!
//! The fields are called as on the wire; what follows from others (`tenant_id`, the subnets of a network) is added there.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A network.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Net {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of its project.
    pub project_id: String,
    /// Text for people.
    pub description: String,
    /// True if it is up (`admin_state_up`).
    pub admin_state_up: bool,
    /// `ACTIVE`, mostly.
    pub status: String,
    /// True if all projects may use it.
    pub shared: bool,
    /// True if routers may have their gateway here.
    #[serde(rename = "router:external")]
    pub external: bool,
    /// True if it is the default external network.
    pub is_default: bool,
    /// Largest packet.
    pub mtu: u32,
    /// True if its ports have security groups.
    pub port_security_enabled: bool,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

/// A pool of addresses for subnets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SubnetPool {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of its project.
    pub project_id: String,
    /// True if all projects may use it.
    pub shared: bool,
    /// True if it is the default of its family of addresses.
    pub is_default: bool,
    /// 4 or 6.
    pub ip_version: u8,
    /// Its addresses.
    pub prefixes: Vec<String>,
    /// The length of the prefix of a subnet for which none is named.
    pub default_prefixlen: u8,
    /// The length of the largest subnet's prefix.
    pub min_prefixlen: u8,
    /// The length of the smallest subnet's prefix.
    pub max_prefixlen: u8,
    /// The quota of each project.
    pub default_quota: Option<u64>,
}

/// A subnet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Subnet {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of its project.
    pub project_id: String,
    /// Text for people.
    pub description: String,
    /// Id of its network.
    pub network_id: String,
    /// 4 or 6.
    pub ip_version: u8,
    /// Its addresses.
    pub cidr: String,
    /// Address of the gateway.
    pub gateway_ip: Option<String>,
    /// True if it has DHCP.
    pub enable_dhcp: bool,
    /// Its name servers.
    pub dns_nameservers: Vec<String>,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

/// A router.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Router {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of its project.
    pub project_id: String,
    /// Text for people.
    pub description: String,
    /// True if it is up (`admin_state_up`).
    pub admin_state_up: bool,
    /// `ACTIVE`, mostly.
    pub status: String,
    /// Its gateway, if it has one. Its interfaces are ports.
    pub external_gateway_info: Option<Gateway>,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

/// The external gateway of a router.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gateway {
    /// Id of the external network.
    pub network_id: String,
    /// True if inner addresses are translated (SNAT).
    pub enable_snat: bool,
    /// Its addresses there.
    pub external_fixed_ips: Vec<FixedIp>,
}

/// An address in a subnet.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FixedIp {
    /// Id of the subnet.
    pub subnet_id: String,
    /// The address.
    pub ip_address: String,
}

/// A port.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Port {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of its project; empty for the gateways of routers.
    pub project_id: String,
    /// Text for people.
    pub description: String,
    /// Id of its network.
    pub network_id: String,
    /// True if it is up (`admin_state_up`).
    pub admin_state_up: bool,
    /// `DOWN` or `ACTIVE`.
    pub status: String,
    /// Id of what it is plugged into.
    pub device_id: String,
    /// The kind of owner: `compute:nova`, `network:router_interface`, `network:dhcp` and so on.
    pub device_owner: String,
    /// Its hardware address.
    pub mac_address: String,
    /// Its addresses.
    pub fixed_ips: Vec<FixedIp>,
    /// Ids of its security groups.
    pub security_groups: Vec<String>,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

/// A security group.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecurityGroup {
    /// Its id.
    pub id: String,
    /// Its name. Every project has one called `default`.
    pub name: String,
    /// Id of its project.
    pub project_id: String,
    /// Text for people.
    pub description: String,
    /// True if it tracks connections (stateful).
    pub stateful: bool,
    /// Its rules.
    pub security_group_rules: Vec<GroupRule>,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

/// A rule of a security group.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct GroupRule {
    /// Its id.
    pub id: String,
    /// `IPv4` or `IPv6`.
    pub ethertype: String,
    /// `ingress` or `egress`.
    pub direction: String,
    /// Name or number of the protocol; absent for all.
    pub protocol: Option<String>,
    /// First port.
    pub port_range_min: Option<u32>,
    /// Last port.
    pub port_range_max: Option<u32>,
    /// Addresses of the other side.
    pub remote_ip_prefix: Option<String>,
    /// Address group of the other side.
    pub remote_address_group_id: Option<String>,
    /// Security group of the other side.
    pub remote_group_id: Option<String>,
    /// Text for people.
    pub description: Option<String>,
}

/// A floating IP.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FloatingIp {
    /// Its id.
    pub id: String,
    /// Id of its project.
    pub project_id: String,
    /// Text for people; it has no name.
    pub description: String,
    /// The address outside.
    pub floating_ip_address: String,
    /// Id of the external network.
    pub floating_network_id: String,
    /// Id of the port it leads to.
    pub port_id: Option<String>,
    /// Address of that port.
    pub fixed_ip_address: Option<String>,
    /// Id of the router between.
    pub router_id: Option<String>,
    /// `DOWN` or `ACTIVE`.
    pub status: String,
    /// The time of its creation.
    pub created_at: DateTime<Utc>,
}

impl Default for Net {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            project_id: String::new(),
            description: String::new(),
            admin_state_up: true,
            status: "ACTIVE".to_owned(),
            shared: false,
            external: false,
            is_default: false,
            mtu: 1442,
            port_security_enabled: true,
            created_at: Utc::now(),
        }
    }
}

impl Default for Subnet {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            project_id: String::new(),
            description: String::new(),
            network_id: String::new(),
            ip_version: 4,
            cidr: "10.0.0.0/24".to_owned(),
            gateway_ip: None,
            enable_dhcp: true,
            dns_nameservers: Vec::new(),
            created_at: Utc::now(),
        }
    }
}

impl Default for Router {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            project_id: String::new(),
            description: String::new(),
            admin_state_up: true,
            status: "ACTIVE".to_owned(),
            external_gateway_info: None,
            created_at: Utc::now(),
        }
    }
}

impl Default for Port {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            project_id: String::new(),
            description: String::new(),
            network_id: String::new(),
            admin_state_up: true,
            status: "DOWN".to_owned(),
            device_id: String::new(),
            device_owner: String::new(),
            mac_address: "fa:16:3e:00:00:00".to_owned(),
            fixed_ips: Vec::new(),
            security_groups: Vec::new(),
            created_at: Utc::now(),
        }
    }
}

impl Default for SecurityGroup {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            project_id: String::new(),
            description: String::new(),
            stateful: true,
            security_group_rules: Vec::new(),
            created_at: Utc::now(),
        }
    }
}

impl Default for FloatingIp {
    fn default() -> Self {
        Self {
            id: String::new(),
            project_id: String::new(),
            description: String::new(),
            floating_ip_address: "203.0.113.9".to_owned(),
            floating_network_id: String::new(),
            port_id: None,
            fixed_ip_address: None,
            router_id: None,
            status: "DOWN".to_owned(),
            created_at: Utc::now(),
        }
    }
}
