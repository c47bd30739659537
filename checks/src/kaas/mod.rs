//! The rules of the KaaS standards, in one or a few files per standard.

pub mod affected_range;
pub mod kubernetes_version;
