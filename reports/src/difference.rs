//! The difference between two reports: for "what broke since yesterday?", and for "what will
//! break under the next version, or next spring?".

use crate::json;
use crate::marks::marks;
use crate::report::{Report, TestcaseResult, Tool};
use crate::text::{clipped, count, visible};
use scs_checks::verdict::{Finding, Severity, Verdict};
use serde::Serialize;
use std::fmt::Write;

/// The difference between two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The earlier report.
    pub before: Side,
    /// The later one.
    pub after: Side,
    /// Testcases that fail now and did not before.
    pub failing: Vec<Change>,
    /// Testcases that failed before and pass now.
    pub fixed: Vec<Change>,
    /// Testcases whose verdict changed in another way.
    pub other: Vec<Change>,
    /// Testcases of the same verdict with other findings.
    pub evidence: Vec<Change>,
    /// Testcases that only the later report has.
    pub added: Vec<Change>,
    /// Testcases that only the earlier report has.
    pub gone: Vec<Change>,
}

/// The origin of a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// The run.
    pub id: String,
    /// The subject.
    pub subject: String,
    /// The scope.
    pub scope: String,
    /// The versions that were looked at.
    pub versions: Vec<String>,
    /// The instant that counted as now.
    pub reference: chrono::DateTime<chrono::Utc>,
    /// The digest of the definitions.
    pub definitions: String,
    /// The marks that limit what the verdicts prove, for example `SIMULATED`.
    pub marks: Vec<&'static str>,
    /// The program.
    pub tool: Tool,
}

/// A testcase that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// Its verdict before; none for a new testcase.
    pub before: Option<Verdict>,
    /// Its verdict after; none for one that is gone.
    pub after: Option<Verdict>,
    /// Findings (violations and warnings) that only the later report has.
    pub new_findings: Vec<Finding>,
    /// Findings that only the earlier report has.
    pub gone_findings: Vec<Finding>,
}

impl Difference {
    /// Compares two reports.
    pub fn between(before: &Report, after: &Report) -> Self {
        let mut difference = Self {
            before: Side::of(before),
            after: Side::of(after),
            failing: Vec::new(),
            fixed: Vec::new(),
            other: Vec::new(),
            evidence: Vec::new(),
            added: Vec::new(),
            gone: Vec::new(),
        };
        for (id, result) in &after.testcases {
            difference.add(Change::of(id, before.testcases.get(id), Some(result)));
        }
        for (id, result) in before.testcases.iter().filter(|(id, _)| !after.testcases.contains_key(*id)) {
            difference.add(Change::of(id, Some(result), None));
        }
        difference
    }

    fn add(&mut self, change: Change) {
        use Verdict::{Fail, Pass};
        let list = match (change.before, change.after) {
            (None, _) => &mut self.added,
            (_, None) => &mut self.gone,
            (before, Some(Fail)) if before != Some(Fail) => &mut self.failing,
            (Some(Fail), Some(Pass)) => &mut self.fixed,
            (before, after) if before != after => &mut self.other,
            _ if change.new_findings.is_empty() && change.gone_findings.is_empty() => return,
            _ => &mut self.evidence,
        };
        list.push(change);
    }

    /// Returns true if no testcase changed in any way.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, list)| list.is_empty())
    }

    /// Returns true if something fails that did not fail before, be the testcase new or not.
    pub fn is_worse(&self) -> bool {
        !self.failing.is_empty() || self.added.iter().any(|change| change.after == Some(Verdict::Fail))
    }

    /// Returns true if something that passed or failed before is no longer decided, or gone: it may fail now.
    pub fn loses_verdicts(&self) -> bool {
        let decided = |verdict| matches!(verdict, Some(Verdict::Pass | Verdict::Fail));
        self.other.iter().chain(&self.gone).any(|change| decided(change.before) && !decided(change.after))
    }

    fn lists(&self) -> [(&'static str, &[Change]); 6] {
        [
            ("New failures", &self.failing),
            ("Fixed", &self.fixed),
            ("Other verdicts", &self.other),
            ("Other evidence", &self.evidence),
            ("New testcases", &self.added),
            ("Gone testcases", &self.gone),
        ]
    }

    /// Returns what differs besides the testcases, one sentence each.
    fn circumstances(&self) -> Vec<String> {
        let (before, after) = (&self.before, &self.after);
        let mut sentences = Vec::new();
        let mut compare = |what: &str, before: &str, after: &str| {
            if before != after {
                sentences.push(format!("{what} differs: {before} before, {after} now."));
            }
        };
        compare("The subject", &before.subject, &after.subject);
        compare("The scope", &before.scope, &after.scope);
        compare("The list of versions", &before.versions.join(", "), &after.versions.join(", "));
        compare(
            "The reference date",
            &before.reference.date_naive().to_string(),
            &after.reference.date_naive().to_string(),
        );
        compare("The digest of the definitions", short(&before.definitions), short(&after.definitions));
        compare("The list of marks", &limits(&before.marks), &limits(&after.marks));
        compare("The program", &program(&before.tool), &program(&after.tool));
        if before.marks == after.marks && !after.marks.is_empty() {
            sentences.push(format!("Both reports are marked {}.", limits(&after.marks)));
        }
        sentences
    }

    /// Renders it as JSON.
    ///
    /// # Errors
    /// Those of serde, which such values do not have.
    pub fn to_json(&self) -> serde_json::Result<String> {
        json::render(self)
    }

    /// Renders it as plain text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for line in self.circumstances() {
            let _ = writeln!(text, "{}", visible(&line));
        }
        for (title, list) in self.lists().into_iter().filter(|(_, list)| !list.is_empty()) {
            let _ =
                writeln!(text, "{}{title}: {}", if text.is_empty() { "" } else { "\n" }, count(list.len(), "testcase"));
            for change in list {
                let _ = writeln!(text, "  {}  {}", change.verdicts(), visible(&change.id));
                for line in change.evidence() {
                    let _ = writeln!(text, "    {line}");
                }
            }
        }
        if self.is_empty() {
            text.push_str("No testcase changed.\n");
        }
        text
    }

    /// Renders it as Markdown, for merge requests.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        for line in self.circumstances() {
            let _ = writeln!(text, "- {}", code(&line));
        }
        for (title, list) in self.lists().into_iter().filter(|(_, list)| !list.is_empty()) {
            let _ = writeln!(text, "\n### {title} ({})\n", list.len());
            for change in list {
                let _ = writeln!(text, "- {} {}", change.verdicts(), code(&change.id));
                for line in change.evidence() {
                    let _ = writeln!(text, "  - {}", code(&line));
                }
            }
        }
        if self.is_empty() {
            text.push_str("No testcase changed.\n");
        }
        text
    }
}

impl Side {
    fn of(report: &Report) -> Self {
        Self {
            id: report.id.clone(),
            subject: report.subject.name.clone(),
            scope: report.scope.name.clone(),
            versions: report.versions.keys().cloned().collect(),
            reference: report.reference,
            definitions: report.definitions.digest.clone(),
            marks: marks(report).into_iter().map(|mark| mark.word).collect(),
            tool: report.tool.clone(),
        }
    }
}

fn limits(marks: &[&str]) -> String {
    if marks.is_empty() { "nothing".to_owned() } else { marks.join(", ") }
}

/// The number of findings of a testcase that are shown as text.
const MOST: usize = 10;

impl Change {
    fn of(id: &str, before: Option<&TestcaseResult>, after: Option<&TestcaseResult>) -> Self {
        let weighty = |result: Option<&TestcaseResult>| -> Vec<Finding> {
            let findings = result.map(|result| result.findings.as_slice()).unwrap_or_default();
            findings.iter().filter(|finding| finding.severity > Severity::Info).cloned().collect()
        };
        let (old, new) = (weighty(before), weighty(after));
        Self {
            id: id.to_owned(),
            before: before.map(|result| result.verdict),
            after: after.map(|result| result.verdict),
            new_findings: without(&new, &old),
            gone_findings: without(&old, &new),
        }
    }

    fn verdicts(&self) -> String {
        match (self.before, self.after) {
            (Some(before), Some(after)) if before == after => after.to_string(),
            (Some(before), Some(after)) => format!("{before} → {after}"),
            (before, after) => before.or(after).map(|verdict| verdict.to_string()).unwrap_or_default(),
        }
    }

    /// Lists the findings, one line each: `+` for new ones, `-` for those that are gone.
    fn evidence(&self) -> Vec<String> {
        let line = |sign: char| move |finding: &Finding| format!("{sign} {}", clipped(&visible(&finding.message), 300));
        let new = self.new_findings.iter().map(line('+'));
        let mut lines: Vec<String> = new.chain(self.gone_findings.iter().map(line('-'))).collect();
        if lines.len() > MOST {
            let more = lines.len() - MOST;
            lines.truncate(MOST);
            lines.push(format!("… and {more} more"));
        }
        lines
    }
}

/// Returns the findings of the first list that the second does not have. They are looked up by their form as text, so
/// that 10,000 findings take no time.
fn without(findings: &[Finding], others: &[Finding]) -> Vec<Finding> {
    let form = |finding: &Finding| format!("{finding:?}");
    let others: std::collections::HashSet<String> = others.iter().map(form).collect();
    findings.iter().filter(|finding| !others.contains(&form(finding))).cloned().collect()
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

fn program(tool: &Tool) -> String {
    tool.commit.as_ref().map_or(tool.version.clone(), |commit| format!("{} ({commit})", tool.version))
}

/// Marks text as code, so that Markdown leaves it as it is.
fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::Builder;
    use rstest::rstest;
    use scs_checks::verdict::ReasonCode;

    const ID: &str = "scs-0102-prop-os_distro";

    fn failing(message: &str) -> Report {
        Builder::conformant().found(ID, [Finding::violation(message)]).build()
    }

    fn passing() -> Report {
        Builder::conformant().build()
    }

    #[test]
    fn equal_reports_do_not_differ() {
        let difference = Difference::between(&failing("x"), &failing("x"));
        assert!(difference.is_empty() && !difference.is_worse());
        assert_eq!(difference.to_text(), "No testcase changed.\n");
    }

    #[rstest]
    #[case(
        passing(),
        failing("x"),
        "New failures: 1 testcase\n  PASS → FAIL  scs-0102-prop-os_distro\n    + x\n",
        true
    )]
    #[case(failing("x"), passing(), "Fixed: 1 testcase\n  FAIL → PASS  scs-0102-prop-os_distro\n    - x\n", false)]
    #[case(
        failing("x"),
        failing("y"),
        "Other evidence: 1 testcase\n  FAIL  scs-0102-prop-os_distro\n    + y\n    - x\n",
        false
    )]
    fn change_is_shown(#[case] before: Report, #[case] after: Report, #[case] text: &str, #[case] worse: bool) {
        let difference = Difference::between(&before, &after);
        assert_eq!(difference.to_text(), text);
        assert_eq!(difference.is_worse(), worse);
    }

    #[test]
    fn lost_verdict_is_noticed() {
        let gone = Builder::conformant().aborted(ID, ReasonCode::RequestFailed, "503").build();
        assert!(Difference::between(&passing(), &gone).loses_verdicts());
        assert!(Difference::between(&failing("x"), &gone).loses_verdicts());
        let without = Builder::conformant().only(&["scs-0114-syntax-check"]).build();
        assert!(Difference::between(&passing(), &without).loses_verdicts());
        for (before, after) in [(&gone, &passing()), (&gone, &gone), (&failing("x"), &passing()), (&without, &gone)] {
            assert!(!Difference::between(before, after).loses_verdicts());
        }
    }

    #[test]
    fn testcases_come_and_go() {
        let small = Builder::conformant().only(&["scs-0114-syntax-check"]).build();
        let grown = Difference::between(&small, &passing());
        assert!(grown.added.iter().any(|change| change.id == ID) && grown.gone.is_empty());
        let shrunk = Difference::between(&passing(), &small);
        assert!(shrunk.gone.iter().any(|change| change.id == ID) && shrunk.added.is_empty());
    }

    #[test]
    fn a_new_testcase_that_fails_makes_it_worse() {
        let before = Builder::conformant().only(&["scs-0114-syntax-check"]).build();
        assert!(Difference::between(&before, &failing("x")).is_worse());
    }

    #[test]
    fn other_circumstances_are_told() {
        let mut after = passing();
        after.tool.version = "0.2.0".into();
        after.definitions.digest = "f".repeat(64);
        let text = Difference::between(&passing(), &after).to_text();
        assert!(text.contains("The program differs: 0.1.0 (e8b5576) before, 0.2.0 (e8b5576) now."), "{text}");
        assert!(text.contains("The digest of the definitions differs"), "{text}");
    }

    #[test]
    fn mark_of_both_reports_is_shown() {
        let simulated = |mut report: Report| {
            report.subject.simulated = true;
            report
        };
        let difference = Difference::between(&simulated(failing("x")), &simulated(passing()));
        for text in [difference.to_text(), difference.to_markdown()] {
            assert!(text.contains("Both reports are marked SIMULATED."), "{text}");
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let after = failing("a\x1b[31m`<script>`\nb");
        let difference = Difference::between(&passing(), &after);
        assert!(difference.to_text().contains("+ a\\u{1b}[31m`<script>`\\nb"));
        assert!(difference.to_markdown().contains("  - `+ a\\u{1b}[31m'<script>'\\nb`"));
        let json: serde_json::Value = serde_json::from_str(&difference.to_json().unwrap()).unwrap();
        assert_eq!(json["failing"][0]["id"], ID);
    }
}
