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
