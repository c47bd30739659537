//! The suites that take hours, run by a program that stands in for Sonobuoy and hydrophone (`tests/stand_in/`): whatever comes
//! of it, no verdict is green that nothing proved, and nothing of it stays in the cluster.

mod aborts;
pub mod bench;
mod cleanup;
mod others;
mod progress;
mod resume;
mod verdicts;
