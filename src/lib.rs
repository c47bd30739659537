//! Proves that OpenStack clouds conform to the Sovereign Cloud Stack standards.

pub mod config;
pub mod openstack;
