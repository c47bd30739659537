//! The catalog that came with the token, as a fact.

use crate::openstack::Session;
use crate::wire::address::shown_text;
use scs_checks::facts::{Catalog, CatalogService, Endpoint};

/// Returns the services and endpoints of the session's catalog, and those that the user asks.
pub(super) fn catalog(session: &Session) -> Catalog {
    let services = session.login().catalog.services.iter().map(|service| CatalogService {
        service_type: service.service_type.clone(),
        name: service.name.clone(),
        endpoints: service
            .endpoints
            .iter()
            .map(|endpoint| Endpoint {
                interface: endpoint.interface.clone(),
                region: endpoint.region().unwrap_or_default().to_owned(),
                url: shown_text(&endpoint.url),
            })
            .collect(),
    });
    let (interface, region) = (session.interface().as_str().to_owned(), session.region().map(str::to_owned));
    let other_interfaces = session.other_interfaces().iter().map(|interface| interface.as_str().to_owned()).collect();
    Catalog { services: services.collect(), interface, other_interfaces, region }
}
