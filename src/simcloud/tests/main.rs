//! Tests of the simulated cloud: against the recordings of real services, and of what it adds to them.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod honesty;
mod images;
mod kubernetes;
mod lists;
mod login;
mod mirror;
mod networks;
mod secrets;
mod seeds;
mod servers;
mod support;
mod volumes;
mod wire;
mod write_faults;
