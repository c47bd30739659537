//! Nova: the flavors that the project sees.

use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All flavors that the project sees.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Flavors(pub Vec<Flavor>);

/// A flavor.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Flavor {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Virtual CPUs.
    pub vcpus: u64,
    /// Memory in MiB.
    pub ram: u64,
    /// Root disk in GB; 0 for none.
    pub disk: u64,
    /// All extra specs, as read.
    pub extra_specs: BTreeMap<String, String>,
}

impl Flavor {
    /// The flavor as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Flavor, id: self.id.clone(), name: self.name.clone() }
    }
}
