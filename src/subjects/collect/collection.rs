//! The result of collecting, of whatever kind of subject.

use indexmap::IndexMap;
use scs_checks::facts::{FactKind, Facts};
use scs_reports::{Changes, CollectionRecord};

/// The facts of a subject, and the evidence for them.
pub struct Collection {
    /// The facts.
    pub facts: Facts,
    /// The record of how each was collected.
    pub records: IndexMap<FactKind, CollectionRecord>,
    /// The resources that were created for it, if any could be.
    pub changes: Option<Changes>,
}
