//! The rules of the infrastructure (IaaS) standards.
pub mod flavor_name;
