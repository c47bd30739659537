//! scs-0103: the standard flavors exist with exactly their properties.

use crate::check::Check;
use crate::facts::Flavors;
use crate::iaas::flavor_name::FlavorName;
use crate::verdict::Findings;
use serde::Deserialize;

/// scs-0103 v1: a flavor with this `scs:name-v2` has the size and extra specs that follow from it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardFlavor {
    /// The recommended name, from which all properties follow.
    name: FlavorName,
    /// Any disk type will do (deviation Q-0103-1).
    #[serde(default)]
    any_disk_type: bool,
}

impl Check for StandardFlavor {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        todo!()
    }
}
