//! Asks the catalog's endpoints for their version documents, without credentials.

use super::catalog;
use crate::collect::observe::Observed;
use crate::collect::reason_of;
use crate::openstack::{Reader, VersionAddresses};
use crate::wire::address::shown;
use crate::wire::error::{Error, ErrorKind};
use futures_util::{StreamExt, stream};
use scs_checks::facts::{Catalog, Probed, Slot, VersionAnswer, VersionDocument, VersionDocuments};
use std::collections::BTreeMap;
use url::Url;

/// The number of endpoints that are asked together.
const AT_A_TIME: usize = 16;
/// The most endpoints of one catalog.
const MOST: usize = 250;
/// The service types whose protocols have no version document.
const WITHOUT: [&str; 3] = ["object-store", "object-store-s3", "s3"];

/// Asks each endpoint once for a type of service.
pub(super) async fn version_documents(reader: Reader) -> Observed<VersionDocuments> {
    let endpoints = endpoints(&catalog(reader.session()));
    if endpoints.len() > MOST {
        let what = format!("the catalog has {} endpoints with versions, more than {MOST}", endpoints.len());
        return Err(Error::new(ErrorKind::TooLarge, what));
    }
    let asked = endpoints.into_iter().map(|((service_type, root), versioned)| {
        let addresses = VersionAddresses { root, versioned };
        document(&reader, service_type, addresses)
    });
    let documents: Vec<VersionDocument> = stream::iter(asked).buffered(AT_A_TIME).collect().await;
    let count = documents.len();
    Ok((Slot::Known(VersionDocuments(documents)), Some(count)))
}

/// Asks the root of an endpoint; and where it answers with no version document, the version below it.
async fn document(reader: &Reader, service_type: String, addresses: VersionAddresses) -> VersionDocument {
    let VersionAddresses { root, versioned } = addresses;
    let at_root = answer(reader, &root).await;
    let (url, answer) = match (&at_root, versioned) {
        (Probed::Seen(seen), Some(versioned)) if seen.versions.is_empty() => {
            let below = answer(reader, &versioned).await;
            (versioned, below)
        }
        _ => (root, at_root),
    };
    VersionDocument { service_type, url: shown(&url), answer }
}

async fn answer(reader: &Reader, address: &Url) -> Probed<VersionAnswer> {
    match reader.version_ids(address.clone()).await {
        Ok((status, versions)) => Probed::Seen(VersionAnswer { status, versions }),
        Err(error) => Probed::Unknown(reason_of(&error)),
    }
}

/// Returns the endpoints that users find: the types of their services and their roots, with the address of a version.
fn endpoints(catalog: &Catalog) -> BTreeMap<(String, Url), Option<Url>> {
    let services = catalog.services.iter().filter(|service| !WITHOUT.contains(&service.service_type.as_str()));
    let found = services.flat_map(|service| {
        catalog.findable(service).into_iter().map(|url| {
            let VersionAddresses { root, versioned } = VersionAddresses::from_endpoint(&url);
            ((service.service_type.clone(), root), versioned)
        })
    });
    found.collect()
}
