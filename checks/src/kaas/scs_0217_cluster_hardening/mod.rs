//! scs-0217: a hardened cluster. Settings that could not be read never count as hardened (Q-0217-1).

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
