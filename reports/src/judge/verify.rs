//! The check that a report contradicts neither itself nor the definitions that it names. Whoever takes a report for true parses
//! it here.

use super::document::{DocumentError, DocumentKind};
use super::evaluate::{Collected, evaluate};
use super::plan::{PlanError, Selection, plan};
use crate::consistency::Contradiction;
use crate::report::{Report, SCHEMA_VERSION, TestcaseResult, Tool, VersionResult};
use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;
use scs_checks::definition::{Definitions, Evidence, Origin, Target, Testcase};
use scs_checks::facts::{Facts, Now};
use scs_checks::verdict::{Reason, ReasonCode, Verdict};
use std::collections::BTreeSet;
use thiserror::Error;

/// The format of reports.
const KIND: DocumentKind = DocumentKind { name: "report", version: SCHEMA_VERSION };

/// A report that is not to be believed; `source` names it.
#[derive(Debug, Error)]
pub enum ReportError {
    /// It is not a report that this program understands.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// It contradicts itself.
    #[error("{source_name} contradicts itself: {contradiction}. {REMEDY}")]
    Itself {
        /// Names the report.
        source_name: String,
        /// The contradiction.
        #[source]
        contradiction: Contradiction,
    },
    /// It was made later than now.
    #[error("{source_name} contradicts the clock of this machine: it is of the future, {finished_at}. {REMEDY}")]
    Future {
        /// Names the report.
        source_name: String,
        /// The end of its run, as it says.
        finished_at: DateTime<Utc>,
    },
    /// It says of the definitions what they do not say.
    #[error("{source_name} contradicts the definitions that it names: {mismatch}. {REMEDY}")]
    Definitions {
        /// Names the report.
        source_name: String,
        /// The difference.
        #[source]
        mismatch: Mismatch,
    },
}

/// A difference between a report and the definitions that it names.
#[derive(Debug, Error)]
pub enum Mismatch {
    /// The digest is not that of the official definitions.
    #[error("they are said to be official, but the official ones have the digest {official}")]
    NotOfficial {
        /// The digest of the official definitions.
        official: String,
    },
    /// They have no such scope.
    #[error("there is no scope {0}")]
    NoScope(String),
    /// Nothing can be planned by them as the report says.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A part of the report is different.
    #[error("{0} is not as they say")]
    Part(String),
    /// Something is decided that takes "now", by a clock that is not to be believed.
    #[error("{id} is {verdict}, but {obstacle}")]
    Clock {
        /// The id of the testcase.
        id: String,
        /// Its verdict.
        verdict: Verdict,
        /// The reason why the clock is not to be believed.
        obstacle: String,
    },
}

/// The way out, whatever contradicts whatever.
const REMEDY: &str = "Check the subject again; a report must not be edited";

/// Facts that a reader of reports knows for certain.
pub struct Known<'a> {
    /// The official definitions.
    pub official: &'a Definitions,
    /// The program that reads.
    pub tool: &'a Tool,
    /// The instant of reading.
    pub now: DateTime<Utc>,
}

/// Parses a report and checks that it contradicts neither itself nor what is known; `source` names it in messages.
///
/// # Errors
/// It is not a report that this program understands, or it contradicts itself, the clock or the definitions that it names.
pub fn report_from_json(text: &str, source: &str, known: &Known<'_>) -> Result<Report, ReportError> {
    let report: Report = KIND.parse(text, source)?;
    let source_name = source.to_owned();
    if let Err(contradiction) = report.verify() {
        return Err(ReportError::Itself { source_name, contradiction });
    }
    if report.finished_at > known.now + FAST {
        return Err(ReportError::Future { source_name, finished_at: report.finished_at });
    }
    match verify_definitions(&report, known) {
        Err(mismatch) => Err(ReportError::Definitions { source_name, mismatch }),
        Ok(()) => Ok(report),
    }
}

/// The time by which the clock of another machine may be ahead.
const FAST: TimeDelta = TimeDelta::days(1);

/// Checks that a report says of versions and testcases what the official definitions say, if it has applied them. What
/// other versions of this program call official, or what a publisher has signed, cannot be looked up here.
fn verify_definitions(report: &Report, known: &Known<'_>) -> Result<(), Mismatch> {
    let official = known.official;
    let named = &report.definitions;
    if named.digest != official.digest {
        let claims_ours = named.origin == Origin::Official && named.publisher.is_none();
        let is_wrong = claims_ours && report.tool == *known.tool;
        return if is_wrong { Err(Mismatch::NotOfficial { official: official.digest.clone() }) } else { Ok(()) };
    }
    // A run that takes hours is planned when it begins, and judged as of its end.
    let [judged, begun] = [report.reference, report.started_at].map(|now| compare(report, official, now));
    judged.or_else(|mismatch| begun.map_err(|_| mismatch))?;
    verify_now(report, official)
}

/// Compares a report with the one that the same run would have had.
fn compare(report: &Report, official: &Definitions, now: DateTime<Utc>) -> Result<(), Mismatch> {
    let expected = planned_anew(report, official, now)?;
    let wrong = |what: &str| Err(Mismatch::Part(what.to_owned()));
    if report.scope != expected.scope {
        return wrong("the scope");
    }
    if report.selection != expected.selection {
        return wrong("the selection");
    }
    if report.standards != expected.standards {
        return wrong("the list of standards");
    }
    // The keys of a JSON object have no order.
    let names = |versions: &IndexMap<String, VersionResult>| versions.keys().cloned().collect::<BTreeSet<String>>();
    if names(&report.versions) != names(&expected.versions) {
        return wrong("the list of versions");
    }
    if let Some(name) =
        report.versions.keys().find(|name| !is_same_version(&report.versions[*name], &expected.versions[*name]))
    {
        return wrong(&format!("the version {name}"));
    }
    if report.testcases.len() != expected.testcases.len() {
        return wrong("the list of testcases");
    }
    let differs = |(id, reported): &(&String, &TestcaseResult)| {
        !expected.testcases.get(*id).is_some_and(|of| is_same_testcase(reported, of))
    };
    report.testcases.iter().find(differs).map_or(Ok(()), |(id, _)| wrong(id))
}

/// Returns the report of the same run, without an outcome.
fn planned_anew(report: &Report, official: &Definitions, now: DateTime<Utc>) -> Result<Report, Mismatch> {
    let no_scope = || Mismatch::NoScope(report.scope.id.clone());
    let scope = official.scopes.get(&report.scope.id).ok_or_else(no_scope)?;
    let plan = plan(official, scope, &Selection::from_record(&report.selection, now))?;
    let reason = Reason::new(ReasonCode::NotRecorded, "a report has no facts");
    let collected = Collected {
        facts: Facts::none(report.subject.kind, &reason),
        observed_at: report.started_at,
        clock: report.clock,
        records: report.facts.clone(),
        run_by: report.run_by.clone(),
        subject: report.subject.clone(),
        refused: None,
        interrupted: None,
        changes: None,
        evidence: stated(report),
        credential_ends_at: None,
        started_at: report.started_at,
        finished_at: report.finished_at,
    };
    let now = Now::from_clock(report.reference, report.clock);
    Ok(evaluate(official, &plan, collected, now, report.tool.clone()))
}

/// Returns the evidence of a report by testcase.
fn stated(report: &Report) -> IndexMap<String, Evidence> {
    report.testcases.iter().filter_map(|(id, result)| Some((id.clone(), result.evidence.clone()?))).collect()
}

/// Compares two results on a version, but for what came of it.
fn is_same_version(one: &VersionResult, other: &VersionResult) -> bool {
    let lists = |version: &VersionResult| -> Vec<(Target, Vec<String>)> {
        version.targets.iter().map(|(target, result)| (*target, result.testcases.clone())).collect()
    };
    let of = |version: &VersionResult| (version.validity, version.decides, version.stabilized_at);
    of(one) == of(other) && one.includes == other.includes && lists(one) == lists(other)
}

/// Compares two results of a testcase, but for its outcome.
fn is_same_testcase(reported: &TestcaseResult, expected: &TestcaseResult) -> bool {
    let (reason, findings) = (reported.reason.clone(), reported.findings.clone());
    let TestcaseResult { verdict, examined, vacuous, expires_at, .. } = *reported;
    // Facts may leave to people what others decide. That its evidence fits, and its expiry, a report shows by itself.
    let evidence = reported.evidence.clone();
    let outcome =
        TestcaseResult { verdict, reason, examined, vacuous, findings, evidence, expires_at, ..expected.clone() };
    outcome == *reported
}

/// Checks that nothing is decided that takes "now", if the local clock is not to be believed.
fn verify_now(report: &Report, official: &Definitions) -> Result<(), Mismatch> {
    let Some(obstacle) = report.clock.obstacle() else { return Ok(()) };
    let takes_now =
        |id: &str| official.testcase(id).is_some_and(|testcase: &Testcase| testcase.check.rule().takes_now());
    let is_decided = |result: &TestcaseResult| matches!(result.verdict, Verdict::Pass | Verdict::Fail);
    let decided = report.testcases.iter().find(|(id, result)| is_decided(result) && takes_now(id));
    decided.map_or(Ok(()), |(id, result)| {
        Err(Mismatch::Clock { id: id.clone(), verdict: result.verdict, obstacle: obstacle.message })
    })
}
