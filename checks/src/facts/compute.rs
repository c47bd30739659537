//! Nova: the flavors that the project sees.

use crate::accepts::is_default;
use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The projects that may use a flavor.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Everybody.
    #[default]
    Public,
    /// Named projects only, such as this one.
    Private,
    /// Nobody.
    Disabled,
}

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
    /// The projects that may use it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access: Access,
}

impl Flavor {
    /// Returns the flavor as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Flavor, id: self.id.clone(), name: self.name.clone() }
    }
}
