//! Results of the Kubernetes end-to-end tests that were run elsewhere: by Sonobuoy, by hydrophone, or for a submission
//! to the CNCF. What is read says what it lacks, and where it contradicts itself; nothing is taken for granted.

mod archive;
mod brought;
mod budget;
mod cluster;
mod error;
mod junit;
mod lists;
mod log;
mod merge;
pub mod runner;
mod sonobuoy;
mod source;
mod states;
#[cfg(test)]
mod tests;

pub(crate) use brought::expect;
pub use brought::{ImportTerms, Suites, import};
pub use error::{ContentError, ImportError, ListError};
pub use lists::read as read_list;
