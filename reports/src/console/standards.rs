//! The testcases by standard, those first in which something is wrong.

use super::Console;
use super::case::{COLUMN, ids_in_a_row};
use super::page::{Ink, Span};
use crate::marks::of_testcase;
use crate::report::{SubjectState, TestcaseResult};
use crate::text::{count, thousands};
use crate::wording::{because, decides};
use indexmap::IndexMap;
use scs_checks::verdict::{ReasonCode, Severity, Verdict};

/// The testcases of a standard that were tested, or should have been.
struct Group<'a> {
    standard: &'a str,
    cases: Vec<(&'a str, &'a TestcaseResult)>,
}

impl<'a> Group<'a> {
    fn of(&self, verdict: Verdict) -> impl Iterator<Item = (&'a str, &'a TestcaseResult)> {
        self.cases.iter().copied().filter(move |(_, result)| result.verdict == verdict)
    }

    fn tally(&self) -> String {
        let words = [(Verdict::Fail, "failed"), (Verdict::Abort, "aborted"), (Verdict::Pass, "passed")];
        let counts = words.map(|(verdict, word)| (self.of(verdict).count(), word));
        let counts = counts.into_iter().filter(|(number, _)| *number > 0);
        counts.map(|(number, word)| format!("{} {word}", thousands(number))).collect::<Vec<_>>().join(", ")
    }
}

impl<'a> Console<'a> {
    pub(super) fn standards(&mut self) {
        if self.report.subject.state != SubjectState::Tested {
            return self.all_aborted();
        }
        let (quiet, loud): (Vec<_>, Vec<_>) = self.groups().into_iter().partition(|group| self.is_quiet(group));
        for group in loud {
            self.group(&group);
        }
        self.page.gap();
        let column = quiet.iter().map(|group| group.standard.len() + 2).max().unwrap_or_default();
        for group in quiet {
            let label = Span::strong(group.standard);
            let passed = self.silent_passes(&group.of(Verdict::Pass).collect::<Vec<_>>());
            let body = [vec![self.word(Verdict::Pass), Span::plain("  ")], passed].concat();
            self.page.labelled(0, &label, column, &body);
        }
    }

    /// Writes no list if the subject was not tested: the head of the page says why, and a list would bury it.
    fn all_aborted(&mut self) {
        let aborted = self.report.testcases.values().filter(|result| result.verdict == Verdict::Abort).count();
        if aborted > 0 {
            self.page.gap();
            self.verdict(Verdict::Abort, &[Span::plain(count(aborted, "testcase"))]);
        }
    }

    fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: IndexMap<&str, Group<'a>> = IndexMap::new();
        for (id, result) in self.report.testcases.iter().filter(|(_, result)| result.verdict != Verdict::Miss) {
            let standard = if result.standard.is_empty() { "unknown" } else { result.standard.as_str() };
            let group = groups.entry(standard).or_insert_with(|| Group { standard, cases: Vec::new() });
            group.cases.push((id, result));
        }
        let mut groups: Vec<Group<'a>> = groups.into_values().collect();
        groups.sort_by_key(|group| group.cases.iter().map(|(id, result)| self.rank(id, result)).min());
        groups
    }

    /// Ranks a testcase: the lower the rank, the earlier it stands on the page.
    fn rank(&self, id: &str, result: &TestcaseResult) -> u8 {
        match (result.verdict, decides(self.report, id)) {
            (Verdict::Fail, true) => 0,
            (Verdict::Abort, true) => 1,
            (Verdict::Fail, false) => 2,
            (Verdict::Abort, false) => 3,
            _ if self.is_remarkable(id, result) => 4,
            _ => 5,
        }
    }

    /// Returns true for a standard that one line can tell of.
    fn is_quiet(&self, group: &Group<'_>) -> bool {
        !self.verbose && group.cases.iter().all(|(id, result)| self.rank(id, result) == 5)
    }

    fn group(&mut self, group: &Group<'a>) {
        self.page.gap();
        let title = self.report.standards.get(group.standard).map_or(String::new(), |title| format!(" {title}"));
        let heading = Span::strong(format!("{}{title}", group.standard));
        self.page.paragraph(0, &[heading, Span::faint(format!("  {}", group.tally()))]);
        let mut failed: Vec<_> = group.of(Verdict::Fail).collect();
        failed.sort_by_key(|(id, result)| self.rank(id, result));
        for (number, (id, result)) in failed.into_iter().enumerate() {
            if number > 0 {
                self.page.gap();
            }
            self.failed(id, result);
        }
        self.abortions(group);
        self.passes(group);
    }

    fn abortions(&mut self, group: &Group<'a>) {
        let mut by_reason: IndexMap<&str, Vec<&str>> = IndexMap::new();
        for (id, result) in group.of(Verdict::Abort) {
            let reason = result.reason.as_ref().map_or("The reason is not known.", |reason| reason.message.as_str());
            by_reason.entry(reason).or_default().push(id);
        }
        for (reason, ids) in by_reason {
            self.aborted(&ids, reason);
        }
    }

    fn passes(&mut self, group: &Group<'a>) {
        let (told, silent): (Vec<_>, Vec<_>) =
            group.of(Verdict::Pass).partition(|(id, result)| self.verbose || self.is_remarkable(id, result));
        for (id, result) in told {
            self.passed(id, result);
        }
        if !silent.is_empty() {
            let passed = self.silent_passes(&silent);
            self.verdict(Verdict::Pass, &passed);
        }
    }

    /// Writes how many have passed, and which of them over nothing.
    fn silent_passes(&self, cases: &[(&str, &TestcaseResult)]) -> Vec<Span> {
        let vacuous: Vec<&str> = cases.iter().filter(|(_, result)| result.vacuous).map(|(id, _)| *id).collect();
        let mut line = vec![Span::plain(count(cases.len(), "testcase"))];
        if !vacuous.is_empty() {
            line.push(Span::new(Ink::Warning, format!(", {} with nothing to examine: ", thousands(vacuous.len()))));
            line.extend(ids_in_a_row(&vacuous));
        }
        line
    }

    /// Writes what was not run, by reason.
    pub(super) fn not_run(&mut self) {
        let mut by_reason: IndexMap<Option<ReasonCode>, Vec<(&str, &TestcaseResult)>> = IndexMap::new();
        for (id, result) in self.report.testcases.iter().filter(|(_, result)| result.verdict == Verdict::Miss) {
            let code = result.reason.as_ref().map(|reason| reason.code);
            by_reason.entry(code).or_default().push((id, result));
        }
        if by_reason.is_empty() {
            return;
        }
        self.page.gap();
        self.page.paragraph(0, &[Span::strong("Not run")]);
        let subject = self.report.subject.kind;
        for (code, cases) in by_reason {
            let why = code.map_or("for an unknown reason", |code| because(code, cases.len() == 1, subject));
            let what = if code == Some(ReasonCode::NotApplicable) { "not applicable" } else { "not run" };
            self.verdict(Verdict::Miss, &[Span::plain(format!("{} {what}: {why}", thousands(cases.len())))]);
            if self.verbose {
                for (id, result) in cases {
                    let reason = result.reason.as_ref().map(|reason| format!(": {}", reason.message));
                    self.page.paragraph(COLUMN, &[Span::plain(id), Span::faint(reason.unwrap_or_default())]);
                }
            } else if code != Some(ReasonCode::NotSelected) {
                let ids: Vec<&str> = cases.iter().map(|(id, _)| *id).collect();
                self.page.paragraph(COLUMN, &ids_in_a_row(&ids));
            }
        }
    }

    /// Returns true for a PASS that says more than that.
    fn is_remarkable(&self, id: &str, result: &TestcaseResult) -> bool {
        let warns = result.findings.iter().any(|finding| finding.severity >= Severity::Warning);
        warns || !of_testcase(self.report, id, result).is_empty()
    }
}
