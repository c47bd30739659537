//! scs-0114: descriptions of volume types begin with a list of their aspects.

use crate::check::Check;
use crate::facts::VolumeTypes;
use crate::verdict::Findings;
use serde::Deserialize;

/// scs-0114 v1: aspect lists are sorted, without repetition, and name known aspects only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AspectList {
    /// The aspects that the standard defines.
    known: Vec<String>,
}

impl Check for AspectList {
    type Facts<'a> = &'a VolumeTypes;

    fn examine(&self, types: &VolumeTypes) -> Findings {
        todo!()
    }
}

/// scs-0114 v1: some volume type has an aspect.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithAspect {
    /// The aspect.
    aspect: String,
}

impl Check for WithAspect {
    type Facts<'a> = &'a VolumeTypes;

    fn examine(&self, types: &VolumeTypes) -> Findings {
        todo!()
    }
}
