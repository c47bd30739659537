//! A virtual machine's own view, as printed on its console.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a guest found out about its random numbers.
///
/// It is complete by construction: a console that ends early, lacks a section or says
/// something unreadable in it makes the fact fail, so that no rule takes silence for an answer.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Guest {
    /// What the kernel says about its entropy pool: the first line of
    /// `/proc/sys/kernel/random/entropy_avail`.
    pub entropy_avail: String,
    /// How many blocks of the random source failed the FIPS 140-2 tests.
    pub fips_failures: u64,
    /// All that the guest printed, lines by section, for people and for later rules.
    pub console: BTreeMap<String, Vec<String>>,
}
