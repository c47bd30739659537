//! The mark of a testcase or a version: a word, a sign and a color, always together.

use crate::judge::{Judgement, Latest, Rules};
use crate::language::Language;
use chrono::{DateTime, Utc};
use scs_checks::score::Conclusion;

/// A mark; the worst one comes first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Mark {
    /// It was tested, and fails.
    Fails,
    /// There is no result that still counts.
    NotTested,
    /// It was tried, and could not be decided.
    NotDecided,
    /// It was tested, and passes.
    Passes,
}

impl Mark {
    /// Returns the mark of a version.
    pub fn of_version(judged: &Judgement) -> Self {
        match judged.conclusion {
            Conclusion::Conformant => Self::Passes,
            Conclusion::Violation => Self::Fails,
            _ if judged.counts.missing == 0 && judged.counts.aborted > 0 => Self::NotDecided,
            _ => Self::NotTested,
        }
    }

    /// Returns the mark of a result: 1 for PASS, 0 for ABORT, -1 for FAIL.
    pub fn of_result(result: Option<i8>) -> Self {
        match result {
            None => Self::NotTested,
            Some(1) => Self::Passes,
            Some(0) => Self::NotDecided,
            Some(_) => Self::Fails,
        }
    }

    /// Returns the mark of a testcase at an instant: of its latest result, unless that no longer counts.
    pub fn of_testcase(rules: &Rules, latest: &Latest, testcase: &str, now: DateTime<Utc>) -> Self {
        let lifetime = rules.testcases.get(testcase).map(|rule| rule.lifetime);
        let counts = |at| lifetime.and_then(|lifetime| lifetime.expires_at(at)).is_some_and(|end| now < end);
        Self::of_result(latest.0.get(testcase).filter(|result| counts(result.checked_at)).map(|result| result.result))
    }

    /// Returns the class of its color, which is also the name of its sign.
    pub fn class(self) -> &'static str {
        match self {
            Self::Fails => "fail",
            Self::NotTested => "miss",
            Self::NotDecided => "abort",
            Self::Passes => "pass",
        }
    }

    /// Returns the word for a version.
    pub fn of_version_word(self, language: Language) -> &'static str {
        match self {
            Self::Fails => language.text("failing", "nicht erfüllt"),
            Self::NotTested => language.text("not tested", "nicht getestet"),
            Self::NotDecided => language.text("not decided", "nicht entschieden"),
            Self::Passes => language.text("compliant", "erfüllt"),
        }
    }

    /// Returns the word for a testcase.
    pub fn word(self, language: Language) -> &'static str {
        match self {
            Self::Passes => language.text("passed", "bestanden"),
            Self::Fails => language.text("failed", "nicht bestanden"),
            other => other.of_version_word(language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Results, judge, rules_of};
    use rstest::rstest;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a, lifetime: day}, {id: b, lifetime: week}]}]
modules: [{id: m, targets: {main: [a, b]}}, {id: empty}]
timeline: [{date: 2025-01-01, versions: {v1: effective, v0: effective}}]
versions: [{version: v1, include: [m]}, {version: v0, include: [empty]}]
";

    #[rstest]
    #[case(Some(1), Some(1), "2026-11-16", Mark::Passes)]
    #[case(Some(1), Some(1), "2026-11-18", Mark::NotTested)]
    #[case(Some(1), None, "2026-11-16", Mark::NotTested)]
    #[case(Some(0), None, "2026-11-16", Mark::NotTested)]
    #[case(Some(0), Some(1), "2026-11-16", Mark::NotDecided)]
    #[case(Some(-1), Some(1), "2026-11-16", Mark::Fails)]
    #[case(Some(1), Some(-1), "2026-11-20", Mark::Fails)]
    #[case(None, None, "2026-11-16", Mark::NotTested)]
    fn nothing_passes_that_was_not_tested(
        #[case] a: Option<i8>,
        #[case] b: Option<i8>,
        #[case] day: &str,
        #[case] expected: Mark,
    ) {
        let (rules, mut results, mut latest) = (rules_of(SCOPE), Results::default(), Latest::default());
        [("a", a), ("b", b)]
            .into_iter()
            .filter_map(|(id, n)| Some((id, n?)))
            .for_each(|(id, n)| results.add("*", id, n));
        latest.add("2026-11-16T03:00:00Z".parse().unwrap(), "report", &results);
        let now = format!("{day}T12:00:00Z").parse().unwrap();
        let judged = judge(&rules, &latest, now);
        assert_eq!(Mark::of_version(&judged[0]), expected);
        assert_eq!(Mark::of_version(&judged[1]), Mark::NotTested, "a version without testcases shows nothing");
        let marks = ["a", "b"].map(|id| Mark::of_testcase(&rules, &latest, id, now));
        assert_eq!(marks.into_iter().min(), Some(expected), "a version is as good as its worst testcase");
        assert_eq!(Mark::of_testcase(&rules, &latest, "unknown", now), Mark::NotTested);
    }
}
