//! The report as JUnit XML, for CI systems: a suite for each standard, and one for what the run
//! has left in the subject.
//!
//! FAIL is a failure, ABORT an error, MISS is skipped. CI systems show one message for each
//! testcase and some ignore attributes, so all findings stand together in the text.

#[cfg(test)]
mod tests;
#[cfg(test)]
mod xsd;

use crate::cleanup::{Cleanup, named, why};
use crate::conclusion::summary;
use crate::evidence::{by_weight, how_many, resource, value};
use crate::marks::{Mark, marks, of_testcase};
use crate::report::{Report, TestcaseResult};
use crate::text::{clipped, count};
use chrono::{DateTime, Datelike, Utc};
use indexmap::IndexMap;
use junit_report::{Duration, OffsetDateTime, ReportBuilder, TestCase, TestResult, TestSuite};
use scs_checks::verdict::{Finding, Severity, Verdict};
use scs_checks::visible::is_invisible;
use std::fmt::Write;

/// The longest text of an attribute; CI systems show it in one line.
const SHORT: usize = 240;

/// The suite that is of no standard: whether the run has left something behind.
const CLEANUP: &str = "cleanup";
/// The suite that is of no standard either: marks that take all meaning from the verdicts.
const MARKS: &str = "marks";

/// The report as JUnit XML.
pub(crate) fn render(report: &Report) -> String {
    let mut suites: IndexMap<&str, Vec<TestCase>> = IndexMap::new();
    for (id, result) in &report.testcases {
        suites.entry(standard(result)).or_default().push(testcase(report, id, result));
    }
    if suites.is_empty() {
        suites.insert(&report.scope.id, vec![nothing(report)]);
    }
    let provenance = provenance(report);
    let cleanup = Cleanup::of(report).map(|made| (CLEANUP, vec![cleanup(report, &made)]));
    let void = void(report);
    let void = (!void.is_empty()).then_some((MARKS, void));
    let suites = void.into_iter().chain(suites).chain(cleanup);
    let suites = suites.map(|(name, cases)| suite(report, name, cases, &provenance));
    let mut xml = Vec::new();
    // Writing text to memory cannot fail. If it did, the text would be cut short, and every reader would refuse it.
    let _ = ReportBuilder::new().add_testsuites(suites).build().write_xml(&mut xml);
    String::from_utf8(xml).unwrap_or_default() + "\n"
}

fn standard(result: &TestcaseResult) -> &str {
    if result.standard.is_empty() { "unknown" } else { &result.standard }
}

fn suite(report: &Report, name: &str, testcases: Vec<TestCase>, provenance: &str) -> TestSuite {
    let mut suite = TestSuite::new(&xml_safe(name));
    suite.package = xml_safe(&report.scope.id);
    suite.hostname = xml_safe(&report.subject.name);
    suite.timestamp = timestamp(report.started_at);
    suite.testcases = testcases;
    suite.system_out = Some(xml_safe(provenance));
    suite
}

fn testcase(report: &Report, id: &str, result: &TestcaseResult) -> TestCase {
    let reason = result.reason.as_ref();
    let type_ = reason.map_or("violation".to_owned(), |reason| reason.code.to_string());
    let marks: String = of_testcase(report, id, result).into_iter().map(|mark| format!("({mark}) ")).collect();
    let short = reason.map_or_else(|| headline(result), |reason| reason.message.clone());
    let message = xml_safe(&clipped(&format!("{marks}{short}"), SHORT));
    let mut testcase = TestCase::success(&xml_safe(id), duration(result.duration_ms));
    testcase.classname = Some(xml_safe(&classname(report, result)));
    testcase.result = match result.verdict {
        Verdict::Pass => TestResult::Success,
        Verdict::Fail => TestResult::Failure { type_, message, cause: Some(xml_safe(&body(result))) },
        Verdict::Abort => TestResult::Error { type_, message, cause: Some(xml_safe(&body(result))) },
        Verdict::Miss => TestResult::SkippedWithCause { type_, message, cause: Some(xml_safe(&body(result))) },
    };
    if result.verdict == Verdict::Pass {
        testcase.system_out = remarks(result, &marks).map(|text| xml_safe(&text));
    }
    testcase
}

/// Makes an error of each mark that takes all meaning from the verdicts: a viewer that only counts must not show all green.
fn void(report: &Report) -> Vec<TestCase> {
    let void = marks(report).into_iter().filter(Mark::voids);
    void.map(|mark| {
        let mut testcase = TestCase::error(mark.word, Duration::ZERO, "void", &xml_safe(&mark.sentence));
        testcase.classname = Some(xml_safe(&classname_in(report, MARKS)));
        testcase
    })
    .collect()
}

/// An empty report must not look like one in which everything is fine.
fn nothing(report: &Report) -> TestCase {
    let reason = report.subject.reason.as_ref().or(report.interrupted.as_ref());
    let message = reason.map_or("no testcase was evaluated", |reason| reason.message.as_str());
    let mut testcase = TestCase::error("run", Duration::ZERO, "nothing-tested", &xml_safe(&clipped(message, SHORT)));
    testcase.classname = Some(xml_safe(&report.scope.id));
    testcase
}

/// What is left makes a CI job fail as a violation does; the time that cleaning took is not known.
fn cleanup(report: &Report, made: &Cleanup<'_>) -> TestCase {
    let mut testcase = if made.left.is_empty() {
        TestCase::success(CLEANUP, Duration::ZERO)
    } else {
        TestCase::failure(CLEANUP, Duration::ZERO, "residue", &xml_safe(&clipped(&made.sentence(), SHORT)))
    };
    testcase.classname = Some(xml_safe(&classname_in(report, CLEANUP)));
    let mut text = format!("{} (run {})\n", made.sentence(), made.run);
    for resource in &made.left {
        line(&mut text, &format!("{}: ", named(resource)), why(resource));
    }
    if made.left.is_empty() {
        testcase.system_out = Some(xml_safe(&text));
    } else {
        line(&mut text, "remove with: ", made.command.unwrap_or_default());
        if let TestResult::Failure { cause, .. } = &mut testcase.result {
            *cause = Some(xml_safe(&text));
        }
    }
    testcase
}

/// Jenkins takes what precedes the last dot for a package, GitLab shows all of it.
fn classname(report: &Report, result: &TestcaseResult) -> String {
    classname_in(report, standard(result))
}

fn classname_in(report: &Report, suite: &str) -> String {
    format!("{}.{}.{suite}", report.scope.id, report.subject.name.replace('.', "_"))
}

/// The first violation in short.
fn headline(result: &TestcaseResult) -> String {
    let violations = how_many(&result.findings, Severity::Violation);
    let Some(first) = by_weight(&result.findings).into_iter().next() else {
        return result.description.clone();
    };
    let about = first.resource.as_ref().map(|about| format!("{}: ", resource(about, true))).unwrap_or_default();
    match violations {
        0 | 1 => format!("{about}{}", first.message),
        _ => format!("{}, first: {about}{}", count(violations, "violation"), first.message),
    }
}

/// Everything about a testcase that has not passed.
fn body(result: &TestcaseResult) -> String {
    let mut text = format!("{}\n", result.description);
    if let Some(reason) = &result.reason {
        line(&mut text, "", &reason.message);
    }
    evidence(&mut text, &result.findings);
    text.push('\n');
    for clause in &result.clauses {
        let name = format!("{} {} ({}): ", clause.standard, clause.id, clause.level);
        line(&mut text, &name, &format!("{} {}", clause.text, clause.url));
    }
    line(&mut text, "remedy: ", &result.remedy);
    line(&mut text, "url: ", &result.url);
    text
}

fn line(text: &mut String, label: &str, value: &str) {
    if !value.trim().is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{label}{value}");
    }
}

fn evidence(text: &mut String, findings: &[Finding]) {
    for (number, finding) in by_weight(findings).into_iter().enumerate() {
        let _ = writeln!(text, "\n{}. {}: {}", number + 1, finding.severity, finding.message);
        if let Some(about) = &finding.resource {
            line(text, "   resource: ", &resource(about, false));
        }
        line(text, "   property: ", finding.property.as_deref().unwrap_or_default());
        for (label, of_finding) in [("expected", &finding.expected), ("observed", &finding.observed)] {
            if let Some(of_finding) = of_finding {
                line(text, &format!("   {label}: "), &value(of_finding));
            }
        }
    }
}

/// What there is to say about a testcase that has passed.
fn remarks(result: &TestcaseResult, marks: &str) -> Option<String> {
    let mut text = String::new();
    line(&mut text, "", marks);
    if result.vacuous {
        text.push_str("There was nothing to examine.\n");
    }
    if !result.findings.is_empty() {
        evidence(&mut text, &result.findings);
    }
    (!text.is_empty()).then_some(text)
}

/// What made this report, from what, and what it comes to.
fn provenance(report: &Report) -> String {
    let mut text = String::new();
    let tool = &report.tool;
    let commit = tool.commit.as_ref().map(|commit| format!(" (commit {commit})")).unwrap_or_default();
    line(&mut text, "tool: ", &format!("{} {}{commit}", tool.name, tool.version));
    line(&mut text, "definitions: sha256:", &report.definitions.digest);
    line(&mut text, "run: ", &report.id);
    line(&mut text, "subject: ", &report.subject.name);
    for (name, detail) in &report.subject.details {
        line(&mut text, &format!("subject {name}: "), detail);
    }
    line(&mut text, "scope: ", &format!("{} ({})", report.scope.name, report.scope.id));
    line(&mut text, "reference: ", &report.reference.to_rfc3339());
    for (name, version) in &report.versions {
        let verdict = version.verdict.map_or("-".to_owned(), |verdict| verdict.to_string());
        let decides = if version.decides { ", decides" } else { "" };
        line(&mut text, &format!("version {name} ({}{decides}): ", version.validity), &verdict);
        line(&mut text, &format!("version {name}: "), &summary(report, name));
    }
    if let Some(reason) = &report.subject.reason {
        line(&mut text, "not tested: ", &reason.message);
    }
    if let Some(reason) = &report.interrupted {
        line(&mut text, "interrupted: ", &reason.message);
    }
    for mark in marks(report) {
        line(&mut text, &format!("{}: ", mark.word), &mark.sentence);
    }
    text
}

/// Rounded to seconds; a year that the format cannot hold becomes 1970.
fn timestamp(instant: DateTime<Utc>) -> OffsetDateTime {
    let seconds = if (0..=9999).contains(&instant.year()) { instant.timestamp() } else { 0 };
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// At most a year: durations are added up.
fn duration(milliseconds: u64) -> Duration {
    Duration::milliseconds(i64::try_from(milliseconds.min(31_536_000_000)).unwrap_or_default())
}

/// The text as XML 1.0 can hold it.
///
/// Colours of terminals go. Controls, most of which XML forbids even when escaped, and all else that cannot be seen is
/// spelled out, so that two names that differ only there do not look the same. `]]>` would end the text early.
fn xml_safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' if rest.next_if_eq(&'[').is_some() => {
                while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
                rest.next_if(|c| ('@'..='~').contains(c));
            }
            '>' if safe.ends_with("]]") => safe.push_str(" >"),
            '\r' => {}
            '\t' | '\n' => safe.push(c),
            // Writing to a text cannot fail.
            c if is_invisible(c) => drop(write!(safe, "\\u{{{:x}}}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}
