//! Availability zones as each service lists its own, and the trial of an attachment across them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An availability zone of one service.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// True if the service says that it can be used.
    pub available: bool,
}

/// The zones in which Nova starts servers.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ComputeZones(pub Vec<Zone>);

/// The zones in which Cinder keeps volumes.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct StorageZones(pub Vec<Zone>);

/// The zones of Neutron's agents. One that has networks and routers stands there twice.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct NetworkZones(pub Vec<Zone>);

/// The zones in which Octavia makes load balancers.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct LoadBalancerZones(pub Vec<Zone>);

/// Returns the names of zones, each once.
pub fn zone_names(zones: &[Zone]) -> BTreeSet<&str> {
    zones.iter().map(|zone| zone.name.as_str()).collect()
}

/// The result of attaching a volume of one zone to a server of another, after one of the server's own zone was attached to it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CrossAttach {
    /// The zone of the server, as Nova tells it.
    pub server_zone: String,
    /// The zone of the other volume, as Cinder tells it.
    pub volume_zone: String,
    /// The outcome.
    pub outcome: AttachOutcome,
}

/// The outcome of attaching a volume.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttachOutcome {
    /// The server has it.
    Attached,
    /// The service refused it, or took the request and did not attach it: its words, or the symptom.
    Refused(String),
}
