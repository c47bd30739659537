//! Keystone: the services that the token's catalog lists.

use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// The catalog of the token, as the cloud sent it: all regions and interfaces, and where the subject's users look.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The services in the order of the catalog.
    pub services: Vec<Service>,
    /// The interface that the subject's users use: `public`, `internal` or `admin`.
    pub interface: String,
    /// The region that is tested; none where the cloud has only one.
    pub region: Option<String>,
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

impl Catalog {
    /// The addresses of a service where the subject's users find it: of their interface and region, and such that can be
    /// asked. An endpoint without a region counts for every region.
    pub fn findable<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = Url> {
        let region = |endpoint: &&Endpoint| {
            self.region.as_ref().is_none_or(|region| endpoint.region.is_empty() || endpoint.region == *region)
        };
        self.of_interface(service).filter(region).filter_map(Endpoint::address)
    }

    /// The addresses of a service in any region.
    pub fn findable_anywhere<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = Url> {
        self.of_interface(service).filter_map(Endpoint::address)
    }

    fn of_interface<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Endpoint> {
        service.endpoints.iter().filter(|endpoint| endpoint.interface == self.interface)
    }
}

impl Endpoint {
    /// Its address, if that is a URL with a host that speaks HTTP; without what is no part of an address.
    fn address(&self) -> Option<Url> {
        let mut url = Url::parse(self.url.trim()).ok()?;
        let usable = matches!(url.scheme(), "http" | "https") && url.host().is_some();
        url.set_query(None);
        url.set_fragment(None);
        let plain = url.set_username("").and_then(|()| url.set_password(None));
        (usable && plain.is_ok()).then_some(url)
    }
}

impl Service {
    /// The service as the subject of a finding. The catalog's types serve as ids.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Service, id: self.service_type.clone(), name: self.name.clone() }
    }
}
