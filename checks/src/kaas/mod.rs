//! The rules of the KaaS standards, in one or a few files per standard.

pub mod affected_range;
mod known_world;
pub mod kubernetes_version;
pub mod scs_0210_kubelets;
pub mod scs_0210_version_policy;
pub mod scs_0210_vulnerabilities;
