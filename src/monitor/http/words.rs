//! The words and signs of pages.

use crate::judge::{Evaluation, Judgement, passed_by_the_old_rule_alone};
use scs_checks::definition::Validity;
use scs_checks::score::{Conclusion, Tally};
use std::cmp::Reverse;

/// A badge of today's server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Badge {
    place: (Rank, Reverse<usize>),
    /// The sign.
    pub sign: &'static str,
    /// The versions that count as passed.
    pub versions: String,
}

/// The order in which the worst member of a group shows. No member that fails, or passes only what is about to expire, hides behind a
/// green one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    Deprecated,
    Failed,
    Missing,
    Nothing,
    WarnUndecided,
    WarnPassed,
    Undecided,
    Passed,
}

impl Badge {
    /// The badge of a subject without any result.
    pub fn nothing() -> Self {
        Self { place: (Rank::Nothing, Reverse(0)), sign: "🛑", versions: "–".to_owned() }
    }

    /// Returns the badge of an evaluation.
    pub fn new(evaluation: &Evaluation) -> Self {
        let counts = |name: &&String| {
            let version = &evaluation.versions.get(*name);
            version.is_some_and(|version| version.validity != Validity::Draft)
        };
        let winner = evaluation.passed.iter().find(counts).and_then(|name| evaluation.versions.get_full(name));
        let Some((index, _, winner)) = winner else {
            return Self { place: (Rank::Failed, Reverse(0)), sign: "🛑", versions: "–".to_owned() };
        };
        let (rank, sign) = match (winner.validity, winner.result) {
            (Validity::Deprecated, _) => (Rank::Deprecated, "🛑"),
            (_, None) => (Rank::Missing, "🟧"),
            (Validity::Warn, Some(0)) => (Rank::WarnUndecided, "🟧"),
            (Validity::Warn, Some(_)) => (Rank::WarnPassed, "🟧"),
            (Validity::Effective | Validity::Draft, Some(0)) => (Rank::Undecided, "✅*"),
            (Validity::Effective | Validity::Draft, Some(_)) => (Rank::Passed, "✅"),
        };
        Self { place: (rank, Reverse(index)), sign, versions: evaluation.passed_str.clone() }
    }

    /// Returns the worst badge of a group; of equal ones that of the oldest version.
    pub fn worst(badges: impl Iterator<Item = Self>) -> Self {
        badges.min_by_key(|badge| badge.place).unwrap_or_else(Self::nothing)
    }
}

/// The meaning of the marks behind versions.
pub const MARKS: &str = "* draft or not everything could be decided, † about to expire, †† no longer in force";

/// Returns the sentence of the roll-up on the versions that decide.
pub fn sentence(judged: &[Judgement]) -> String {
    let deciding: Vec<&Judgement> = judged.iter().filter(|judged| judged.validity.decides()).collect();
    let parts: Vec<String> = deciding.iter().map(|judged| version_sentence(judged)).collect();
    if parts.is_empty() { "no version is in force today".to_owned() } else { parts.join("; ") }
}

fn version_sentence(judged: &Judgement) -> String {
    let Tally { failed, missing, aborted, .. } = judged.counts;
    let total = judged.counts.total();
    let mut open = Vec::new();
    for (number, word) in [(failed, "failed"), (missing, "not tested"), (aborted, "undecided")] {
        if number > 0 {
            open.push(format!("{number} of {total} {word}"));
        }
    }
    let word = match judged.conclusion {
        Conclusion::Violation => "not compliant with",
        Conclusion::Conformant => "compliant with",
        Conclusion::Undecided | Conclusion::Residue => "undecided about",
    };
    let mut notes = open;
    notes.extend(warning(judged));
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    format!("{word} {}{notes}", judged.version)
}

/// Returns the warning that a version is about to expire, which scs-0003 demands beside a PASS.
fn warning(judged: &Judgement) -> Option<String> {
    if judged.validity != Validity::Warn {
        return None;
    }
    Some(match judged.ends {
        Some(day) => format!("this version is about to expire: it is in force until {}", day.pred_opt().unwrap_or(day)),
        None => "this version is about to expire: the day is not known yet".to_owned(),
    })
}

/// Returns the sentence on the versions about which the rule of today's server and the roll-up differ.
pub fn difference(evaluation: &Evaluation, judged: &[Judgement]) -> Option<String> {
    let differing = passed_by_the_old_rule_alone(evaluation, judged);
    let names: Vec<&str> = differing.iter().map(|judged| judged.version.as_str()).collect();
    let words: Vec<String> = differing.iter().map(|judged| version_sentence(judged)).collect();
    let (names, words) = (names.join(", "), words.join("; "));
    (!names.is_empty()).then(|| format!("counted as passed by the old rule: {names}; by the roll-up: {words}"))
}

/// Returns the sign and the word of a result. A failure is red if a stable version demands the testcase.
pub fn result(number: Option<i8>, attn: usize) -> (&'static str, &'static str) {
    match number {
        Some(1) => ("✅", "PASS"),
        Some(0) => ("❔", "DNF"),
        None => ("❓", "MISSING"),
        Some(_) if attn > 0 => ("🛑", "FAIL"),
        Some(_) => ("🟧", "FAIL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Latest, Results, evaluate, judge, rules_of};
    use rstest::rstest;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}, {id: b}]}]
modules: [{id: m1, targets: {main: [a]}}, {id: m2, targets: {main: [b]}}]
timeline:
  - {date: 2027-02-01, versions: {v2: effective}}
  - {date: 2025-01-01, versions: {v2: effective, v1: warn, v0: deprecated}}
versions:
  - {version: v2, stabilized_at: 2025-01-01, include: [m1, m2]}
  - {version: v1, stabilized_at: 2024-01-01, include: [m1]}
  - {version: v0, stabilized_at: 2023-01-01, include: []}
";

    /// Evaluates and judges results of `a` and `b`; 7 stands for none.
    fn judged(a: i8, b: i8) -> (Evaluation, Vec<Judgement>) {
        let rules = rules_of(SCOPE);
        let (now, mut results, mut latest) =
            ("2026-11-20T12:00:00Z".parse().unwrap(), Results::default(), Latest::default());
        for (id, number) in [("a", a), ("b", b)].into_iter().filter(|(_, number)| *number != 7) {
            results.add("*", id, number);
        }
        latest.add(now, "report", &results);
        (evaluate(&rules, &latest, now, false), judge(&rules, &latest, now))
    }

    #[test]
    fn a_group_is_green_only_if_all_its_members_are() {
        let numbers = [-1, 0, 1, 7];
        let states = numbers.iter().flat_map(|a| numbers.map(|b| Badge::new(&judged(*a, b).0)));
        let badges: Vec<Badge> = states.chain([Badge::nothing()]).collect();
        for one in &badges {
            for other in &badges {
                let worst = Badge::worst([one.clone(), other.clone()].into_iter());
                let is_green = |badge: &Badge| badge.sign.starts_with('✅');
                assert_eq!(is_green(&worst), is_green(one) && is_green(other), "{one:?} {other:?} {worst:?}");
                assert_eq!(worst.place, Badge::worst([other.clone(), one.clone()].into_iter()).place);
            }
        }
    }

    #[rstest]
    #[case(
        1,
        1,
        "compliant with v2; compliant with v1 (this version is about to expire: it is in force until 2027-01-31)"
    )]
    #[case(
        1,
        7,
        "undecided about v2 (1 of 2 not tested); compliant with v1 (this version is about to expire: it is in force until 2027-01-31)"
    )]
    fn beside_what_is_about_to_expire_stands_its_last_day(#[case] a: i8, #[case] b: i8, #[case] expected: &str) {
        assert_eq!(sentence(&judged(a, b).1), expected);
    }
}
