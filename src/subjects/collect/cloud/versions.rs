//! Asks the roots of the catalog's endpoints for their version documents, without credentials.

use super::catalog;
use crate::collect::observe::Observed;
use crate::collect::reason_of;
use crate::openstack::{Reader, root_of};
use crate::wire::address::shown;
use crate::wire::error::{Error, ErrorKind};
use futures_util::{StreamExt, stream};
use scs_checks::facts::{Catalog, Probed, Slot, VersionAnswer, VersionDocument, VersionDocuments};
use std::collections::BTreeSet;
use url::Url;

/// The number of roots that are asked together.
const AT_A_TIME: usize = 16;
/// The most roots of one catalog.
const MOST: usize = 250;
/// The service types whose protocols have no version document.
const WITHOUT: [&str; 3] = ["object-store", "object-store-s3", "s3"];

/// Asks each root once for a type of service.
pub(super) async fn version_documents(reader: Reader) -> Observed<VersionDocuments> {
    let roots = roots(&catalog(reader.session()));
    if roots.len() > MOST {
        let what = format!("the endpoints of the catalog have {} roots, more than {MOST}", roots.len());
        return Err(Error::new(ErrorKind::TooLarge, what));
    }
    let asked = roots.into_iter().map(|(service_type, root)| document(&reader, service_type, root));
    let documents: Vec<VersionDocument> = stream::iter(asked).buffered(AT_A_TIME).collect().await;
    let count = documents.len();
    Ok((Slot::Known(VersionDocuments(documents)), Some(count)))
}

async fn document(reader: &Reader, service_type: String, root: Url) -> VersionDocument {
    let url = shown(&root);
    let answer = match reader.version_ids(root).await {
        Ok((status, versions)) => Probed::Seen(VersionAnswer { status, versions }),
        Err(error) => Probed::Unknown(reason_of(&error)),
    };
    VersionDocument { service_type, url, answer }
}

/// Returns the roots of the endpoints that users find, with the types of their services.
fn roots(catalog: &Catalog) -> BTreeSet<(String, Url)> {
    let services = catalog.services.iter().filter(|service| !WITHOUT.contains(&service.service_type.as_str()));
    let found = services.flat_map(|service| {
        catalog.findable(service).into_iter().map(|url| (service.service_type.clone(), root_of(url)))
    });
    found.collect()
}
