//! scs-0217: a cluster that is locked against strangers. What nobody could look at is never locked (Q-0217-1).

pub mod admission;
pub mod anonymous;
pub mod authentication;
pub mod authorization;
pub mod endpoint;
pub mod etcd;
pub mod insecure_port;
pub mod kubelet;
pub mod pod_security;
pub mod ports;
mod server;
