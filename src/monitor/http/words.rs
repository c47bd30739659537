//! The words and signs of pages.

use crate::judge::{Evaluation, Judgement, conclusion_word, overall};
use scs_checks::definition::Validity;
use scs_checks::score::{Conclusion, Tally};

/// A badge of today's server. The order is that in which the worst member of a group shows.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Badge {
    rank: u8,
    /// The sign.
    pub sign: &'static str,
    /// The versions that count as passed.
    pub versions: String,
}

impl Badge {
    /// The badge of a subject without any result.
    pub fn nothing() -> Self {
        Self { rank: 2, sign: "🛑", versions: "–".to_owned() }
    }

    /// Returns the badge of an evaluation.
    pub fn new(evaluation: &Evaluation) -> Self {
        let counts = |name: &&String| {
            let version = &evaluation.versions.get(*name);
            version.is_some_and(|version| version.validity != Validity::Draft)
        };
        let Some(winner) = evaluation.passed.iter().find(counts).and_then(|name| evaluation.versions.get(name)) else {
            return Self { rank: 0, sign: "🛑", versions: "–".to_owned() };
        };
        let (rank, sign) = match winner.result {
            None => (1, "🟧"),
            Some(0) => (3, "✅*"),
            Some(_) => (4, "✅"),
        };
        let sign = match winner.validity {
            Validity::Deprecated => "🛑",
            Validity::Warn => "🟧",
            Validity::Effective | Validity::Draft => sign,
        };
        Self { rank, sign, versions: evaluation.passed_str.clone() }
    }
}

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
    let open = if open.is_empty() { String::new() } else { format!(" ({})", open.join(", ")) };
    format!("{word} {}{open}", judged.version)
}

/// Returns the sentence where the rule of today's server differs from the roll-up.
pub fn difference(evaluation: &Evaluation, judged: &[Judgement]) -> Option<String> {
    let is_conformant = conclusion_word(overall(judged)) == "conformant";
    let passed = Some(&evaluation.passed_str).filter(|passed| !passed.is_empty() && !is_conformant)?;
    Some(format!("counted as passed by the old rule: {passed}; by the roll-up: {}", sentence(judged)))
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
