//! Runs that change a cluster, over real HTTP: whatever goes wrong, everything is removed or named, and nothing else is
//! touched.

pub mod bench;
mod clean;
mod defects;
mod foreign;
mod signals;
