//! Version documents: what the catalog's endpoints say of themselves.

use super::tls::Probed;
use crate::verdict::{Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answers of the catalog's endpoints, as the subject's users find them; each address once for a type of service.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct VersionDocuments(pub Vec<VersionDocument>);

/// The answer of one endpoint.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VersionDocument {
    /// The type of the service, as it stands in the catalog.
    pub service_type: String,
    /// The address that answered: that of the endpoint without version and project; or with the version, if there is no document
    /// above it.
    pub url: String,
    /// The answer to a request without credentials.
    pub answer: Probed<VersionAnswer>,
}

/// An answer, as far as it is a version document.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VersionAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The ids of the versions, as `v2.1`; none if the answer is no version document.
    pub versions: Vec<String>,
}

impl VersionDocument {
    /// Returns the endpoint as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Endpoint, id: self.url.clone(), name: self.url.clone() }
    }
}
