//! The rules of the KaaS standards, in one or a few files per standard.

pub mod affected_range;
mod known_world;
pub mod kubernetes_version;
pub mod scs_0201_conformance;
pub mod scs_0210_kubelets;
pub mod scs_0210_version_policy;
pub mod scs_0210_vulnerabilities;
pub mod scs_0211_default_storage_class;
pub mod scs_0214_node_distribution;
pub mod scs_0217_cluster_hardening;
pub mod scs_0219_networking;
pub mod scs_0220_node_systems;
pub mod weakness;

#[cfg(test)]
mod tests;
