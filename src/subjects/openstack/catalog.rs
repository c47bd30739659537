//! The service catalog of a token, and the way from a service to the URL its API answers at.

use super::error::{Error, ErrorKind};
use crate::openstack::config::Interface;
use scs_checks::facts::address;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use url::Url;

/// The services this client talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Keystone.
    Identity,
    /// Nova.
    Compute,
    /// Glance.
    Image,
    /// Neutron.
    Network,
    /// Cinder.
    BlockStorage,
    /// Barbican.
    KeyManager,
    /// Octavia.
    LoadBalancer,
    /// Swift, or anything that speaks its protocol.
    ObjectStore,
    /// S3, under the type that scs-0123 gives it.
    S3,
}

impl Service {
    pub(super) const COUNT: usize = 9;

    /// All but Keystone, which is asked where the configuration says.
    const ASKED: [Self; Self::COUNT - 1] = [
        Self::Compute,
        Self::Image,
        Self::Network,
        Self::BlockStorage,
        Self::KeyManager,
        Self::LoadBalancer,
        Self::ObjectStore,
        Self::S3,
    ];

    /// Returns the canonical type, then the aliases of the OpenStack Service Types Authority, best first.
    #[must_use]
    pub fn types(self) -> &'static [&'static str] {
        match self {
            Self::Identity => &["identity"],
            Self::Compute => &["compute"],
            Self::Image => &["image"],
            Self::Network => &["network"],
            Self::BlockStorage => &["block-storage", "volumev3", "volumev2", "volume", "block-store"],
            Self::KeyManager => &["key-manager"],
            Self::LoadBalancer => &["load-balancer"],
            Self::ObjectStore => &["object-store"],
            Self::S3 => &["object-store-s3"],
        }
    }

    /// Returns the canonical type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.types()[0]
    }

    /// Returns the path behind an endpoint that names no version.
    fn version_path(self, project: &str) -> Vec<&str> {
        match self {
            Self::Identity => vec!["v3"],
            Self::Compute => vec!["v2.1"],
            Self::Image => vec!["v2"],
            Self::Network => vec!["v2.0"],
            // Only Cinder since Yoga answers without the project.
            Self::BlockStorage => vec!["v3", project],
            Self::KeyManager => vec!["v1"],
            Self::LoadBalancer => vec!["v2"],
            // The account cannot be guessed: an endpoint without it stays as it is.
            Self::ObjectStore | Self::S3 => vec![],
        }
    }
}

/// All services a token's catalog lists, as they stand there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Catalog {
    /// The services, in the catalog's order; types may repeat.
    pub services: Vec<CatalogService>,
}

/// One service of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CatalogService {
    /// Its type, such as `compute`.
    #[serde(rename = "type", deserialize_with = "text")]
    pub service_type: String,
    /// Its name, such as `nova`; empty if it has none.
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    /// Its URL.
    #[serde(default, deserialize_with = "endpoints")]
    pub endpoints: Vec<CatalogEndpoint>,
}

/// One endpoint of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CatalogEndpoint {
    /// `public`, `internal` or `admin`.
    #[serde(deserialize_with = "text")]
    pub interface: String,
    /// The region; an endpoint without one counts for every region.
    #[serde(deserialize_with = "text")]
    region_id: String,
    /// The older name of the same.
    #[serde(deserialize_with = "text")]
    region: String,
    /// The URL, as registered.
    #[serde(deserialize_with = "text")]
    pub url: String,
}

/// Reads a text; nothing for null, and anything else as JSON, which is no type, region or address of anybody: one bad
/// entry of a catalog is no reason to refuse the login.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    })
}

/// Reads endpoints; what is none answers nowhere.
fn endpoints<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<CatalogEndpoint>, D::Error> {
    let Value::Array(items) = Value::deserialize(deserializer)? else { return Ok(Vec::new()) };
    let endpoint =
        |item| if let Value::Object(_) = item { serde_json::from_value(item) } else { Ok(CatalogEndpoint::default()) };
    items.into_iter().map(endpoint).collect::<Result<_, _>>().map_err(serde::de::Error::custom)
}

impl CatalogEndpoint {
    /// Returns the region it stands in, if it says so.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        [self.region_id.as_str(), &self.region].into_iter().find(|name| !name.is_empty())
    }

    fn is_in(&self, region: Option<&str>) -> bool {
        match (region, self.region()) {
            (Some(wanted), Some(own)) => wanted == own,
            _ => true,
        }
    }
}

/// The endpoints that a cloud's configuration chooses.
#[derive(Clone, Debug, Default)]
pub(super) struct Preference {
    pub region: Option<String>,
    pub interface: Interface,
    /// Those to use where a service lacks that one.
    pub other_interfaces: Vec<Interface>,
    pub overrides: BTreeMap<String, Url>,
}

impl Catalog {
    /// Returns the regions endpoints stand in, sorted. Identity is left out: many clouds share one for all regions.
    #[must_use]
    pub fn regions(&self) -> Vec<&str> {
        let services = self.services.iter().filter(|s| s.service_type != Service::Identity.as_str());
        let regions: BTreeSet<&str> = services.flat_map(|s| &s.endpoints).filter_map(CatalogEndpoint::region).collect();
        regions.into_iter().collect()
    }

    /// Returns the services of which the catalog has more than one, and where those answer that are not asked.
    pub(super) fn not_asked<'a>(&'a self, preference: &'a Preference) -> impl Iterator<Item = (Service, &'a str)> {
        Service::ASKED
            .into_iter()
            .flat_map(move |service| self.others(service, preference).into_iter().map(move |url| (service, url)))
    }

    /// Returns the best of the types under which it lists a service; none if it does not.
    pub(crate) fn type_of(&self, service: Service) -> Option<&'static str> {
        let is_listed = |name: &&&str| self.services.iter().any(|one| one.service_type == **name);
        service.types().iter().find(is_listed).copied()
    }

    /// Returns every address in it, as it is written there.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.services.iter().flat_map(|service| &service.endpoints).map(|endpoint| endpoint.url.as_str())
    }

    /// Checks the region: a wrong one would make every service look absent, so it is an error of its own.
    pub(super) fn check_region(&self, region: Option<&str>) -> Result<(), Error> {
        let regions = self.regions();
        let list = regions.join(", ");
        match region {
            Some(region) if !regions.is_empty() && !regions.contains(&region) => {
                Err(Error::new(ErrorKind::RegionUnclear, format!("the cloud has no region `{region}`; it has: {list}"))
                    .help("correct region_name or --region"))
            }
            None if regions.len() > 1 => Err(Error::new(
                ErrorKind::RegionUnclear,
                format!("the cloud has several regions and none is chosen: {list}"),
            )
            .help("set region_name or --region")),
            _ => Ok(()),
        }
    }

    /// Returns the base URL of a service's API, with its version.
    pub(super) fn base_url(&self, service: Service, preference: &Preference, project: &str) -> Result<Url, Error> {
        let url = self.endpoint(service, preference)?;
        if url.path_segments().into_iter().flatten().any(is_version) {
            return Ok(url);
        }
        Ok(extended(url, &service.version_path(project)))
    }

    /// Returns the endpoint as registered, or its override.
    pub(super) fn endpoint(&self, service: Service, preference: &Preference) -> Result<Url, Error> {
        for name in service.types() {
            if let Some(url) = preference.overrides.get(&name.replace('-', "_")) {
                return Ok(url.clone());
            }
        }
        let found = service.types().iter().map(|name| self.find(name, preference)).find(|found| !found.is_empty());
        let found = found.ok_or_else(|| self.absent(service, preference))?;
        unambiguous(service, &found)?;
        found.first().and_then(|endpoint| address(&endpoint.url)).ok_or_else(|| {
            let what = format!("the catalog's endpoint of {} is not a usable URL", service.as_str());
            Error::new(ErrorKind::InvalidAnswer { path: "token.catalog".to_owned() }, what).help(format!(
                "the provider must correct it, or set {}_endpoint_override",
                service.as_str().replace('-', "_")
            ))
        })
    }

    /// Returns the URL of another service of the same type, which is not asked; nothing where the configuration says
    /// which one to ask. Under an older name of the type, the same service may answer at another path.
    pub(super) fn others<'a>(&'a self, service: Service, preference: &'a Preference) -> Vec<&'a str> {
        let is_set = |name: &&str| preference.overrides.contains_key(&name.replace('-', "_"));
        let found =
            service.types().iter().find_map(|name| Some((*name, self.find(name, preference).first()?.url.as_str())));
        let Some((of_type, chosen)) = found.filter(|_| !service.types().iter().any(is_set)) else {
            return Vec::new();
        };
        let origin = |url: &str| Url::parse(url).map(|url| url.origin()).ok();
        let differs = |name: &str, url: &&str| {
            url.trim_end_matches('/') != chosen.trim_end_matches('/')
                && (name == of_type || origin(url) != origin(chosen))
        };
        let all = service.types().iter();
        let mut others: Vec<&str> = all
            .flat_map(|name| {
                let urls = self.find(name, preference).into_iter().map(|endpoint| endpoint.url.as_str());
                urls.filter(|url| differs(name, url)).collect::<Vec<_>>()
            })
            .collect();
        others.sort_unstable();
        others.dedup();
        others
    }

    /// Returns the endpoints of a type at the first of the preferred interfaces that has one.
    fn find(&self, service_type: &str, preference: &Preference) -> Vec<&CatalogEndpoint> {
        let services = self.services.iter().filter(|service| service.service_type == service_type);
        let endpoints = services.flat_map(|service| &service.endpoints);
        let endpoints: Vec<_> = endpoints.filter(|e| e.is_in(preference.region.as_deref())).collect();
        let interfaces = iter::once(&preference.interface).chain(&preference.other_interfaces);
        let mut found = interfaces.map(|interface| {
            let here = endpoints.iter().copied().filter(|e| e.interface == interface.as_str());
            here.collect::<Vec<&CatalogEndpoint>>()
        });
        found.find(|endpoints| !endpoints.is_empty()).unwrap_or_default()
    }

    fn absent(&self, service: Service, preference: &Preference) -> Error {
        let name = service.as_str();
        let registered = self.services.iter().any(|s| service.types().contains(&s.service_type.as_str()));
        let interface = preference.interface.as_str();
        let what = match (&preference.region, registered) {
            (_, false) => format!("the catalog has no service of type {name}"),
            (Some(region), true) => {
                format!("{name} has no {interface} endpoint in region {region}")
            }
            (None, true) => format!("{name} has no {interface} endpoint"),
        };
        let kind = if registered {
            ErrorKind::EndpointAbsent { service: name }
        } else {
            ErrorKind::ServiceAbsent { service: name }
        };
        Error::new(kind, what)
    }
}

/// Refuses a choice by chance: of two services of a type where users look, only one would be looked at.
fn unambiguous(service: Service, found: &[&CatalogEndpoint]) -> Result<(), Error> {
    let place =
        |endpoint: &&CatalogEndpoint| address(&endpoint.url).map(|url| url.as_str().trim_end_matches('/').to_owned());
    let places: BTreeSet<Option<String>> = found.iter().map(place).collect();
    if places.len() < 2 {
        return Ok(());
    }
    let name = service.as_str();
    let what =
        format!("the catalog has several endpoints of {name} where one is expected, and only one could be checked");
    let kind = ErrorKind::InvalidAnswer { path: "token.catalog".to_owned() };
    let setting = name.replace('-', "_");
    Err(Error::new(kind, what)
        .help(format!("the provider must correct it, or set {setting}_endpoint_override to choose")))
}

/// Returns true for a version: `v2`, `v2.1`, `v3`; no other segment counts as one.
pub(super) fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or_default();
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// Returns the URL with more segments at its end, percent-encoded as needed; a trailing slash is no segment.
pub(super) fn extended(mut url: Url, segments: &[&str]) -> Url {
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}
