//! The terms of demos of clouds and of clusters.

use scs_subjects::collect::{ChangePermission, Probe, Terms};
use scs_subjects::ledger::{Journals, Patience};
use scs_subjects::watch::Pace;
use std::time::Duration;
use tempfile::TempDir;

/// The time that a demo may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

/// The time that removing may take in a demo.
const CLEANUP: Duration = Duration::from_secs(3);
/// The pauses before looking once more for what may have come into being.
const LOOKS: &[Duration] = &[Duration::from_millis(50), Duration::from_millis(200)];

/// Returns the permission to change what is simulated. That is quick, so it is looked at often, and what does not come at once
/// never comes.
pub(super) fn permission(journals: &TempDir) -> ChangePermission {
    let pace = Pace { first: Duration::from_millis(10), longest: Duration::from_millis(50) };
    let patience = Patience { pace, limit: CLEANUP, looks: LOOKS };
    let (settling, question) = (Duration::from_secs(2), Duration::from_millis(50));
    let probe = Probe { settling, question, ..Probe::default() };
    let terms = Terms { pace, patience, probe, step_limit: Duration::from_secs(10), ..Terms::default() };
    ChangePermission { terms, journals: Journals::passing(journals.path()) }
}
