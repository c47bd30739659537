//! The program against a real API server with known answers: the lab in `tests/lab/kubernetes`.
//!
//! Nothing is fetched from the internet: what is publicly known of Kubernetes is what is built in. What the lab's nodes in name
//! only answer for their kubelets is up to the network around it, so no verdict of scs-0217 is known beforehand.

mod access;
mod audit;
mod changes;
mod lab;
mod reading;
mod variants;
