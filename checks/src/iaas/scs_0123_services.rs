//! scs-0123: the mandatory services are offered.

use crate::check::Check;
use crate::facts::{Catalog, S3Answer};
use crate::verdict::Findings;
use serde::Deserialize;

/// scs-0123: a service of one of these types is in the catalog.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePresent {
    /// The accepted service types, the canonical one first.
    types: Vec<String>,
    /// Types that are accepted with a warning.
    #[serde(default)]
    tolerates: Vec<String>,
}

impl Check for ServicePresent {
    type Facts<'a> = &'a Catalog;

    fn examine(&self, catalog: &Catalog) -> Findings {
        todo!()
    }
}

/// scs-0123 v1: where there is an object store, it speaks S3.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Answers {
    /// Codes of S3 error documents that refuse credentials.
    refusals: Vec<String>,
}

impl Check for S3Answers {
    type Facts<'a> = Option<&'a S3Answer>;

    fn examine(&self, answer: Option<&S3Answer>) -> Findings {
        todo!()
    }
}
