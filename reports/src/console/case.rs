//! One testcase on the page.

use super::Console;
use super::page::{Ink, Span};
use crate::evidence::how_many;
use crate::marks::{DOES_NOT_DECIDE, of_testcase};
use crate::report::TestcaseResult;
use crate::text::{count, listing, thousands};
use crate::wording::{alike, decides};
use indexmap::IndexMap;
use scs_checks::definition::Target;
use scs_checks::verdict::{Severity, Verdict};

/// The column of the names of testcases, behind the verdict.
pub(super) const COLUMN: usize = 9;
/// The column of the texts about a testcase, behind their labels.
const TEXT: usize = COLUMN + 8;

impl Console<'_> {
    /// Writes a violated requirement, with all that helps to mend it.
    pub(super) fn failed(&mut self, id: &str, result: &TestcaseResult) {
        let weight = self.weight(id, result);
        self.verdict(result.verdict, &[Span::strong(id), Span::new(Ink::Warning, weight), self.ties(id, result)]);
        self.page.paragraph(COLUMN, &[Span::plain(&result.description)]);
        self.findings(COLUMN, &result.findings);
        for (clause, all) in alike(&result.clauses) {
            let standards: Vec<&str> = all.iter().map(|clause| clause.standard.as_str()).collect();
            let name = format!("{} ({} {})", clause.level, listing(&standards), clause.id);
            self.about("clause", &[Span::plain(format!("{name}: {}", clause.text))]);
        }
        self.about("remedy", &[Span::plain(&result.remedy)]);
        self.about("see", &[Span::faint(&result.url)]);
    }

    fn about(&mut self, label: &str, body: &[Span]) {
        if body.iter().any(|span| span.width() > 0) {
            self.page.labelled(COLUMN, &Span::faint(label), TEXT, body);
        }
    }

    /// Writes testcases that could not be decided for the same reason.
    pub(super) fn aborted(&mut self, ids: &[&str], reason: &str) {
        match ids {
            [id] => self.verdict(Verdict::Abort, &[Span::strong(id)]),
            ids => self.verdict(Verdict::Abort, &[Span::strong(count(ids.len(), "testcase"))]),
        }
        self.page.paragraph(COLUMN, &[Span::plain(reason)]);
        if ids.len() > 1 {
            self.page.paragraph(COLUMN, &ids_in_a_row(ids));
        }
    }

    /// Writes a testcase that has passed, with its warnings.
    pub(super) fn passed(&mut self, id: &str, result: &TestcaseResult) {
        let warnings = how_many(&result.findings, Severity::Warning);
        let mut line = vec![Span::plain(id)];
        if result.vacuous {
            line.push(Span::new(Ink::Warning, ", nothing to examine"));
        } else if self.verbose {
            line.push(Span::faint(format!(", {} examined", thousands(result.examined))));
        }
        if warnings > 0 {
            line.push(Span::new(Ink::Warning, format!(", {}", count(warnings, "warning"))));
        }
        line.push(self.ties(id, result));
        self.verdict(result.verdict, &line);
        self.findings(COLUMN, &result.findings);
    }

    /// Tells the marks of a testcase beside whether it decides, which [`Self::weight`] tells in more words.
    fn ties(&self, id: &str, result: &TestcaseResult) -> Span {
        let marks = of_testcase(self.report, id, result).into_iter().filter(|mark| *mark != DOES_NOT_DECIDE);
        Span::new(Ink::Warning, marks.map(|mark| format!(" ({mark})")).collect::<String>())
    }

    pub(super) fn verdict(&mut self, verdict: Verdict, body: &[Span]) {
        let word = self.word(verdict);
        self.page.labelled(2, &word, COLUMN, body);
    }

    /// Says of a violation that does not decide that it does not.
    fn weight(&self, id: &str, result: &TestcaseResult) -> String {
        if decides(self.report, id) {
            return String::new();
        }
        let mut by_target: IndexMap<Target, Vec<&str>> = IndexMap::new();
        for (version, target) in &result.targets {
            by_target.entry(*target).or_default().push(version);
        }
        let roles = by_target.into_iter().map(|(target, versions)| format!("{target} in {}", listing(&versions)));
        let roles = roles.collect::<Vec<_>>().join(", ");
        let roles = if roles.is_empty() { "in none of these versions".to_owned() } else { roles };
        format!(" ({roles}; {DOES_NOT_DECIDE})")
    }
}

/// Returns the ids as parts of a paragraph.
pub(super) fn ids_in_a_row(ids: &[&str]) -> Vec<Span> {
    let last = ids.len().saturating_sub(1);
    let comma =
        |(index, id): (usize, &&str)| Span::faint(if index < last { format!("{id}, ") } else { (*id).to_owned() });
    ids.iter().enumerate().map(comma).collect()
}
