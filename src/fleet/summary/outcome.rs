//! The outcome of one subject: its report, and what earlier results still say.

use super::baseline::Baseline;
use super::model::{OutcomeState, SubjectOutcome, Waived};
use super::waiving::waived;
use crate::config::{Config, Subject};
use crate::plan::{LatestResult, ScoreCard};
use crate::run::Finished;
use chrono::NaiveDate;
use indexmap::IndexMap;
use scs_checks::definition;
use scs_checks::verdict::{Reason, ReasonCode, Verdict};
use scs_reports::{MarkKind, Report, SubjectState, TestcaseResult};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The things by which the outcome of a subject is told.
pub struct Basis<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The date of the night.
    pub night: NaiveDate,
    /// The subject.
    pub subject: &'a Subject,
    /// The latest results before this night.
    pub card: &'a ScoreCard,
    /// The results that count as known in place of those.
    pub baseline: &'a Baseline,
}

impl Basis<'_> {
    /// Returns the verdict of a testcase before this night: that of the baseline if it has the subject, or else the latest one.
    fn before(&self, testcase: &str) -> Option<Verdict> {
        match self.baseline.has(self.subject) {
            true => self.baseline.verdict(self.subject, testcase),
            false => self.card.testcases.get(testcase).map(|latest| latest.verdict),
        }
    }
}

/// Returns the outcome of a subject that was not run; without a reason nothing of it was due.
pub fn left_out(basis: &Basis<'_>, impossible: Option<&str>) -> SubjectOutcome {
    let reason = impossible.map(|why| Reason::new(ReasonCode::Configuration, why));
    let state = if reason.is_some() { OutcomeState::NotTested } else { OutcomeState::NothingDue };
    SubjectOutcome { reason, ..nothing(basis, state) }
}

/// Returns the outcome of a subject whose turn is over.
pub fn outcome(basis: &Basis<'_>, attempt: u32, finished: &Finished) -> SubjectOutcome {
    let mut outcome = match &finished.report {
        Ok(report) => of_report(basis, attempt, report, finished.folder.clone()),
        Err(error) => left_out(basis, Some(&error.to_string())),
    };
    outcome.left_behind += usize::from(finished.left.is_some());
    outcome.certificates.clone_from(&finished.seen.certificates);
    outcome
}

fn nothing(basis: &Basis<'_>, state: OutcomeState) -> SubjectOutcome {
    SubjectOutcome {
        name: basis.subject.name.clone(),
        group: basis.subject.group.clone(),
        scope: basis.subject.scope.clone(),
        attempt: None,
        folder: None,
        report: None,
        state,
        reason: None,
        verdict: None,
        failed: Vec::new(),
        new: Vec::new(),
        fixed: Vec::new(),
        undecided: Vec::new(),
        waived: Vec::new(),
        limits: Vec::new(),
        testcases: IndexMap::new(),
        left_behind: 0,
        requests: 0,
        seconds: 0.0,
        expires_at: None,
        certificates: Vec::new(),
    }
}

fn of_report(basis: &Basis<'_>, attempt: u32, report: &Report, folder: PathBuf) -> SubjectOutcome {
    let mut outcome = SubjectOutcome {
        attempt: Some(attempt),
        folder: Some(folder),
        report: Some(report.id.clone()),
        reason: report.subject.reason.clone().or_else(|| report.interrupted.clone()),
        limits: limits(report),
        testcases: numbers(report),
        left_behind: report.residue().count(),
        requests: report.facts.values().map(|record| record.requests.len() as u64).sum(),
        seconds: report.finished_at.signed_duration_since(report.started_at).as_seconds_f64(),
        expires_at: report.expires_at,
        ..nothing(basis, state(report))
    };
    for id in mandatory(report) {
        let Some(result) = report.testcases.get(id) else { continue };
        let before = basis.before(id);
        match decided(basis, report, id, result) {
            Some(Verdict::Fail) => match waived(basis.config, &basis.subject.name, id, result, basis.night) {
                Some(waived) => outcome.waived.push(waived),
                None => fail(&mut outcome, id, before),
            },
            Some(_) if before == Some(Verdict::Fail) => outcome.fixed.push(id.clone()),
            Some(_) => {}
            None => outcome.undecided.push(id.clone()),
        }
    }
    outcome.verdict = Some(match &outcome {
        SubjectOutcome { failed, waived, .. } if !failed.is_empty() || !waived.is_empty() => Verdict::Fail,
        SubjectOutcome { undecided, .. } if !undecided.is_empty() => Verdict::Abort,
        _ => Verdict::Pass,
    });
    outcome.waived.sort_by(|one: &Waived, other| one.testcase.cmp(&other.testcase));
    outcome
}

fn fail(outcome: &mut SubjectOutcome, id: &str, before: Option<Verdict>) {
    outcome.failed.push(id.to_owned());
    if before != Some(Verdict::Fail) {
        outcome.new.push(id.to_owned());
    }
}

fn state(report: &Report) -> OutcomeState {
    match report.subject.state {
        SubjectState::Refused => OutcomeState::Refused,
        SubjectState::Unreachable => OutcomeState::Unreachable,
        SubjectState::Tested if report.interrupted.is_some() => OutcomeState::Interrupted,
        SubjectState::Tested => OutcomeState::Tested,
    }
}

/// Returns the testcases in `main` of the versions that decide, each once.
fn mandatory(report: &Report) -> BTreeSet<&String> {
    let deciding = report.versions.values().filter(|version| version.decides);
    deciding.flat_map(|version| version.testcases(definition::Basis::Main)).collect()
}

/// Returns PASS or FAIL: of tonight, or of an earlier night if the testcase was left out tonight and its result still counts.
/// What was tried tonight and not decided stays undecided.
fn decided(basis: &Basis<'_>, report: &Report, id: &str, result: &TestcaseResult) -> Option<Verdict> {
    let was_left_out = result.reason.as_ref().is_some_and(|reason| reason.code == ReasonCode::NotSelected);
    if !was_left_out {
        return Some(result.verdict).filter(|verdict| matches!(verdict, Verdict::Pass | Verdict::Fail));
    }
    let counts = |latest: &&LatestResult| {
        latest.definitions == report.definitions.digest
            && result.lifetime.expires_at(latest.checked_at).is_some_and(|end| report.reference < end)
    };
    basis.card.testcases.get(id).filter(counts).map(|latest| latest.verdict)
}

/// Returns the marks of a report, without those of which a night tells in another way.
fn limits(report: &Report) -> Vec<String> {
    let is_told = |kind| matches!(kind, MarkKind::Partial | MarkKind::LeftBehind);
    report.limits().into_iter().filter(|(kind, _)| !is_told(*kind)).map(|(_, sentence)| sentence).collect()
}

fn numbers(report: &Report) -> IndexMap<Verdict, usize> {
    let mut numbers = IndexMap::new();
    for result in report.testcases.values() {
        *numbers.entry(result.verdict).or_default() += 1;
    }
    numbers
}
