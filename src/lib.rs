//! Proves that clouds and clusters conform to the Sovereign Cloud Stack standards.
//!
//! The application around the pure crates: [`config`] finds the subject, [`openstack`] and
//! [`kubernetes`] talk to it, [`collect`] makes facts of its answers, [`run`] plans, collects and evaluates, and [`cli`]
//! prints. What the standards demand stands in `standards/`, how it is decided in `scs-checks`.

pub mod cli;
pub mod collect;
pub mod config;
pub mod definitions;
mod doctor;
pub mod files;
pub mod kubernetes;
mod ledger;
pub mod openstack;
pub mod reports;
pub mod run;
pub mod secrets;
pub mod suites;
pub mod watch;
mod wire;
pub mod world;
