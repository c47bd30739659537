//! The configuration of a fleet, `scs-conformance.yaml`: subjects, limits, outputs, servers.
//!
//! [`Config::load`] either returns a configuration in which every name is known, or every problem with its place. No secret
//! stands in it: a [`Secret`] says where one can be had, and it is read when it is needed.

mod bind;
mod branch;
mod clash;
mod file;
mod folder;
mod kind;
mod model;
mod provisioner;
mod quoted;
mod secret;
#[cfg(test)]
mod tests;
mod time;
mod words;

pub(crate) use branch::{BRANCH, is_meant};
pub use folder::folder_of;
pub(crate) use kind::kind_of;
pub use model::{
    Access, Config, NightLimits, Outputs, ScheduleRule, Server, Signing, SigningKeySource, Subject, Waiver,
};
pub use provisioner::{Management, Provisioner, ProvisionerKind, StepDeadlines};
pub use quoted::quoted;
pub use secret::{Secret, SecretError};
pub use words::{Day, FailOn};
