//! A virtual machine's own view, as printed on its console.
//!
//! Each of these facts is complete by construction: a console that ends early, lacks the
//! section or says something unreadable in it makes the fact fail, so that no rule takes
//! silence for an answer. Each fails alone: what one section lacks says nothing about another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The size of the guest's entropy pool, according to its kernel.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EntropyPool {
    /// The first line of `/proc/sys/kernel/random/entropy_avail`.
    pub line: String,
    /// The section as the guest printed it, for people and for later rules.
    pub console: Vec<String>,
}

/// The result of the FIPS 140-2 block tests on the guest's random source.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RandomBlocks {
    /// The test program: `rngtest`, or `own` for the test that the guest script computes.
    pub source: String,
    /// The number of tested blocks.
    pub blocks: u64,
    /// The number of failed blocks.
    pub failures: u64,
    /// The section as the guest printed it, for people and for later rules.
    pub console: Vec<String>,
}

/// The instructions for random numbers that the guest's CPUs offer.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CpuInstructions {
    /// The architecture as the guest's kernel calls it (`uname -m`), for example `x86_64`.
    pub architecture: String,
    /// Those of them that the guest sees, spelled as in `/proc/cpuinfo`: `rdrand`, `rdseed`, `rng`.
    pub instructions: Vec<String>,
    /// The section as the guest printed it, for people and for later rules.
    pub console: Vec<String>,
}
