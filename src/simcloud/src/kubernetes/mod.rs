//! A simulated Kubernetes API server, for the second scope of the conformance suite.
//!
//! It answers as a real one: kinds, lists and their pages, `Status` objects for errors, who may do what, and what becomes
//! of namespaces, pods and claims. Like the cloud it knows no time: what is under way advances when somebody looks
//! ([`ClusterState::steps`]). What it imitates is recorded in
//! `tests/fixtures/recorded/kubernetes` and `kubernetes-node`, and compared with it by a test; what a server newer than
//! the lab's 1.20 does (Pod Security admission, 410 for old pages) is not recorded.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use scs_simcloud::kubernetes::{ClusterState, SimCluster, StorageVariant};
//!
//! let mut state = ClusterState::conformant(chrono::NaiveDate::default());
//! state.version = "v1.20.2".to_owned();
//! state.storage(StorageVariant::Two);
//! let cluster = SimCluster::start(state).await?;
//! println!("{}", cluster.kubeconfig()?);
//! # Ok(())
//! # }
//! ```
//!
//! Not simulated: real watches (one ends at once, as a server may end them), tables, protobuf, server-side apply, most
//! of validation, owner references and garbage collection, controllers of workloads, and what happens inside a container
//! but for its log.

mod admission;
mod api;
mod auth;
mod body;
mod claims;
mod cluster;
mod courses;
mod discovery;
mod inventory;
mod life;
mod list;
mod logs;
mod objects;
mod pods;
mod progress;
mod public;
mod resources;
mod results;
mod schedule;
mod seed;
mod state;
mod status;
mod target;
mod wire;
mod write;
mod yaml;

pub use cluster::{ClusterBuilder, SimCluster};
pub use inventory::ClusterItem;
pub use public::SimPublic;
pub use results::SuiteFiles;
pub use seed::{Shape, StorageVariant};
pub use state::{Anonymous, ClusterState, ClusterUser, Kubelet, Node, PodCourse, PodEnd, Rule, StorageClass, Supply};
pub use yaml::CLUSTER_SCENARIOS;
