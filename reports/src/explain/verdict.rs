//! Explains the verdict on a testcase, from the report.

use super::{ExplanationPage, TEXT};
use crate::console::page::{Ink, Span};
use crate::evidence::{by_weight, comparison, resource};
use crate::json;
use crate::marks::{marks, of_testcase};
use crate::report::{CollectionRecord, CollectionState, Report, RequestRecord, TestcaseResult};
use crate::text::{count, listing, thousands};
use crate::wording::{decides, noun};
use indexmap::IndexMap;
use scs_checks::facts::FactKind;
use scs_checks::verdict::{Finding, Severity, Verdict};
use serde::Serialize;

/// A verdict and all that it rests on.
#[derive(Clone, Debug, Serialize)]
pub struct VerdictExplanation<'a> {
    /// The id of the testcase.
    pub id: &'a str,
    /// The subject that was tested.
    pub subject: &'a str,
    /// The result.
    pub result: &'a TestcaseResult,
    /// The records of how its facts were collected.
    pub facts: IndexMap<FactKind, &'a CollectionRecord>,
    #[serde(skip)]
    report: &'a Report,
}

impl<'a> VerdictExplanation<'a> {
    /// Explains the verdict on a testcase; none for one that is not in the report.
    pub fn of(report: &'a Report, id: &str) -> Option<Self> {
        let (id, result) = report.testcases.get_key_value(id)?;
        let facts = result.needs.iter().filter_map(|fact| Some((*fact, report.facts.get(fact)?))).collect();
        Some(Self { id, subject: &report.subject.name, result, facts, report })
    }

    /// Renders it as JSON.
    ///
    /// # Errors
    /// Those of serde, which such values do not have.
    pub fn to_json(&self) -> serde_json::Result<String> {
        json::render(self)
    }

    /// Renders it for people, with colors.
    pub fn to_text(&self, width: usize) -> String {
        let mut sheet = ExplanationPage::new(width);
        let ink = match self.result.verdict {
            Verdict::Pass => Ink::Pass,
            Verdict::Abort => Ink::Abort,
            Verdict::Miss => Ink::Miss,
            Verdict::Fail => Ink::Fail,
        };
        let verdict = Span::new(ink, self.result.verdict.to_string());
        sheet.0.paragraph(0, &[verdict, Span::plain(" "), Span::strong(self.id)]);
        sheet.0.paragraph(0, &[Span::plain(&self.result.description)]);
        sheet.0.gap();
        let when = self.report.reference.format("%Y-%m-%d %H:%M UTC");
        sheet.about("subject", format!("{}, as of {when}", self.subject));
        sheet.about("counts", self.role());
        for mark in marks(self.report) {
            sheet.about("mark", format!("{}: {}", mark.word, mark.sentence));
        }
        for mark in of_testcase(self.report, self.id, self.result) {
            sheet.about("mark", mark);
        }
        sheet.about("why", self.reason());
        self.findings(&mut sheet);
        self.facts(&mut sheet);
        for clause in &self.result.clauses {
            sheet.about("clause", format!("{} ({} {}): {}", clause.level, clause.standard, clause.id, clause.text));
        }
        if self.result.verdict != Verdict::Pass {
            sheet.about("remedy", &self.result.remedy);
        }
        sheet.about("see", &self.result.url);
        sheet.0.finish()
    }

    fn role(&self) -> String {
        let targets = self.result.targets.iter().map(|(version, target)| format!("{target} of {version}"));
        let targets: Vec<String> = targets.collect();
        let targets = listing(&targets.iter().map(String::as_str).collect::<Vec<_>>());
        match (targets.as_str(), decides(self.report, self.id)) {
            ("", _) => "in none of the versions that were looked at".to_owned(),
            (targets, true) => format!("{targets}; the conclusion of the run depends on it"),
            (targets, false) => format!("{targets}; the conclusion of the run does not depend on it"),
        }
    }

    fn reason(&self) -> String {
        let result = self.result;
        if let Some(reason) = &result.reason {
            return format!("{} ({})", reason.message, reason.code);
        }
        let examined = count(result.examined, "thing");
        match result.verdict {
            Verdict::Fail => {
                let violations = result.findings.iter().filter(|finding| finding.severity == Severity::Violation);
                format!("{} among {examined} examined", count(violations.count(), "violation"))
            }
            Verdict::Pass if result.vacuous => "there was nothing to examine, so nothing contradicts it".to_owned(),
            Verdict::Pass => format!("{examined} examined, and nothing contradicts it"),
            Verdict::Abort | Verdict::Miss => "the report does not say".to_owned(),
        }
    }

    fn findings(&self, sheet: &mut ExplanationPage) {
        for finding in by_weight(&self.result.findings) {
            sheet.about(&finding.severity.to_string(), about(finding) + &finding.message);
            if let Some(compared) = comparison(finding, usize::MAX) {
                sheet.0.paragraph(TEXT + 2, &[Span::plain(compared)]);
            }
        }
    }

    fn facts(&self, sheet: &mut ExplanationPage) {
        for (kind, record) in &self.facts {
            sheet.about("fact", format!("{kind}: {}", collected(*kind, record)));
            for document in &record.documents {
                sheet.0.paragraph(TEXT + 2, &[Span::faint(document.clone())]);
            }
            for request in &record.requests {
                sheet.0.paragraph(TEXT + 2, &[Span::faint(asked(request))]);
            }
        }
        for kind in self.result.needs.iter().filter(|kind| !self.facts.contains_key(*kind)) {
            sheet.about("fact", format!("{kind}: the report does not say how it was collected"));
        }
    }
}

fn about(finding: &Finding) -> String {
    finding.resource.as_ref().map(|about| format!("{}: ", resource(about, false))).unwrap_or_default()
}

/// Says how collecting went, for example `known, 12 items, at 15:30:45 in 320 ms`.
fn collected(kind: FactKind, record: &CollectionRecord) -> String {
    let mut text = match record.state {
        CollectionState::Known => "known".to_owned(),
        CollectionState::Absent => format!("the {} has no such thing", noun(kind.subject())),
        CollectionState::Failed => "could not be collected".to_owned(),
        CollectionState::NotCollected => "not collected".to_owned(),
    };
    if let Some(items) = record.items {
        text.push_str(&format!(", {}", count(items, "item")));
    }
    if let Some(at) = record.started_at {
        let took = thousands(usize::try_from(record.duration_ms).unwrap_or(usize::MAX));
        text.push_str(&format!(", at {} in {took} ms", at.format("%H:%M:%S UTC")));
    }
    if let Some(reason) = &record.reason {
        text.push_str(&format!(": {}", reason.message));
    }
    text
}

/// Describes a request, for example `GET https://… answered 200, 1,234 bytes in 20 ms (request req-1)`.
fn asked(request: &RequestRecord) -> String {
    let number = |number: u64| thousands(usize::try_from(number).unwrap_or(usize::MAX));
    let answer = request
        .status
        .map_or("got no answer".to_owned(), |status| format!("answered {status}, {} bytes", number(request.bytes)));
    let attempts = if request.attempts > 1 { format!(" after {} attempts", request.attempts) } else { String::new() };
    let id = request.request_id.as_ref().map_or(String::new(), |id| format!(" (request {id})"));
    format!("{} {} {answer}{attempts} in {} ms{id}", request.method, request.url, number(request.duration_ms))
}
