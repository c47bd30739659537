//! The head of the page: what was tested against what, and what stood in the way.

use super::Console;
use super::page::{Ink, Span};
use crate::marks::marks;
use crate::report::{MarkKind, VersionResult};
use crate::wording::{not_tested, ran_by};

/// The column of the values.
const COLUMN: usize = 12;

impl Console<'_> {
    pub(super) fn header(&mut self) {
        self.obstacles();
        let report = self.report;
        let details: Vec<String> =
            report.subject.details.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
        self.field("Subject", &[Span::strong(&report.subject.name), Span::plain(details)]);
        self.field("Scope", &[Span::plain(&report.scope.name)]);
        self.field("Versions", &[Span::plain(versions(report.versions.iter()))]);
        let reference = report.reference.format("%Y-%m-%d %H:%M UTC").to_string();
        self.field("Reference", &[Span::plain(reference)]);
        if let Some(expires) = report.expires_at {
            self.field("Valid until", &[Span::plain(expires.format("%Y-%m-%d %H:%M UTC").to_string())]);
        }
        if let Some(name) = ran_by(&report.run_by) {
            self.field("Run by", &[Span::plain(name)]);
        }
        let tool = &report.tool;
        let commit = tool.commit.as_ref().map(|commit| format!(" (commit {commit})")).unwrap_or_default();
        let definitions: String = report.definitions.digest.chars().take(12).collect();
        let definitions = report.definitions.name(&definitions);
        let made_by = format!("{} {}{commit}, definitions {definitions}", tool.name, tool.version);
        self.field("Tool", &[Span::plain(made_by)]);
    }

    fn field(&mut self, name: &str, value: &[Span]) {
        self.page.labelled(0, &Span::faint(name), COLUMN, value);
    }

    /// Writes what kept the suite from testing, before anything else.
    fn obstacles(&mut self) {
        if let Some((what, reason)) = not_tested(self.report) {
            self.page.paragraph(0, &[Span::new(Ink::Fail, "NOT TESTED: "), Span::strong(what)]);
            if let Some(reason) = reason {
                self.page.paragraph(2, &[Span::plain(&reason.message), Span::faint(format!(" [{}]", reason.code))]);
            }
            self.page.paragraph(2, &[Span::plain("Nothing is known about its conformance.")]);
            self.page.gap();
        }
        if let Some(reason) = &self.report.interrupted {
            self.page.paragraph(0, &[Span::new(Ink::Abort, "INTERRUPTED: "), Span::strong(&reason.message)]);
            self.page.gap();
        }
        // What is left behind has a block of its own before the summary.
        for mark in marks(self.report).into_iter().filter(|mark| mark.kind != MarkKind::LeftBehind) {
            let word = Span::new(Ink::Warning, format!("{}: ", mark.word));
            self.page.paragraph(0, &[word, Span::plain(mark.sentence)]);
            self.page.gap();
        }
    }
}

/// Lists the versions: `v5.1 effective (decides), next draft`.
fn versions<'a>(versions: impl Iterator<Item = (&'a String, &'a VersionResult)>) -> String {
    let named = versions.map(|(name, version)| {
        let decides = if version.decides { " (decides)" } else { "" };
        format!("{name} {}{decides}", version.validity)
    });
    let named: Vec<String> = named.collect();
    if named.is_empty() { "none".to_owned() } else { named.join(", ") }
}
