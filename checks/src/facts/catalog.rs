//! Keystone: the services that the token's catalog lists.

use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::iter;
use url::{Host, Url};

/// The catalog of the token, as the cloud sent it: all regions and interfaces, and those that the subject's users use.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The services in the order of the catalog.
    pub services: Vec<CatalogService>,
    /// The interface that the subject's users use: `public`, `internal` or `admin`.
    pub interface: String,
    /// The interfaces that they use if a service lacks that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_interfaces: Vec<String>,
    /// The region that is tested; none if the cloud has only one.
    pub region: Option<String>,
}

/// A service of the catalog.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogService {
    /// The service type, for example `compute`.
    #[serde(rename = "type")]
    pub service_type: String,
    /// The name that the operator chose, for example `nova`.
    pub name: String,
    /// The endpoints at which it can be reached.
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
    /// Returns the services of a type.
    pub fn of_type<'a>(&'a self, service_type: &'a str) -> impl Iterator<Item = &'a CatalogService> {
        self.services.iter().filter(move |service| service.service_type == service_type)
    }
}

impl Catalog {
    /// Returns the addresses of a service as the subject's users find it: those of the first of their interfaces that it
    /// has in their region, without those that cannot be asked. An endpoint without a region counts for every region.
    pub fn findable(&self, service: &CatalogService) -> Vec<Url> {
        self.addresses(service, |endpoint| {
            self.region.as_ref().is_none_or(|region| endpoint.region.is_empty() || endpoint.region == *region)
        })
    }

    /// Returns the addresses of a service in any region.
    pub fn findable_anywhere(&self, service: &CatalogService) -> Vec<Url> {
        self.addresses(service, |_| true)
    }

    fn addresses(&self, service: &CatalogService, is_here: impl Fn(&Endpoint) -> bool) -> Vec<Url> {
        let of = |interface: &String| -> Vec<Url> {
            let endpoints = service.endpoints.iter().filter(|one| one.interface == *interface && is_here(one));
            endpoints.filter_map(Endpoint::address).collect()
        };
        let interfaces = iter::once(&self.interface).chain(&self.other_interfaces);
        interfaces.map(of).find(|addresses| !addresses.is_empty()).unwrap_or_default()
    }
}

impl Endpoint {
    /// Returns the address, reduced to the parts of an address; none if it cannot be requested.
    fn address(&self) -> Option<Url> {
        let mut url = address(&self.url)?;
        let plain = url.set_username("").and_then(|()| url.set_password(None));
        plain.is_ok().then_some(url)
    }
}

/// Parses the address of a service. It has to be an HTTP URL with a possible host. Marks of a template
/// (`$(host)s`) show that it was not filled in.
pub fn address(text: &str) -> Option<Url> {
    let mut url = Url::parse(text.trim()).ok().filter(|_| !text.contains("$(") && !text.contains("%("))?;
    let usable = matches!(url.scheme(), "http" | "https") && url.host().is_some_and(|host| can_be_there(&host));
    url.set_query(None);
    url.set_fragment(None);
    usable.then_some(url)
}

/// Returns true unless the address or the host name is impossible.
fn can_be_there(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => address.octets()[0] != 0 && !address.is_broadcast() && !address.is_multicast(),
        Host::Ipv6(address) => !address.is_unspecified() && !address.is_multicast(),
        Host::Domain(name) => {
            let fits = |label: &str| {
                let is_plain = label.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_'));
                is_plain && label.contains(|char: char| char.is_ascii_alphanumeric())
            };
            name.strip_suffix('.').unwrap_or(name).split('.').all(fits)
        }
    }
}

impl CatalogService {
    /// Returns the service as the subject of a finding. The catalog's types serve as ids.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Service, id: self.service_type.clone(), name: self.name.clone() }
    }
}
