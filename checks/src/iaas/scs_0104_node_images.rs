//! scs-0104 v2: images for Kubernetes nodes come from where SCS builds them, and say what they are.

use super::scs_0102_image_metadata::{NOT_SET, label};
use super::scs_0104_standard_images::{Named, begins_with, foreign};
use crate::accepts::is_default;
use crate::facts::{Image, Images};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// scs-0104 v2: every such image has a source that begins with one of the prefixes, and these properties.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeImages {
    /// The images.
    image: Named,
    /// Accepted beginnings of `image_source`.
    prefixes: NonEmpty<Vec<String>>,
    /// Beginnings that are accepted with a warning.
    #[serde(default, skip_serializing_if = "is_default")]
    tolerated_prefixes: Vec<String>,
    /// Exact values of other properties.
    properties: NonEmpty<BTreeMap<String, String>>,
}

impl Check for NodeImages {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        let mut findings = Findings::each(self.image.among(images), |image, findings| {
            findings.list.extend(self.source(image));
            findings.list.extend(self.properties.iter().filter_map(|(name, value)| differs(image, name, value)));
        });
        if findings.examined == 0 {
            findings.push(Finding::info(format!("no image {} is offered, so none can be wrong", self.image)));
        }
        findings
    }
}

impl NodeImages {
    fn source(&self, image: &Image) -> Option<Finding> {
        let finding = foreign(image, &self.prefixes)?;
        if !begins_with(image, &self.tolerated_prefixes) {
            return Some(finding);
        }
        let message = format!("{} comes from a source that is tolerated, but no longer wanted", label(image));
        Some(Finding { severity: crate::verdict::Severity::Warning, message, ..finding })
    }
}

fn differs(image: &Image, name: &str, wanted: &str) -> Option<Finding> {
    let value = image.property(name);
    if value == Some(wanted) {
        return None;
    }
    let observed = value.map_or(NOT_SET.to_owned(), |value| format!("{value:?}"));
    Some(
        Finding::violation(format!("{} has another {name} than images for Kubernetes nodes need", label(image)))
            .on(image.resource())
            .property(name)
            .expected(format!("{wanted:?}"))
            .observed(observed),
    )
}
