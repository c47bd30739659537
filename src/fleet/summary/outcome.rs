//! The outcome of one subject: its report, and what earlier results still say.

use super::baseline::Baseline;
use super::model::{OutcomeState, SubjectOutcome, Waived};
use super::waiving::waived;
use crate::config::{Config, Subject};
use crate::plan::ScoreCard;
use crate::run::Finished;
use chrono::{DateTime, NaiveDate, Utc};
use indexmap::IndexMap;
use scs_checks::definition::{self, Definitions};
use scs_checks::verdict::{Reason, ReasonCode, Verdict};
use scs_reports::{MarkKind, Report, SubjectState, TestcaseResult, Untested};
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
    /// The definitions.
    pub definitions: &'a Definitions,
    /// The instant that counts as now.
    pub now: DateTime<Utc>,
    /// The latest results before this attempt.
    pub card: &'a ScoreCard,
    /// The latest results before this night.
    pub earlier: &'a ScoreCard,
    /// The testcases in `main` of the versions that decide.
    pub mandatory: &'a BTreeSet<String>,
    /// The results that count as known in place of those.
    pub baseline: &'a Baseline,
}

impl Basis<'_> {
    /// Returns the verdict of a testcase before this night: that of the baseline if it has the subject, or else the latest one.
    fn before(&self, testcase: &str) -> Option<Verdict> {
        match self.baseline.has(self.subject) {
            true => self.baseline.verdict(self.subject, testcase),
            false => self.earlier.testcases.get(testcase).map(|latest| latest.verdict),
        }
    }

    /// Returns true if a testcase failed the last time, or before this night.
    fn failed_before(&self, testcase: &str) -> bool {
        let latest = self.card.testcases.get(testcase).map(|latest| latest.verdict);
        [latest, self.before(testcase)].contains(&Some(Verdict::Fail))
    }

    /// Returns the day on which waivers have to count: a night in the past revives none.
    fn today(&self) -> NaiveDate {
        self.night.max(self.now.date_naive())
    }

    /// Returns the latest verdict of a testcase, if that still counts.
    fn carried(&self, testcase: &str) -> Option<Verdict> {
        let latest = self.card.testcases.get(testcase)?;
        let end = self.definitions.testcase(testcase)?.lifetime.expires_at(latest.checked_at)?;
        (latest.definitions == self.definitions.digest && self.now < end).then_some(latest.verdict)
    }
}

/// Returns the outcome of a subject that could not be run.
pub fn not_run(basis: &Basis<'_>, why: &str) -> SubjectOutcome {
    let reason = Some(Reason::new(ReasonCode::Configuration, why));
    SubjectOutcome { reason, ..nothing(basis, OutcomeState::NotTested) }
}

/// Returns what a JUnit report says of a subject without a report of this night.
pub fn untested(outcome: &SubjectOutcome) -> Untested {
    let (verdict, message) = match &outcome.reason {
        Some(reason) => (Verdict::Abort, reason.message.clone()),
        None if !outcome.failed.is_empty() => (
            Verdict::Fail,
            format!("nothing is due, and these fail since an earlier attempt: {}", outcome.failed.join(", ")),
        ),
        None => (Verdict::Miss, "nothing of it is due".to_owned()),
    };
    let (subject, scope) = (outcome.name.clone(), outcome.scope.clone());
    Untested { subject, scope, verdict, message, at: Utc::now() }
}

/// Returns the outcome of a subject of which nothing was due: what earlier attempts have found. A violation stays one.
pub fn nothing_due(basis: &Basis<'_>) -> SubjectOutcome {
    let mut outcome = nothing(basis, OutcomeState::NothingDue);
    for id in basis.mandatory {
        match basis.carried(id) {
            Some(Verdict::Pass) => {}
            Some(Verdict::Fail) => match waived(basis.config, &basis.subject.name, id, None, basis.today()) {
                Some(waived) => outcome.waived.push(waived),
                None => fail(&mut outcome, id, basis.before(id)),
            },
            _ => outcome.undecided.push(id.clone()),
        }
    }
    outcome.verdict = Some(verdict(&outcome));
    outcome
}

/// Returns the outcome of a subject whose turn is over.
pub fn outcome(basis: &Basis<'_>, attempt: u32, finished: &Finished) -> SubjectOutcome {
    let mut outcome = match &finished.report {
        Ok(report) => of_report(basis, attempt, report, finished.folder.clone()),
        Err(error) => not_run(basis, &error.to_string()),
    };
    outcome.left_behind += usize::from(finished.left.is_some());
    outcome.certificates.clone_from(&finished.seen.certificates);
    outcome.credential_expires_at = finished.seen.credential;
    outcome
}

fn nothing(basis: &Basis<'_>, state: OutcomeState) -> SubjectOutcome {
    SubjectOutcome {
        name: basis.subject.name.clone(),
        group: basis.subject.group.clone(),
        scope: basis.subject.scope.clone(),
        contact: basis.subject.contact.clone(),
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
        aborted: Vec::new(),
        waived: Vec::new(),
        limits: Vec::new(),
        testcases: IndexMap::new(),
        left_behind: 0,
        requests: 0,
        seconds: 0.0,
        expires_at: None,
        credential_expires_at: None,
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
        match decided(basis, id, result) {
            Some(Verdict::Fail) => match waived(basis.config, &basis.subject.name, id, Some(result), basis.today()) {
                Some(waived) => outcome.waived.push(waived),
                None => fail(&mut outcome, id, basis.before(id)),
            },
            Some(_) if basis.failed_before(id) => outcome.fixed.push(id.clone()),
            Some(_) => {}
            None => outcome.undecided.push(id.clone()),
        }
        if result.verdict == Verdict::Abort && outcome.undecided.last() == Some(id) {
            outcome.aborted.push(id.clone());
        }
    }
    if outcome.state == OutcomeState::Tested && !outcome.aborted.is_empty() {
        outcome.state = OutcomeState::Incomplete;
    }
    outcome.verdict = Some(verdict(&outcome));
    outcome.waived.sort_by(|one: &Waived, other| one.testcase.cmp(&other.testcase));
    outcome
}

fn verdict(outcome: &SubjectOutcome) -> Verdict {
    match outcome {
        SubjectOutcome { failed, waived, .. } if !failed.is_empty() || !waived.is_empty() => Verdict::Fail,
        SubjectOutcome { undecided, .. } if !undecided.is_empty() => Verdict::Abort,
        _ => Verdict::Pass,
    }
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
/// A testcase that was tried tonight and not decided stays undecided.
fn decided(basis: &Basis<'_>, id: &str, result: &TestcaseResult) -> Option<Verdict> {
    let was_left_out = result.reason.as_ref().is_some_and(|reason| reason.code == ReasonCode::NotSelected);
    if !was_left_out {
        return Some(result.verdict).filter(|verdict| matches!(verdict, Verdict::Pass | Verdict::Fail));
    }
    basis.carried(id)
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
