//! The report as JUnit XML, for CI systems: a suite for each standard, one for the run as a whole, and one for what the run
//! has left in the subject.
//!
//! Viewers count failures and errors of all suites together, and that number must agree with the exit code: red is what
//! decides and nothing else, and a run whose exit code is not 0 is never all green. What does not decide is skipped; its
//! message says so (`docs/decisions/0003-junit.md`).

mod safe;
#[cfg(test)]
mod tests;
mod xml;
#[cfg(test)]
mod xsd;

use crate::cleanup::{Cleanup, named, why};
use crate::conclusion::summary;
use crate::evidence::{by_weight, how_many, resource, statement, value};
use crate::exit_code::ExitCode;
use crate::marks::{DOES_NOT_DECIDE, Mark, marks, of_testcase};
use crate::report::{Report, TestcaseResult};
use crate::text::{clipped, count};
use crate::wording::{decides, ran_by};
use chrono::{DateTime, Datelike, Utc};
use indexmap::IndexMap;
use safe::xml_safe;
use scs_checks::verdict::{Finding, Severity, Verdict};
use std::fmt::Write;
use std::io;
use xml::{Case, Detail, Outcome, Suite};

/// The longest text of an attribute; CI systems show it in one line.
const SHORT: usize = 240;

/// The suite of the run as a whole.
const RUN: &str = "run";
/// The suite of what the run has created.
const CLEANUP: &str = "cleanup";

/// Renders the report as JUnit XML.
///
/// # Errors
/// Those of the XML library; writing to memory has none.
pub(crate) fn render(report: &Report) -> io::Result<String> {
    let took = report.finished_at.signed_duration_since(report.started_at).num_milliseconds();
    let name = xml_safe(&format!("{} {}", report.scope.id, report.subject.name));
    xml::document(&name, took.try_into().unwrap_or_default(), &suites(report))
}

/// The JUnit XML of several reports: a suite for each subject and standard.
#[derive(Default)]
pub struct JointJunit(xml::Joint);

/// A subject of which a night has no report.
#[derive(Clone, Debug)]
pub struct Untested {
    /// The name of the subject.
    pub subject: String,
    /// The id of its scope.
    pub scope: String,
    /// The conclusion about it; MISS if nothing was due and nothing is known to fail.
    pub verdict: Verdict,
    /// The reason, or what is known of it.
    pub message: String,
    /// The instant at which that was known.
    pub at: DateTime<Utc>,
}

impl JointJunit {
    /// Adds a report.
    ///
    /// # Errors
    /// Those of the XML library; writing to memory has none.
    pub fn add(&mut self, report: &Report) -> io::Result<()> {
        let mut suites = suites(report);
        let subject = xml_safe(&report.subject.name);
        suites.iter_mut().for_each(|suite| suite.name = format!("{subject} {}", suite.name));
        self.0.add(&suites)
    }

    /// Adds a subject without a report of this night.
    ///
    /// # Errors
    /// Those of the XML library; writing to memory has none.
    pub fn add_untested(&mut self, untested: &Untested) -> io::Result<()> {
        let detail = |kind: &str| Detail {
            kind: kind.to_owned(),
            message: xml_safe(&untested.message),
            text: xml_safe(&untested.message),
        };
        let outcome = match untested.verdict {
            Verdict::Pass => Outcome::Success,
            Verdict::Fail => Outcome::Failure(detail("violation")),
            Verdict::Miss => Outcome::Skipped(detail("not-due")),
            Verdict::Abort => Outcome::Error(detail("not-tested")),
        };
        let name = format!("{} {RUN}", untested.subject);
        let case = Case { name: "run".to_owned(), classname: xml_safe(&name), milliseconds: 0, outcome, output: None };
        self.0.add(&[Suite {
            name: xml_safe(&name),
            package: xml_safe(&untested.scope),
            hostname: xml_safe(&untested.subject),
            timestamp: timestamp(untested.at),
            properties: Vec::new(),
            cases: vec![case],
        }])
    }

    /// Returns the document of a night that took so long.
    ///
    /// # Errors
    /// Those of the XML library; writing to memory has none.
    pub fn document(self, name: &str, milliseconds: u64) -> io::Result<String> {
        self.0.document(&xml_safe(name), milliseconds)
    }
}

fn suites(report: &Report) -> Vec<Suite> {
    let mut by_standard: IndexMap<&str, Vec<Case>> = IndexMap::new();
    for (id, result) in &report.testcases {
        by_standard.entry(standard(result)).or_default().push(testcase(report, id, result));
    }
    let cleanup = Cleanup::of(report).map(|made| (CLEANUP, vec![cleanup(report, &made)]));
    let others: Vec<(&str, Vec<Case>)> = by_standard.into_iter().chain(cleanup).collect();
    let mut run = void(report);
    let is_red = run.iter().chain(others.iter().flat_map(|(_, cases)| cases)).any(|case| case.outcome.is_red());
    if !is_red && report.exit_code() != ExitCode::Success {
        run.push(conclusion(report));
    }
    let run = (!run.is_empty()).then_some((RUN, run));
    let mut suites: Vec<Suite> =
        run.into_iter().chain(others).map(|(name, cases)| suite(report, name, cases)).collect();
    if let Some(first) = suites.first_mut() {
        first.properties = properties(report);
    }
    suites
}

fn standard(result: &TestcaseResult) -> &str {
    if result.standard.is_empty() { "unknown" } else { &result.standard }
}

fn suite(report: &Report, name: &str, cases: Vec<Case>) -> Suite {
    Suite {
        name: xml_safe(name),
        package: xml_safe(&report.scope.id),
        hostname: xml_safe(&report.subject.name),
        timestamp: timestamp(report.started_at),
        properties: Vec::new(),
        cases,
    }
}

fn case(report: &Report, suite: &str, name: &str, outcome: Outcome) -> Case {
    let classname = classname(report, suite);
    Case { name: xml_safe(name), classname, milliseconds: 0, outcome, output: None }
}

fn detail(kind: &str, message: &str, text: &str) -> Detail {
    Detail { kind: kind.to_owned(), message: xml_safe(&clipped(message, SHORT)), text: xml_safe(text) }
}

fn testcase(report: &Report, id: &str, result: &TestcaseResult) -> Case {
    let decides = decides(report, id);
    let mut marks: String = of_testcase(report, id, result).into_iter().map(|mark| format!("({mark}) ")).collect();
    if result.verdict == Verdict::Abort && !decides {
        marks.push_str(&format!("({DOES_NOT_DECIDE}) "));
    }
    let outcome = match (result.verdict, decides) {
        (Verdict::Pass, _) => Outcome::Success,
        (Verdict::Fail, true) => Outcome::Failure(explained(result, &marks)),
        (Verdict::Abort, true) => Outcome::Error(explained(result, &marks)),
        // Its message is all that some viewers show.
        (Verdict::Fail | Verdict::Abort, false) => {
            Outcome::Skipped(explained(result, &format!("{marks}{}: ", result.verdict)))
        }
        (Verdict::Miss, _) => Outcome::Skipped(explained(result, &marks)),
    };
    let output = if result.verdict == Verdict::Pass { remarks(result, &marks) } else { None };
    let output = output.map(|text| xml_safe(&text));
    Case { milliseconds: result.duration_ms, output, ..case(report, standard(result), id, outcome) }
}

fn explained(result: &TestcaseResult, before: &str) -> Detail {
    let reason = result.reason.as_ref();
    let kind = reason.map_or("violation".to_owned(), |reason| reason.code.to_string());
    let short = reason.map_or_else(|| headline(result), |reason| reason.message.clone());
    detail(&kind, &format!("{before}{short}"), &body(result))
}

/// Makes an error of each mark that takes all meaning from the verdicts.
fn void(report: &Report) -> Vec<Case> {
    let void = marks(report).into_iter().filter(Mark::voids);
    void.map(|mark| case(report, RUN, mark.word, Outcome::Error(detail("void", &mark.sentence, "")))).collect()
}

/// Makes an error of a run that is not a success although nothing in it is red: of what was not tested, for example.
fn conclusion(report: &Report) -> Case {
    let deciding = report.versions.iter().filter(|(_, version)| version.decides);
    let sentences: Vec<String> = deciding.map(|(name, _)| summary(report, name)).collect();
    let code = report.exit_code();
    let message =
        if sentences.is_empty() { "no version that decides was looked at".into() } else { sentences.join("; ") };
    let mut text = format!("{message}\nexit code: {} ({})\n", code.code(), code.meaning());
    for reason in report.subject.reason.iter().chain(&report.interrupted) {
        line(&mut text, "reason: ", &reason.message);
    }
    case(report, RUN, "conclusion", Outcome::Error(detail("not-a-success", &message, &text)))
}

/// Makes a testcase of the cleanup: what is left makes a CI job fail as a violation does.
fn cleanup(report: &Report, made: &Cleanup<'_>) -> Case {
    let mut text = format!("{} (run {})\n", made.sentence(), made.run);
    for resource in &made.left {
        line(&mut text, &format!("{}: ", named(resource)), why(resource));
    }
    if made.left.is_empty() {
        return Case { output: Some(xml_safe(&text)), ..case(report, CLEANUP, CLEANUP, Outcome::Success) };
    }
    line(&mut text, "remove with: ", made.command.unwrap_or_default());
    case(report, CLEANUP, CLEANUP, Outcome::Failure(detail("residue", &made.sentence(), &text)))
}

/// Returns the class of the testcases of a suite. Jenkins takes what precedes the last dot for a package, GitLab shows all
/// of it.
fn classname(report: &Report, suite: &str) -> String {
    xml_safe(&format!("{}.{}.{suite}", report.scope.id, report.subject.name.replace('.', "_")))
}

/// Returns the first violation in short.
fn headline(result: &TestcaseResult) -> String {
    let violations = how_many(&result.findings, Severity::Violation);
    let Some(first) = by_weight(&result.findings).into_iter().next() else {
        return result.description.clone();
    };
    let first = located(first, true);
    match violations {
        0 | 1 => first,
        _ => format!("{}, first: {first}", count(violations, "violation")),
    }
}

/// Returns the message of a finding after its resource, whose name is not repeated.
fn located(finding: &Finding, short: bool) -> String {
    let statement = statement(finding);
    match &finding.resource {
        // The message names the resource where it reads best.
        Some(about) if short && !about.name.is_empty() && statement.contains(&about.name) => finding.message.clone(),
        Some(about) => format!("{}: {statement}", resource(about, short)),
        None => finding.message.clone(),
    }
}

/// Returns everything about a testcase that has not passed.
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
        let _ = writeln!(text, "\n{}. {}: {}", number + 1, finding.severity, located(finding, false));
        line(text, "   property: ", finding.property.as_deref().unwrap_or_default());
        for (label, of_finding) in [("expected", &finding.expected), ("observed", &finding.observed)] {
            if let Some(of_finding) = of_finding {
                line(text, &format!("   {label}: "), &value(of_finding));
            }
        }
    }
}

/// Returns what there is to say about a testcase that has passed.
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

/// Returns the facts of the run: what made this report, from what, and what it comes to.
fn properties(report: &Report) -> Vec<(String, String)> {
    let (tool, definitions) = (&report.tool, &report.definitions);
    let commit = tool.commit.as_ref().map(|commit| format!(" (commit {commit})")).unwrap_or_default();
    let code = report.exit_code();
    let mut all = vec![
        ("exit-code".to_owned(), format!("{} ({})", code.code(), code.meaning())),
        ("tool".to_owned(), format!("{} {}{commit}", tool.name, tool.version)),
        ("definitions".to_owned(), format!("{} sha256:{}", definitions.origin, definitions.name(&definitions.digest))),
        ("run".to_owned(), report.id.clone()),
        ("subject".to_owned(), report.subject.name.clone()),
        ("scope".to_owned(), format!("{} ({})", report.scope.name, report.scope.id)),
        ("reference".to_owned(), report.reference.to_rfc3339()),
    ];
    let mut add = |name: String, value: String| all.push((name, value));
    ran_by(&report.run_by).into_iter().for_each(|name| add("run-by".to_owned(), name));
    report.expires_at.iter().for_each(|time| add("valid-until".to_owned(), time.to_rfc3339()));
    report.subject.details.iter().for_each(|(name, detail)| add(format!("subject.{name}"), detail.clone()));
    for (name, version) in &report.versions {
        let decides = if version.decides { ", decides" } else { "" };
        add(format!("version.{name}"), format!("{}{decides}: {}", version.validity, summary(report, name)));
    }
    report.subject.reason.iter().for_each(|reason| add("not-tested".to_owned(), reason.message.clone()));
    report.interrupted.iter().for_each(|reason| add("interrupted".to_owned(), reason.message.clone()));
    for Mark { word, sentence, .. } in marks(report) {
        add(format!("mark.{}", word.to_lowercase().replace(',', "").replace(' ', "-")), format!("{word}: {sentence}"));
    }
    all.iter().map(|(name, value)| (xml_safe(name), xml_safe(value))).collect()
}

/// Returns an instant to the second; a year that the format cannot hold becomes 1970.
fn timestamp(instant: DateTime<Utc>) -> String {
    let fits = (0..=9999).contains(&instant.year());
    let instant = if fits { instant } else { DateTime::UNIX_EPOCH };
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
