//! Runs that change a simulated cloud or cluster, over real HTTP: whatever goes wrong, everything is removed or named, and
//! nothing else is touched. A binary of its own, because its series of faults and kills take longer than all other tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod arrivals;
mod bench;
mod clean;
mod cluster;
mod defects;
mod domains;
mod faults;
mod foreign;
mod journal;
mod kills;
mod object_store;
mod proofs;
mod residue;
mod signals;
mod simulated;
mod soak;
mod sweeps;
mod unclear;
mod zones;

#[path = "../clusters.rs"]
mod clusters;
#[allow(dead_code, reason = "shared with the binary `main`, which needs more of it")]
#[path = "../program.rs"]
mod program;
#[allow(dead_code, reason = "shared with the binary `main`, which needs more of it")]
#[path = "../support.rs"]
mod support;
