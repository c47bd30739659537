//! The difference between two nights, subject by subject.

use crate::state::Attempt;
use chrono::NaiveDate;
use scs_checks::verdict::Verdict;
use serde::Serialize;
use std::fmt::Write;

/// The difference between two nights.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NightDifference {
    /// The earlier night.
    pub before: NaiveDate,
    /// The later night.
    pub after: NaiveDate,
    /// The subjects that were tested in one of them, by name.
    pub subjects: Vec<SubjectDifference>,
}

/// The difference between two nights of a subject in a scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubjectDifference {
    /// The name of the subject.
    pub subject: String,
    /// The id of its scope.
    pub scope: String,
    /// True if the later night has a report of it.
    pub is_tested: bool,
    /// True if the two nights had other definitions.
    pub has_new_definitions: bool,
    /// Testcases that fail, and did not fail before.
    pub failing: Vec<VerdictChange>,
    /// Testcases that failed before, and pass.
    pub fixed: Vec<VerdictChange>,
    /// Testcases that were decided before, and are not.
    pub undecided: Vec<VerdictChange>,
    /// Testcases that have another verdict in another way.
    pub other: Vec<VerdictChange>,
    /// The number of testcases that have the same verdict.
    pub same: usize,
    /// The number of testcases that were not run in the later night.
    pub not_run: usize,
}

/// A testcase with another verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerdictChange {
    /// The testcase.
    pub id: String,
    /// The verdict before; none if it had not been tested.
    pub before: Option<Verdict>,
    /// The verdict after.
    pub after: Verdict,
}

impl SubjectDifference {
    /// Compares what was known after one night with what another night has found; none if neither knows the subject.
    pub fn between(
        subject: &str,
        scope: &str,
        attempts: &[Attempt],
        before: NaiveDate,
        after: NaiveDate,
    ) -> Option<Self> {
        let earlier: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.night <= before).collect();
        let later: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.night == after).collect();
        if later.is_empty() && earlier.iter().all(|attempt| attempt.night != before) {
            return None;
        }
        let mut difference = Self {
            subject: subject.to_owned(),
            scope: scope.to_owned(),
            is_tested: !later.is_empty(),
            has_new_definitions: have_other_definitions(&earlier, &later),
            failing: Vec::new(),
            fixed: Vec::new(),
            undecided: Vec::new(),
            other: Vec::new(),
            same: 0,
            not_run: 0,
        };
        for id in testcases(earlier.iter().chain(&later)) {
            difference.add(id, latest(&earlier, id), latest(&later, id));
        }
        Some(difference)
    }

    fn add(&mut self, id: &str, before: Option<Verdict>, after: Option<Verdict>) {
        use Verdict::{Fail, Pass};
        let Some(after) = after else {
            self.not_run += 1;
            return;
        };
        let is_decided = |verdict| matches!(verdict, Pass | Fail);
        let list = match (before, after) {
            (before, after) if before == Some(after) => {
                self.same += 1;
                return;
            }
            (_, Fail) => &mut self.failing,
            (Some(Fail), Pass) => &mut self.fixed,
            (Some(before), after) if is_decided(before) && !is_decided(after) => &mut self.undecided,
            _ => &mut self.other,
        };
        list.push(VerdictChange { id: id.to_owned(), before, after });
    }

    fn is_quiet(&self) -> bool {
        self.lists().iter().all(|(_, list)| list.is_empty())
    }

    fn lists(&self) -> [(&'static str, &[VerdictChange]); 4] {
        [
            ("New failures", &self.failing),
            ("Fixed", &self.fixed),
            ("No longer decided", &self.undecided),
            ("Other verdicts", &self.other),
        ]
    }
}

impl NightDifference {
    /// Returns true if something fails that did not fail before.
    pub fn is_worse(&self) -> bool {
        self.subjects.iter().any(|one| !one.failing.is_empty())
    }

    /// Returns true if something is no longer decided, or a subject was not tested: it may fail.
    pub fn loses_verdicts(&self) -> bool {
        self.subjects.iter().any(|one| !one.is_tested || !one.undecided.is_empty())
    }

    /// Returns the page for people, as text or Markdown.
    pub fn page(&self, is_markdown: bool) -> String {
        let (title, subject) = if is_markdown { ("# ", "## ") } else { ("", "") };
        let mut page = format!("{title}From the night of {} to that of {}\n", self.before, self.after);
        for one in &self.subjects {
            // Writing to a text cannot fail.
            let _ = writeln!(page, "\n{subject}{}, {}", one.subject, one.scope);
            if is_markdown {
                page.push('\n');
            }
            for line in one.lines() {
                let _ = writeln!(page, "{} {line}", if is_markdown { "-" } else { " " });
            }
        }
        page
    }
}

impl SubjectDifference {
    fn lines(&self) -> Vec<String> {
        if !self.is_tested {
            return vec!["The later night has no report of it.".to_owned()];
        }
        let mut lines = Vec::new();
        if self.has_new_definitions {
            lines.push("The definitions have changed.".to_owned());
        }
        for (title, list) in self.lists() {
            lines.extend(list.iter().map(|change| format!("{title}: {} ({})", change.id, verdicts(change))));
        }
        let rest = match self.not_run {
            0 => String::new(),
            number => format!("; {number} not run"),
        };
        let begin = if self.is_quiet() { "No verdict changed: " } else { "" };
        lines.push(format!("{begin}{} the same{rest}", self.same));
        lines
    }
}

fn verdicts(change: &VerdictChange) -> String {
    match change.before {
        Some(before) => format!("{before} before, {} now", change.after),
        None => format!("{} now, not tested before", change.after),
    }
}

fn have_other_definitions(earlier: &[&Attempt], later: &[&Attempt]) -> bool {
    let last = |attempts: &[&Attempt]| attempts.last().map(|attempt| attempt.definitions.clone());
    last(earlier).zip(last(later)).is_some_and(|(before, after)| before != after)
}

fn testcases<'a>(attempts: impl Iterator<Item = &'a &'a Attempt>) -> Vec<&'a str> {
    let mut ids: Vec<&str> = attempts.flat_map(|one| one.testcases.values().flatten()).map(String::as_str).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Returns the verdict of the last attempt in which a testcase was selected.
fn latest(attempts: &[&Attempt], id: &str) -> Option<Verdict> {
    attempts.iter().rev().find_map(|attempt| attempt.verdict_of(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn between(attempts: &[Attempt]) -> SubjectDifference {
        SubjectDifference::between("a", "iaas", attempts, day(1), day(2)).unwrap()
    }

    #[rstest]
    #[case(Verdict::Pass, Verdict::Fail, "New failures: t (PASS before, FAIL now)")]
    #[case(Verdict::Fail, Verdict::Pass, "Fixed: t (FAIL before, PASS now)")]
    #[case(Verdict::Pass, Verdict::Abort, "No longer decided: t (PASS before, ABORT now)")]
    #[case(Verdict::Fail, Verdict::Miss, "No longer decided: t (FAIL before, MISS now)")]
    #[case(Verdict::Abort, Verdict::Pass, "Other verdicts: t (ABORT before, PASS now)")]
    #[case(Verdict::Pass, Verdict::Pass, "No verdict changed: 1 the same")]
    fn each_change_has_its_list(#[case] before: Verdict, #[case] after: Verdict, #[case] line: &str) {
        let difference = between(&[Attempt::sample(1, before), Attempt::sample(2, after)]);
        assert_eq!(difference.lines()[0], line);
        let nights = NightDifference { before: day(1), after: day(2), subjects: vec![difference] };
        assert_eq!(nights.is_worse(), after == Verdict::Fail);
        assert_eq!(nights.loses_verdicts(), line.starts_with("No longer"));
        assert!(nights.page(true).contains(&format!("## a, iaas\n\n- {line}\n")), "{}", nights.page(true));
    }

    #[test]
    fn testcase_that_was_not_due_keeps_its_verdict() {
        let mut later = Attempt::sample(2, Verdict::Pass);
        later.testcases = [(Verdict::Pass, vec!["other".to_owned()])].into_iter().collect();
        later.definitions = "e".into();
        let difference = between(&[Attempt::sample(1, Verdict::Fail), later]);
        assert_eq!((difference.not_run, difference.undecided.len()), (1, 0));
        let lines = ["The definitions have changed.", "Other verdicts: other (PASS now, not tested before)"];
        assert_eq!(difference.lines()[..2], lines);
    }

    #[test]
    fn subject_without_a_report_is_not_called_unchanged() {
        let difference = between(&[Attempt::sample(1, Verdict::Pass)]);
        assert_eq!(difference.lines(), ["The later night has no report of it."]);
        let nights = NightDifference { before: day(1), after: day(2), subjects: vec![difference] };
        assert!(nights.loses_verdicts());
        assert_eq!(SubjectDifference::between("a", "iaas", &[Attempt::sample(3, Verdict::Pass)], day(1), day(2)), None);
    }
}
