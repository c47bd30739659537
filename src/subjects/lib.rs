//! Asks clouds and clusters, and changes them where that is permitted.
//!
//! [`openstack`] and [`kubernetes`] find the configuration of a subject and talk to it, [`collect`] makes facts of its
//! answers, and [`run`] does both for one subject, within its bounds. No command line, no printing: who calls it decides
//! what is shown. What the standards demand stands in `scs-standards`, how it is decided in `scs-checks`.

mod blocking;
pub mod collect;
pub mod doctor;
pub mod kubernetes;
pub mod ledger;
pub mod openstack;
pub mod programs;
pub mod run;
pub mod secrets;
pub mod settings;
pub mod suites;
pub mod sweep;
pub mod tempest;
pub mod tls;
pub mod watch;
pub mod wire;
pub mod world;
