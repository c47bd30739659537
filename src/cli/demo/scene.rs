//! The scene of a demo: a simulated subject, and the request to collect from it.

use crate::cli::run_by;
use scs_subjects::collect::{ChangePermission, ChangeTerms, Probe};
use scs_subjects::ledger::{Journals, Patience};
use scs_subjects::run::{CollectRequest, SubjectAccess};
use scs_subjects::suites::Suites;
use scs_subjects::watch::Pace;
use std::any::Any;
use std::time::Duration;
use tempfile::TempDir;

/// A simulated subject, and the request to collect from it.
pub(super) struct Scene {
    pub collect: CollectRequest,
    /// The simulated services and the folder of journals, which go away when this is dropped.
    pub held: Box<dyn Any>,
}

impl Scene {
    /// Returns the scene of a scenario; `services` are held as long as it is.
    pub(super) fn new(
        scenario: &str,
        access: SubjectAccess,
        brought: Suites,
        services: impl Any,
    ) -> std::io::Result<Self> {
        let journals = tempfile::tempdir()?;
        let collect = CollectRequest {
            subject: Some(scenario.to_owned()),
            simulated: true,
            permission: Some(permission(&journals)),
            brought,
            deadline: Some(DEADLINE),
            run_by: run_by::from_process(),
            ..CollectRequest::new(access)
        };
        Ok(Self { collect, held: Box::new((journals, services)) })
    }
}

/// The time that a demo may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// The time that removing may take in a demo.
const CLEANUP: Duration = Duration::from_secs(3);
/// The pauses before looking once more for what may have come into being.
const LOOKS: &[Duration] = &[Duration::from_millis(50), Duration::from_millis(200)];

/// Returns the permission to change what is simulated. That is quick, so it is looked at often, and what does not come at once
/// never comes.
fn permission(journals: &TempDir) -> ChangePermission {
    let pace = Pace { first: Duration::from_millis(10), longest: Duration::from_millis(50) };
    let patience = Patience { pace, limit: CLEANUP, looks: LOOKS };
    let (settling, question) = (Duration::from_secs(2), Duration::from_millis(50));
    let probe = Probe { settling, question, ..Probe::default() };
    let terms = ChangeTerms { pace, patience, probe, step_limit: Duration::from_secs(10), ..ChangeTerms::default() };
    ChangePermission { terms, journals: Journals::passing(journals.path()) }
}
