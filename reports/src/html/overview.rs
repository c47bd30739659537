//! The head of the page: what it all comes to, and what stood in the way.

use super::look::Look;
use crate::conclusion::{Summary, Tone};
use crate::marks::marks;
use crate::report::{MarkKind, Report, TargetResult, VersionResult};
use crate::text::{capital, thousands};
use crate::wording::not_tested;
use scs_checks::definition::{Target, Validity};
use scs_checks::verdict::{Reason, Verdict};

/// Something that has to be known before anything else.
pub(super) struct Notice<'a> {
    pub(super) look: Look,
    pub(super) what: String,
    pub(super) reason: Option<&'a Reason>,
    pub(super) then: &'static str,
}

/// Returns the notices: what kept the suite from testing, and what limits the verdicts.
pub(super) fn notices(report: &Report) -> Vec<Notice<'_>> {
    let mut notices = Vec::new();
    if let Some((what, reason)) = not_tested(report) {
        let look = Look { class: "fail", word: "NOT TESTED" };
        let then = "Nothing is known about its conformance.";
        notices.push(Notice { look, what: capital(&format!("{what}.")), reason, then });
    }
    if let Some(reason) = &report.interrupted {
        let look = Look { class: "abort", word: "INTERRUPTED" };
        let what = "The run ended early.".to_owned();
        notices.push(Notice { look, what, reason: Some(reason), then: "What was not known by then is open." });
    }
    // What is left behind has a section of its own.
    for mark in marks(report).into_iter().filter(|mark| mark.kind != MarkKind::LeftBehind) {
        let look = Look { class: "warning", word: mark.word };
        notices.push(Notice { look, what: mark.sentence, reason: None, then: "" });
    }
    notices
}

/// A sentence on one version.
pub(super) struct Sentence {
    pub(super) look: Look,
    pub(super) what: String,
    pub(super) counts: String,
}

/// Returns the conclusions: a sentence for each version that decides.
pub(super) fn conclusions(report: &Report) -> Vec<Sentence> {
    let deciding = report.versions.iter().filter(|(_, version)| version.decides);
    let sentences: Vec<Sentence> = deciding.flat_map(|(name, version)| sentences(report, name, version)).collect();
    if sentences.is_empty() {
        let (what, counts) = ("Undecided".to_owned(), "no version that decides was looked at".to_owned());
        return vec![Sentence { look: Look { class: "warning", word: "UNDECIDED" }, what, counts }];
    }
    sentences
}

fn sentences(report: &Report, name: &str, version: &VersionResult) -> Vec<Sentence> {
    Summary::all(report, name, version).into_iter().map(sentence).collect()
}

fn sentence(summary: Summary) -> Sentence {
    let look = match summary.tone {
        Tone::Good => Look { class: "pass", word: "CONFORMANT" },
        Tone::Void => Look { class: "warning", word: summary.marks.first().copied().unwrap_or("UNDECIDED") },
        Tone::InPart => Look { class: "plain", word: "IN PART" },
        Tone::Undecided => Look { class: "warning", word: "UNDECIDED" },
        Tone::Bad => Look { class: "fail", word: "NOT CONFORMANT" },
    };
    Sentence { look, what: capital(&summary.marked()), counts: summary.counts }
}

/// The state of a version of the scope.
pub(super) struct Version<'a> {
    pub(super) name: &'a str,
    pub(super) result: &'a VersionResult,
    pub(super) look: Look,
    pub(super) means: &'static str,
    pub(super) sentences: Vec<Sentence>,
    pub(super) targets: Vec<Row>,
}

/// The state of a target.
pub(super) struct Row {
    pub(super) target: Target,
    pub(super) decides: bool,
    pub(super) look: Look,
    /// Passed, failed, aborted, missing.
    pub(super) numbers: [String; 4],
    pub(super) bar: Vec<BarSegment>,
}

/// A stretch of the bar that shows how testcases ended, in thousandths of its length.
pub(super) struct BarSegment {
    pub(super) class: &'static str,
    pub(super) begin: usize,
    pub(super) length: usize,
}

impl Version<'_> {
    pub(super) fn includes(&self) -> String {
        self.result.includes.join(", ")
    }
}

/// Returns all versions of the scope that were looked at; those that decide come first.
pub(super) fn versions(report: &Report) -> Vec<Version<'_>> {
    let mut versions: Vec<Version<'_>> =
        report.versions.iter().map(|(name, result)| version(report, name, result)).collect();
    versions.sort_by_key(|version| !version.result.decides);
    versions
}

fn version<'a>(report: &'a Report, name: &'a str, result: &'a VersionResult) -> Version<'a> {
    let filled = result.targets.iter().filter(|(_, target)| target.tally.total() > 0);
    Version {
        name,
        result,
        look: Look::of(report, result.verdict),
        means: means(result.validity),
        sentences: sentences(report, name, result),
        targets: filled.map(|(target, found)| row(report, result, *target, found)).collect(),
    }
}

fn means(validity: Validity) -> &'static str {
    match validity {
        Validity::Effective => "in force",
        Validity::Warn => "in force, but not for much longer",
        Validity::Draft => "not in force yet",
        Validity::Deprecated => "no longer in force",
    }
}

fn row(report: &Report, version: &VersionResult, target: Target, result: &TargetResult) -> Row {
    let tally = result.tally;
    let parts = [
        (Verdict::Pass, tally.passed),
        (Verdict::Fail, tally.failed),
        (Verdict::Abort, tally.aborted),
        (Verdict::Miss, tally.missing),
    ];
    let mut bar = Vec::new();
    let mut seen = 0;
    for (verdict, number) in parts {
        let at = |testcases: usize| testcases * 1000 / tally.total().max(1);
        let (begin, end) = (at(seen), at(seen + number));
        if end > begin {
            bar.push(BarSegment { class: Look::of(report, Some(verdict)).class, begin, length: end - begin });
        }
        seen += number;
    }
    Row {
        target,
        decides: report.rests_on(version, target),
        look: Look::of(report, result.verdict),
        numbers: parts.map(|(_, number)| thousands(number)),
        bar,
    }
}
