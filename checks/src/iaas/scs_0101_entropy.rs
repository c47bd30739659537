//! scs-0101: guests find enough entropy.

use crate::accepts::Accepts;
use crate::check::Check;
use crate::facts::{Flavors, Guest};
use crate::verdict::Findings;
use serde::Deserialize;

/// scs-0101 v1: an extra spec of every flavor.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlavorExtraSpec {
    /// The key of the extra spec.
    name: String,
    /// Its accepted values.
    accepts: Accepts,
}

impl Check for FlavorExtraSpec {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        todo!()
    }
}

/// scs-0101 v1: the size of the kernel's entropy pool, as the guest reads it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuestEntropy {
    /// The section of the console output.
    section: String,
    /// What its first line has to say.
    equals: String,
}

impl Check for GuestEntropy {
    type Facts<'a> = &'a Guest;

    fn examine(&self, guest: &Guest) -> Findings {
        todo!()
    }
}

/// scs-0101 v1: FIPS 140-2 block tests over the guest's random source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuestRandomTest {
    /// The section of the console output.
    section: String,
    /// From this many failed blocks on, it is worth a note.
    note_above: u64,
    /// How many failed blocks are tolerated.
    at_most: u64,
}

impl Check for GuestRandomTest {
    type Facts<'a> = &'a Guest;

    fn examine(&self, guest: &Guest) -> Findings {
        todo!()
    }
}
