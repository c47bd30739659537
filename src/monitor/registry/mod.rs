//! The registry: who operates which subject, who is certified for what, and who may know what about whom.
//!
//! It is one YAML file that the certification body keeps. Contacts in it are never shown to anyone.

mod bind;
mod certificate;
mod file;
mod log;
mod model;
#[cfg(test)]
mod tests;

pub use certificate::{Certificate, CertificateState, REMINDERS, Revocation};
pub use log::{CertificateChange, CertificateEvent};
pub use model::{Contact, Evidence, Issuer, Operator, Registry, Section, Subject, TestedBy, Waiver};
