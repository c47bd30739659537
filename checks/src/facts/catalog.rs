//! Keystone: the services that the token's catalog lists.

use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The catalog of the token, as the cloud sent it: all regions and interfaces.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The services in the order of the catalog.
    pub services: Vec<Service>,
}

/// A service of the catalog.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The service type, for example `compute`.
    #[serde(rename = "type")]
    pub service_type: String,
    /// The name that the operator chose, for example `nova`.
    pub name: String,
    /// Where it can be reached.
    pub endpoints: Vec<Endpoint>,
}

/// One address of a service.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// `public`, `internal` or `admin`.
    pub interface: String,
    /// The region.
    pub region: String,
    /// The address.
    pub url: String,
}

impl Catalog {
    /// The services of a type.
    pub fn of_type<'a>(&'a self, service_type: &'a str) -> impl Iterator<Item = &'a Service> {
        self.services.iter().filter(move |service| service.service_type == service_type)
    }
}

impl Service {
    /// The service as the subject of a finding. The catalog's types serve as ids.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Service, id: self.service_type.clone(), name: self.name.clone() }
    }
}
