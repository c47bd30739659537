//! scs-0100: flavors whose names begin with `SCS-` follow the naming syntax, and deliver at
//! least what their names promise.

use crate::check::Check;
use crate::facts::Flavors;
use crate::verdict::Findings;
use serde::Deserialize;

/// scs-0100 v3: every name that begins with `SCS-` can be parsed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Syntax {}

impl Check for Syntax {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        todo!()
    }
}

/// scs-0100 v3: understating is allowed, overstating is not.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Semantics {
    /// How many MiB of memory a flavor may lack.
    ram_tolerance: u64,
}

impl Check for Semantics {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        todo!()
    }
}
