//! The provisioner of a subject: the way in which its cluster is made for each night, and removed afterwards.

mod bind;
mod file;
mod model;

pub(super) use bind::bind;
pub(super) use file::ProvisionerEntry;
pub use model::{Management, Provisioner, ProvisionerKind, StepDeadlines};
