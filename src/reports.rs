//! The one reader of reports: whatever reads a report of this program reads it here, and gets only one that contradicts
//! neither itself nor the definitions that it names.

use crate::run::{self, Collected, Selection};
use crate::{definitions, files};
use chrono::{DateTime, TimeDelta, Utc};
use scs_checks::definition::{Definitions, Origin, Target, Testcase};
use scs_checks::facts::Facts;
use scs_checks::verdict::{Reason, ReasonCode, Verdict};
use scs_reports::{Report, SCHEMA_VERSION, SelectionRecord, TestcaseResult, VersionResult};
use std::path::Path;

/// Reads a report and checks that it does not contradict itself, nor the definitions that it names.
///
/// # Errors
/// One sentence: which file, what is wrong, where, and what to do.
pub fn read(path: &Path) -> Result<Report, String> {
    let report: Report = files::read_json(path, "report", SCHEMA_VERSION)?;
    let refused = |whom: &str, what: String| {
        let shown = path.display();
        format!("{shown} contradicts {whom}: {what}. Check the subject again; a report must not be edited")
    };
    report.verify().map_err(|what| refused("itself", what.to_string()))?;
    if report.finished_at > Utc::now() + FAST {
        return Err(refused("the clock of this machine", format!("it is of the future, {}", report.finished_at)));
    }
    let official = definitions::embedded().map_err(|problems| problems.to_string())?;
    verify_definitions(&report, &official).map_err(|what| refused("the definitions that it names", what))?;
    Ok(report)
}

/// How far the clock of another machine may be ahead.
const FAST: TimeDelta = TimeDelta::days(1);

/// Checks that a report says of versions and testcases what the official definitions say, if it has applied them. What
/// other versions of this program call official cannot be looked up here.
fn verify_definitions(report: &Report, official: &Definitions) -> Result<(), String> {
    let named = &report.definitions;
    if named.digest != official.digest {
        let is_wrong = named.origin == Origin::Official && report.tool == run::tool();
        let what =
            || format!("they are said to be official, but the official ones have the digest {}", official.digest);
        return if is_wrong { Err(what()) } else { Ok(()) };
    }
    // A run that takes hours is planned when it begins, and judged as of its end.
    let [judged, begun] = [report.reference, report.started_at].map(|now| compare(report, official, now));
    judged.or_else(|what| begun.map_err(|_| what))?;
    verify_now(report, official)
}

/// Compares a report with the one that the same run would have had.
fn compare(report: &Report, official: &Definitions, now: DateTime<Utc>) -> Result<(), String> {
    let expected = planned_anew(report, official, now)?;
    let wrong = |what: &str| Err(format!("{what} is not as they say"));
    if report.scope != expected.scope {
        return wrong("the scope");
    }
    if report.selection != expected.selection {
        return wrong("the selection");
    }
    if report.standards != expected.standards {
        return wrong("the list of standards");
    }
    if !report.versions.keys().eq(expected.versions.keys()) {
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
    let differs = |(id, told): &(&String, &TestcaseResult)| {
        !expected.testcases.get(*id).is_some_and(|of| is_same_testcase(told, of))
    };
    report.testcases.iter().find(differs).map_or(Ok(()), |(id, _)| wrong(id))
}

/// Returns the report of the same run, without an outcome.
fn planned_anew(report: &Report, official: &Definitions, now: DateTime<Utc>) -> Result<Report, String> {
    let no_scope = || format!("there is no scope {}", report.scope.id);
    let scope = official.scopes.get(&report.scope.id).ok_or_else(no_scope)?;
    let SelectionRecord { versions, select, sections, partial: _ } = report.selection.clone();
    let plan = run::plan(official, scope, &Selection { reference: now, versions, select, sections })?;
    let reason = Reason::new(ReasonCode::NotRecorded, "a report has no facts");
    let collected = Collected {
        facts: Facts::none(report.reference, &reason),
        records: report.facts.clone(),
        run_by: report.run_by.clone(),
        subject: report.subject.clone(),
        refused: None,
        interrupted: None,
        changes: None,
        started_at: report.started_at,
        finished_at: report.finished_at,
    };
    Ok(run::evaluate(official, &plan, collected))
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
fn is_same_testcase(told: &TestcaseResult, expected: &TestcaseResult) -> bool {
    let (reason, findings) = (told.reason.clone(), told.findings.clone());
    let TestcaseResult { verdict, examined, vacuous, .. } = *told;
    TestcaseResult { verdict, reason, examined, vacuous, findings, ..expected.clone() } == *told
}

/// Checks that nothing is decided that takes "now", if the local clock is not to be believed.
fn verify_now(report: &Report, official: &Definitions) -> Result<(), String> {
    let Some(obstacle) = report.clock.obstacle() else { return Ok(()) };
    let takes_now =
        |id: &str| official.testcase(id).is_some_and(|testcase: &Testcase| testcase.check.rule().takes_now());
    let is_decided = |result: &TestcaseResult| matches!(result.verdict, Verdict::Pass | Verdict::Fail);
    let decided = report.testcases.iter().find(|(id, result)| is_decided(result) && takes_now(id));
    decided.map_or(Ok(()), |(id, result)| Err(format!("{id} is {}, but {}", result.verdict, obstacle.message)))
}
