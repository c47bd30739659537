//! Clusters on demand: one is made when the turn of its subject comes, and removed afterwards, whatever happened.
//!
//! [`Provisioning`] makes and removes the cluster of one subject. Before anything is asked, it writes a [`ClusterRecord`] into
//! the state folder; objects in management clusters carry labels besides. So [`sweep_clusters`] finds the clusters of a killed
//! night. A cluster of that name that is not ours is left alone. One file per kind of provisioner knows its states
//! (`clusterstacks.rs`, `gardener.rs`, `t8s.rs`, `kind.rs`, `exec.rs`).

mod clusterstacks;
mod conditions;
mod driver;
mod error;
mod exec;
mod gardener;
mod journal;
mod kind;
mod lifecycle;
mod managed;
mod management;
mod marks;
mod program;
mod sweep;
mod t8s;
mod task;
mod template;
#[cfg(test)]
mod tests;
mod version;

pub use error::ProvisionError;
pub use journal::{ClusterJournal, ClusterRecord};
pub use lifecycle::{Provisioning, ReadyCluster};
pub use sweep::{ClusterSweep, SweptCluster, sweep_clusters};
pub use task::ProvisionPace;
