//! Collects facts of subjects, every needed fact once: of clouds in `cloud`, of clusters in `cluster`. What goes wrong
//! with one fact stays with that fact.

pub mod cloud;
mod cluster;
mod collection;
mod context;
mod observe;
mod reason;
mod runner;
mod terms;

pub(crate) use cloud::external_network;
pub use cloud::{
    CloudCollector, Demand, Quota, ServerChoice, TempestChoice, UnsuitableError, choose, choose_for_tempest, demand,
};
pub use cluster::ClusterCollector;
pub(crate) use cluster::{needed, roles};
pub use collection::Collection;
pub use observe::Clock;
pub use reason::reason_of;
pub use runner::ChangePermission;
pub use terms::{ChangeTerms, Probe};

pub use crate::ledger::Journals;
