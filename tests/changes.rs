//! Runs that change the cloud, over real HTTP: whatever goes wrong, everything is removed or named, and nothing else is
//! touched.

mod bench;
mod clean;
mod cluster;
mod defects;
mod faults;
mod foreign;
mod journal;
mod kills;
mod proofs;
mod residue;
mod signals;
mod soak;
mod sweeps;
mod unclear;
