//! `/{language}/forecast`: what changes with the next versions, and what ends soon.

mod draft;
mod due;
mod page;

pub use due::{ending_certificates, evidence_due};
pub use page::page;
