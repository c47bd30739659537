//! The evidence of a testcase: resources in one column, what is the matter beside them.

use super::Console;
use super::page::{Ink, Span};
use crate::evidence::{by_weight, comparison, resource, statement};
use crate::text::{clipped, thousands};
use scs_checks::verdict::{Finding, Severity};

/// The number of findings of a testcase that are shown.
const MOST: usize = 10;
/// The number of characters of a value that are shown.
const LONGEST_VALUE: usize = 200;

impl Console<'_> {
    /// Writes the findings, the heaviest first, but not more than a screen holds. The rest is in the JSON report.
    pub(super) fn findings(&mut self, indent: usize, findings: &[Finding]) {
        let shown: Vec<&Finding> = by_weight(findings).into_iter().take(MOST).collect();
        let labels: Vec<Span> = shown.iter().map(|finding| about(finding)).collect();
        let column = self.column(indent, &labels);
        for (finding, label) in shown.iter().zip(&labels) {
            let mut message = vec![Span::plain(statement(finding))];
            match finding.severity {
                Severity::Violation => {}
                Severity::Warning => message.insert(0, Span::new(Ink::Warning, "warning: ")),
                Severity::Info => message.insert(0, Span::faint("info: ")),
            }
            // What is about no resource in particular must not stand below one.
            let column = if label.width() == 0 { indent } else { column };
            self.page.labelled(indent, label, column, &message);
            if let Some(compared) = comparison(finding, LONGEST_VALUE) {
                self.page.paragraph(column, &[Span::plain(compared)]);
            }
        }
        if findings.len() > MOST {
            let more = format!("… and {} more, see the JSON report", thousands(findings.len() - MOST));
            self.page.paragraph(indent, &[Span::strong(more)]);
        }
    }

    /// Returns the column beside the widest label that leaves room for a sentence; wider labels stand above their text.
    fn column(&self, indent: usize, labels: &[Span]) -> usize {
        let limit = self.page.width() / 2;
        let widest = labels.iter().map(|label| indent + label.width() + 2).filter(|column| *column <= limit).max();
        match widest {
            Some(column) if labels.iter().any(|label| label.width() > 0) => column.max(indent + 2),
            _ if labels.iter().all(|label| label.width() == 0) => indent,
            _ => indent + 4,
        }
    }
}

fn about(finding: &Finding) -> Span {
    let text = finding.resource.as_ref().map(|about| resource(about, true)).unwrap_or_default();
    Span::plain(clipped(&text, 80))
}
