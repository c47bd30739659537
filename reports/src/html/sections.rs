//! The testcases in sections: what is wrong stands first.

use super::case::Case;
use crate::report::Report;
use crate::text::thousands;
use crate::wording::decides;
use scs_checks::verdict::{Severity, Verdict};

/// Testcases that mean the same to the reader.
pub(super) struct Section<'a> {
    pub(super) anchor: &'static str,
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) cases: Vec<Case<'a>>,
}

impl Section<'_> {
    pub(super) fn number(&self) -> String {
        thousands(self.cases.len())
    }
}

/// Name, title and first sentence of each section, in their order.
const SECTIONS: [(&str, &str, &str); 5] = [
    (":violations", "Violations", "These requirements are violated, and that decides about conformance."),
    (":aborted", "Could not be decided", "These tests could not be completed. Nothing is known about them."),
    (
        ":elsewhere",
        "Violations that do not decide",
        "Recommended, or required only by versions that do not decide yet.",
    ),
    (":missing", "Not run", "Not tested: excluded, or not possible here. Nothing is known about them."),
    (":passed", "Passed", "It was tested, and nothing contradicts the requirement."),
];

/// Returns the sections that have testcases.
pub(super) fn sections(report: &Report) -> Vec<Section<'_>> {
    let mut places: [Vec<Case<'_>>; SECTIONS.len()] = Default::default();
    for (id, result) in &report.testcases {
        let place = match (result.verdict, decides(report, id)) {
            (Verdict::Fail, true) => 0,
            (Verdict::Abort, _) => 1,
            (Verdict::Fail, false) => 2,
            (Verdict::Miss, _) => 3,
            (Verdict::Pass, _) => 4,
        };
        if let Some(cases) = places.get_mut(place) {
            cases.push(Case::of(report, id, result));
        }
    }
    let filled = SECTIONS.into_iter().zip(places).filter(|(_, cases)| !cases.is_empty());
    let section = |((anchor, title, lead), mut cases): ((_, _, _), Vec<_>)| {
        cases.sort_by_key(rank);
        Section { anchor, title, lead, cases }
    };
    filled.map(section).collect()
}

/// Ranks a testcase: the lower the rank, the earlier it stands in its section.
fn rank(case: &Case<'_>) -> (bool, bool) {
    let remarkable =
        case.result.vacuous || case.result.findings.iter().any(|found| found.severity >= Severity::Warning);
    (!case.decides && case.result.verdict != Verdict::Pass, !remarkable)
}
