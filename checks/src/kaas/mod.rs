//! The rules of the KaaS standards, in one or a few files per standard.

pub mod scs_0211_default_storage_class;
pub mod scs_0214_node_distribution;
