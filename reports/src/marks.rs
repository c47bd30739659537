//! The marks of a report: everything that limits what its verdicts prove. All renderers read them here, and a test of each
//! renderer makes sure that it drops none.

use crate::cleanup::{Cleanup, LEFT};
use crate::report::{Brought, MarkKind, Report, SelectionRecord, TestcaseResult};
use crate::text::capital;
use crate::wording::{decides, noun};
use scs_checks::definition::Origin;
use scs_checks::facts::FactKind;
use scs_checks::verdict::Verdict;

/// A mark of a report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mark {
    /// Its kind.
    pub kind: MarkKind,
    /// Its name, in capitals.
    pub word: &'static str,
    /// Its meaning, as a sentence.
    pub sentence: String,
}

impl Mark {
    /// Returns true for a mark that takes all meaning from the verdicts: with it they prove nothing about a certificate.
    pub(crate) fn voids(&self) -> bool {
        matches!(self.kind, MarkKind::Simulated | MarkKind::AlteredDefinitions)
    }
}

/// Returns the marks of a report, the heaviest first.
pub(crate) fn marks(report: &Report) -> Vec<Mark> {
    let noun = noun(report.subject.kind);
    let mark = |kind, word, sentence| Mark { kind, word, sentence };
    let mut marks = Vec::new();
    if report.subject.simulated {
        let sentence = format!("This {noun} is simulated by `demo`. The verdicts prove nothing about a real {noun}.");
        marks.push(mark(MarkKind::Simulated, SIMULATED, sentence));
    }
    if report.definitions.origin == Origin::Altered {
        let sentence =
            "The definitions are not the official ones. The verdicts say nothing about the published standards.";
        marks.push(mark(MarkKind::AlteredDefinitions, ALTERED, sentence.to_owned()));
    }
    if let Some(doubt) = report.clock.doubt().filter(|_| report.subject.reason.is_none()) {
        marks.push(mark(MarkKind::Clock, "CLOCK", format!("{}.", capital(&doubt))));
    }
    if report.selection.partial {
        let sentence = format!("Only some testcases were selected{}. The others are MISS.", chosen(&report.selection));
        marks.push(mark(MarkKind::Partial, "PARTIAL", sentence));
    }
    let subject = report.subject.kind;
    for (tie, kind, word, meaning) in [
        (
            Brought::NotBound,
            MarkKind::BroughtAlongNotBound,
            NOT_BOUND,
            format!("Nothing in the file ties it to this {subject}; at most the operator says that it belongs to it."),
        ),
        (Brought::Bound, MarkKind::BroughtAlong, BOUND, format!("The file names this {subject}.")),
    ] {
        let facts = brought(report, tie);
        if !facts.is_empty() {
            let sentence = format!("{} was read from a file, not observed. {meaning}", facts.join(", "));
            marks.push(mark(kind, word, sentence));
        }
    }
    let stated: Vec<&str> =
        report.testcases.iter().filter(|(_, result)| is_by_evidence(result)).map(|(id, _)| id.as_str()).collect();
    if !stated.is_empty() {
        let sentence = format!(
            "{} decided by what a person stated, not by a test of this program: {}. No statement is signed.",
            if stated.len() == 1 { "1 testcase is".to_owned() } else { format!("{} testcases are", stated.len()) },
            stated.join(", ")
        );
        marks.push(mark(MarkKind::ByEvidence, "BY EVIDENCE", sentence));
    }
    if let Some(cleanup) = Cleanup::of(report).filter(|cleanup| !cleanup.left.is_empty()) {
        marks.push(mark(MarkKind::LeftBehind, LEFT, capital(&format!("{}.", cleanup.sentence()))));
    }
    marks
}

impl Report {
    /// Returns what limits the verdicts of this report, a sentence for each mark.
    pub fn limits(&self) -> Vec<(MarkKind, String)> {
        marks(self).into_iter().map(|mark| (mark.kind, mark.sentence)).collect()
    }
}

/// The mark of a violation that does not decide.
pub(crate) const DOES_NOT_DECIDE: &str = "does not decide";

/// The words of the marks that void a report.
pub(crate) const VOIDING: [&str; 2] = [SIMULATED, ALTERED];

const SIMULATED: &str = "SIMULATED";
const ALTERED: &str = "ALTERED DEFINITIONS";
const NOT_BOUND: &str = "BROUGHT ALONG, NOT BOUND";
const BOUND: &str = "BROUGHT ALONG";

/// Returns the words that stand before each conclusion: those of the marks that void it.
pub(crate) fn prefixes(report: &Report) -> Vec<&'static str> {
    marks(report).into_iter().filter(Mark::voids).map(|mark| mark.word).collect()
}

/// Returns the marks of one testcase, to be shown beside its verdict.
pub(crate) fn of_testcase(report: &Report, id: &str, result: &TestcaseResult) -> Vec<&'static str> {
    let mut marks = Vec::new();
    if result.verdict == Verdict::Fail && !decides(report, id) {
        marks.push(DOES_NOT_DECIDE);
    }
    if is_by_evidence(result) {
        marks.push("by evidence, unsigned");
    }
    if matches!(result.verdict, Verdict::Pass | Verdict::Fail) {
        let records = result.needs.iter().filter_map(|fact| report.facts.get(fact));
        let ties: Vec<Brought> = records.filter_map(|record| record.brought).collect();
        if ties.contains(&Brought::NotBound) {
            marks.push("brought along, not bound");
        } else if !ties.is_empty() {
            marks.push("brought along");
        }
    }
    marks
}

/// Returns true for a verdict that rests on what a person stated.
fn is_by_evidence(result: &TestcaseResult) -> bool {
    result.evidence.is_some() && matches!(result.verdict, Verdict::Pass | Verdict::Fail)
}

fn brought(report: &Report, tie: Brought) -> Vec<String> {
    let records = report.facts.iter().filter(|(_, record)| record.brought == Some(tie));
    records.map(|(fact, _): (&FactKind, _)| fact.to_string()).collect()
}

/// Says what was selected: `: testcases scs-0123-*; sections light`.
fn chosen(selection: &SelectionRecord) -> String {
    let sections: Vec<String> = selection.sections.iter().map(ToString::to_string).collect();
    let targets: Vec<String> = selection.targets.iter().map(ToString::to_string).collect();
    let levels: Vec<String> = selection.levels.iter().map(ToString::to_string).collect();
    let named = [("testcases", &selection.select), ("sections", &sections), ("targets", &targets), ("levels", &levels)];
    let parts = named.into_iter().filter(|(_, values)| !values.is_empty());
    let parts = parts.map(|(name, values)| format!("{name} {}", values.join(", ")));
    let deciding = selection.deciding.then(|| "only what decides".to_owned());
    let parts: Vec<String> = parts.chain(deciding).collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::CollectionRecord;
    use crate::samples::{self, Builder};
    use crate::{Format, console, render};
    use rstest::rstest;
    use scs_checks::facts::{LocalClock, SubjectKind};
    use scs_checks::verdict::Finding;

    fn simulated() -> Report {
        let mut report = samples::changed().build();
        report.subject.simulated = true;
        report
    }

    fn altered() -> Report {
        let mut report = samples::changed().build();
        report.definitions.origin = Origin::Altered;
        report
    }

    fn slow_clock() -> Report {
        let mut report = samples::changed().build();
        report.clock = LocalClock::AheadBySeconds(-900);
        report
    }

    fn clock_that_nobody_confirmed() -> Report {
        let mut report = samples::changed().build();
        report.clock = LocalClock::NotCompared;
        report
    }

    fn brought(tie: Brought) -> Report {
        let mut report = samples::changed().build();
        report.subject.kind = SubjectKind::Cluster;
        let result = report.testcases.get_mut("scs-0100-syntax-check").unwrap();
        result.needs = vec![FactKind::E2eResults];
        report.facts.insert(FactKind::E2eResults, CollectionRecord::brought_along(388, tie));
        report
    }

    fn recommended_fails() -> Report {
        samples::changed().found("scs-0103-flavor-16v-128", [Finding::violation("wrong")]).build()
    }

    fn rendered(report: &Report) -> Vec<(String, String)> {
        let mut texts: Vec<_> =
            Format::ALL.iter().map(|format| (format.to_string(), render(*format, report).unwrap())).collect();
        texts.push(("console".to_owned(), console::render(report, console::Options::default())));
        texts
    }

    /// The last text is the form in JSON, which is for programs.
    #[rstest]
    #[case::simulated(simulated(), &["SIMULATED", "prove nothing about a real cloud"], r#""simulated": true"#)]
    #[case::altered(altered(), &["ALTERED DEFINITIONS", "published standards"], r#""origin": "altered""#)]
    #[case::clock(slow_clock(), &["CLOCK", "15 min behind"], r#""ahead-by-seconds": -900"#)]
    #[case::no_date(clock_that_nobody_confirmed(), &["CLOCK", "no answer had a Date"], r#""clock": "not-compared""#)]
    #[case::partial(samples::partial().build(), &["PARTIAL", "scs-0123-*"], r#""partial": true"#)]
    #[case::not_bound(brought(Brought::NotBound), &["BROUGHT ALONG, NOT BOUND", "brought along, not bound"], r#""brought": "not-bound""#)]
    #[case::bound(brought(Brought::Bound), &["BROUGHT ALONG", "brought along"], r#""brought": "bound""#)]
    #[case::stated(samples::stated().build(), &["BY EVIDENCE", "2 testcases are decided by what a person stated", "by evidence, unsigned", "Erika Mustermann", "zones.pdf"], r#""statement": "conforms""#)]
    #[case::residue(samples::residue().build(), &["LEFT BEHIND", "2 of 5 resources"], r#""left": ""#)]
    #[case::does_not_decide(recommended_fails(), &["not decide"], r#""decides": false"#)]
    fn no_renderer_drops_a_mark(#[case] report: Report, #[case] words: &[&str], #[case] json: &str) {
        for (name, text) in rendered(&report) {
            // Line breaks and escapes are matters of the format.
            let text: String = text.replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ");
            if name == "json" {
                assert!(text.contains(json), "{name} lacks {json}");
                continue;
            }
            for word in words {
                assert!(text.to_lowercase().contains(&word.to_lowercase()), "{name} lacks {word}");
            }
        }
    }

    #[rstest]
    #[case(simulated())]
    #[case(altered())]
    fn nothing_is_green_where_the_conclusion_proves_nothing(#[case] report: Report) {
        let markdown = render(Format::Markdown, &report).unwrap();
        assert!(!markdown.contains("✅ **"), "{markdown}");
        let html = render(Format::Html, &report).unwrap();
        assert!(!html.contains("class=\"conclusion pass\"") && !html.contains("<title>CONFORMANT"));
        let junit = render(Format::Junit, &report).unwrap();
        assert!(junit.contains("<error "), "a viewer that only counts must not show all green");
    }

    #[test]
    fn a_report_without_marks_has_none() {
        assert_eq!(marks(&samples::changed().build()), []);
        assert_eq!(prefixes(&Builder::conformant().build()), [""; 0]);
    }
}
