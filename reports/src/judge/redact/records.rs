//! The redaction of records: how a fact was collected, and what experiments made.

use super::stand_ins::StandIns;
use super::text::{redacted, wordless};
use crate::report::{Changes, CiJob, CollectionRecord, CreatedResource, RequestRecord, RunBy};
use scs_checks::definition::Evidence;

/// Redacts how a fact came about: what this program says of itself stays. What is done with address and id of each request
/// is up to the caller.
pub(super) fn record(record: &mut CollectionRecord, request: &mut impl FnMut(&mut String, &mut Option<String>)) {
    let CollectionRecord { state: _, reason, items: _, started_at: _, duration_ms: _, requests, documents, brought: _ } =
        record;
    reason.iter_mut().for_each(wordless);
    documents.iter_mut().for_each(redacted);
    for one in requests {
        let RequestRecord {
            method: _,
            url,
            status: _,
            attempts: _,
            request_id,
            duration_ms: _,
            bytes: _,
            clock_ahead_seconds: _,
        } = one;
        request(url, request_id);
    }
}

/// Redacts what experiments made: kind and name stay, which are ours; ids and the words of services go, and so does the
/// command that names the subject.
pub(super) fn changes(changes: &mut Changes, names: &mut StandIns) {
    let Changes { run: _, resources, sweep } = changes;
    *sweep = None;
    for CreatedResource { kind: _, name: _, id, created_at: _, left } in resources {
        *id = id.take().map(|id| names.of("resource", &id));
        left.iter_mut().for_each(redacted);
    }
}

/// Redacts what a person states: statement, date and SHA-256 stay.
pub(super) fn evidence(evidence: &mut Evidence, names: &mut StandIns) {
    let Evidence { statement: _, document, sha256: _, verified: _, person, date: _, note } = evidence;
    *document = names.of("document", document);
    *person = names.of("person", person);
    note.iter_mut().for_each(redacted);
}

/// Redacts who ran the tool. The stand-ins are words of their own: a user or host may have the name of an image.
pub(super) fn run_by(run_by: &mut RunBy) {
    let RunBy { user, host, ci } = run_by;
    let stand_in = |text: &mut Option<String>, word: &str| *text = text.take().map(|_| format!("{word}-1"));
    stand_in(user, "operator");
    stand_in(host, "machine");
    if let Some(CiJob { system: _, project, job, build, url }) = ci {
        stand_in(project, "ci-project");
        stand_in(job, "ci-job");
        stand_in(build, "ci-build");
        *url = None;
    }
}
