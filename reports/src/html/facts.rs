//! The section that shows how and when the facts were collected.

use super::findings::Folded;
use super::words::{machine, moment, span};
use crate::report::{CollectionRecord, CollectionState, Report, RequestRecord};
use crate::text::{count, thousands};
use crate::wording::because;
use scs_checks::facts::FactKind;
use scs_checks::verdict::Reason;

/// One fact.
pub(super) struct Fact<'a> {
    pub(super) kind: FactKind,
    pub(super) class: &'static str,
    pub(super) state: &'static str,
    pub(super) record: &'a CollectionRecord,
    pub(super) requests: Folded<Request<'a>>,
}

/// One request.
#[derive(Clone, Copy)]
pub(super) struct Request<'a>(pub(super) &'a RequestRecord);

/// Returns the records of how the facts were collected, in the order of the report.
pub(super) fn facts(report: &Report) -> Vec<Fact<'_>> {
    report.facts.iter().map(|(kind, record)| fact(*kind, record)).collect()
}

fn fact(kind: FactKind, record: &CollectionRecord) -> Fact<'_> {
    let (class, state) = match record.state {
        CollectionState::Known => ("plain", "known"),
        CollectionState::Absent => ("plain", "absent"),
        CollectionState::Failed => ("abort", "failed"),
        CollectionState::NotCollected => ("miss", "not collected"),
    };
    let requests: Vec<Request<'_>> = record.requests.iter().map(Request).collect();
    Fact { kind, class, state, record, requests: Folded::of(&requests) }
}

impl<'a> Fact<'a> {
    /// Says how much work it took: `1,980 items, 3 requests, 187 ms`.
    pub(super) fn effort(&self) -> String {
        let items = self.record.items.map(|items| count(items, "item"));
        let requests = self.record.requests.len();
        let asked = (requests > 0).then(|| count(requests, "request"));
        let took = (requests > 0 || self.record.duration_ms > 0).then(|| span(self.record.duration_ms));
        [items, asked, took].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    pub(super) fn reason(&self) -> Option<&'a Reason> {
        self.record.reason.as_ref()
    }

    pub(super) fn because(&self) -> &'static str {
        self.reason().map_or("", |reason| because(reason.code, true, self.kind.subject()))
    }

    /// Returns the instant at which collecting began, for programs and for people.
    pub(super) fn began(&self) -> Option<(String, String)> {
        self.record.started_at.as_ref().map(|time| (machine(time), moment(time)))
    }
}

impl<'a> Request<'a> {
    pub(super) fn status(self) -> String {
        self.0.status.map_or("no answer".to_owned(), |status| status.to_string())
    }

    pub(super) fn request_id(self) -> &'a str {
        self.0.request_id.as_deref().unwrap_or_default()
    }

    pub(super) fn took(self) -> String {
        thousands(usize::try_from(self.0.duration_ms).unwrap_or(usize::MAX))
    }

    pub(super) fn bytes(self) -> String {
        thousands(usize::try_from(self.0.bytes).unwrap_or(usize::MAX))
    }
}
