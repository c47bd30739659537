//! Takes out of a recording what does not concern others, so that it can be attached to a bug
//! report. Everything that a rule reads stays; the same original always gets the same stand-in.
//! `docs/recordings.md` says field by field what becomes of it.

mod address;
mod cloud;
mod cluster;
mod cluster_address;
mod records;
mod report;
mod stand_ins;
mod text;

pub use cluster_address::PUBLISHERS;
pub use report::{Level, redact_report};

use super::recording::Recording;
use address::address;
use records::{changes, evidence, record, run_by};
use scs_checks::facts::Facts;
use stand_ins::StandIns;
use text::wordless;
use thiserror::Error;

/// A recording that cannot be redacted, by a defect of this program: rather no recording than one that says too much.
#[derive(Debug, Error)]
#[error("the recording cannot be redacted: {0}")]
pub struct RedactionError(#[from] serde_json::Error);

/// Returns the recording without what does not concern others.
///
/// # Errors
/// Only by a defect of this program.
pub fn redact(recording: &Recording) -> Result<Recording, RedactionError> {
    let mut redacted = recording.clone();
    let mut names = StandIns::default();
    let collected = &mut redacted.collected;
    match &mut collected.facts {
        Facts::Cluster(facts) => {
            cluster::facts(facts, &mut names);
            cluster::subject(collected, &mut names);
        }
        Facts::Cloud(facts) => {
            names.know_addresses(&recording.collected, facts);
            cloud::facts(facts, &mut names);
            cloud::subject(&mut collected.subject.details, &mut names);
            let requests = collected.records.values_mut().flat_map(|record| &mut record.requests);
            requests.for_each(|request| request.url = address(&request.url, &mut names));
        }
    }
    let mut identify = |_: &mut String, id: &mut Option<String>| *id = id.take().map(|id| names.of("request", &id));
    collected.records.values_mut().for_each(|one| record(one, &mut identify));
    collected.refused.iter_mut().for_each(wordless);
    collected.changes.iter_mut().for_each(|made| changes(made, &mut names));
    collected.evidence.values_mut().for_each(|one| evidence(one, &mut names));
    collected.subject.reason.iter_mut().for_each(wordless);
    collected.subject.name = "subject".to_owned();
    run_by(&mut collected.run_by);
    if collected.facts.cluster().is_some() {
        // Its fields say all of it: names like `worker` stand in texts that rules read.
        return Ok(redacted);
    }
    Ok(names.replace_everywhere(&redacted)?)
}
