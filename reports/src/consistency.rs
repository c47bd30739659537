//! The check that a report does not contradict itself. Everything in it that follows from something else in it is computed
//! anew and compared, so that a verdict that was edited, or that an older defect wrote, is not passed on as if it were tested.

use crate::derived::{expires_at, mark_kinds};
use crate::report::{
    CollectionRecord, CollectionState, Report, SubjectState, TargetResult, TestcaseResult, VersionResult,
};
use chrono::{DateTime, TimeDelta, Utc};
use scs_checks::check::CheckKind;
use scs_checks::definition::{Basis, Target};
use scs_checks::facts::{FactKind, LocalClock, Now};
use scs_checks::verdict::{Outcome, ReasonCode, Severity, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A contradiction within a report or a recording.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contradiction(pub(crate) String);

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Contradiction {}

/// Refuses unless a condition holds.
pub(crate) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Contradiction> {
    if holds { Ok(()) } else { Err(Contradiction(what())) }
}

impl Report {
    /// Checks that the report does not contradict itself.
    ///
    /// # Errors
    /// The first contradiction: what is said in two places, and how they differ.
    pub fn verify(&self) -> Result<(), Contradiction> {
        self.verify_subject()?;
        self.facts.iter().try_for_each(|(fact, record)| verify_record(*fact, record))?;
        self.verify_clock()?;
        self.testcases.iter().try_for_each(|(id, result)| self.verify_testcase(id, result))?;
        self.versions.iter().try_for_each(|(name, version)| self.verify_version(name, version))?;
        let left_out = self.testcases.values().any(is_left_out);
        ensure(self.selection.partial == left_out, || {
            let (word, selected) =
                if left_out { ("complete", "some testcases were not") } else { ("partial", "all testcases were") };
            format!("the selection is marked as {word}, but {selected} selected")
        })?;
        self.verify_derived()
    }

    /// Checks the fields that other programs read instead of computing them.
    fn verify_derived(&self) -> Result<(), Contradiction> {
        let (marks, expires) = (mark_kinds(self), expires_at(self));
        ensure(self.marks == marks, || format!("its marks are {:?}, but its content calls for {marks:?}", self.marks))?;
        ensure(self.expires_at == expires, || {
            let shown = |time: Option<DateTime<Utc>>| time.map_or("never".to_owned(), |time| time.to_string());
            format!("its expiry is {}, but its results expire {}", shown(self.expires_at), shown(expires))
        })
    }

    fn verify_subject(&self) -> Result<(), Contradiction> {
        let subject = &self.subject;
        ensure((subject.state == SubjectState::Tested) == subject.reason.is_none(), || match &subject.reason {
            Some(reason) => {
                format!("the subject is marked as tested, but a reason is given why it was not: {}", reason.message)
            }
            None => "the subject is marked as not tested, but no reason is given".to_owned(),
        })?;
        let foreign = self.facts.keys().find(|fact| fact.subject() != subject.kind);
        ensure(foreign.is_none(), || {
            let foreign = foreign.map(ToString::to_string).unwrap_or_default();
            format!("the subject is a {}, but {foreign} is a fact of the other kind of subject", subject.kind)
        })
    }

    /// Checks that the instant that counts as now is the begin of the run, unless the user named a date, and that the clock
    /// was compared with the answers. A redacted report has no requests to compare.
    fn verify_clock(&self) -> Result<(), Contradiction> {
        ensure(self.started_at <= self.finished_at, || {
            format!("the run began at {}, but ended earlier, at {}", self.started_at, self.finished_at)
        })?;
        if self.clock == LocalClock::NotAsked {
            return Ok(());
        }
        let requests = || self.facts.values().flat_map(|record| &record.requests);
        let shown = LocalClock::from_deviations(requests().filter_map(|request| request.clock_ahead_seconds));
        ensure(self.clock == shown || requests().next().is_none(), || {
            format!(
                "the local clock is recorded as {}, but by the requests it is {}",
                compared(self.clock),
                compared(shown)
            )
        })?;
        let before = self.started_at.signed_duration_since(self.reference);
        ensure(before <= PREPARING && self.reference <= self.finished_at, || {
            let (reference, started, finished) = (self.reference, self.started_at, self.finished_at);
            format!(
                "no date was named, but {reference}, which counts as now, is outside of the run ({started} to {finished})"
            )
        })
    }

    fn verify_testcase(&self, id: &str, result: &TestcaseResult) -> Result<(), Contradiction> {
        verify_outcome(id, result)?;
        self.verify_evidence(id, result)?;
        self.verify_statement(id, result)?;
        let expires = result.expiry(self.started_at);
        ensure(result.expires_at == expires, || {
            let expiry = result.expires_at.map_or("never".to_owned(), |time| time.to_string());
            match &result.evidence {
                Some(evidence) => format!("{id} rests on evidence of {}, but its expiry is {expiry}", evidence.date),
                None => format!("{id} is valid for a {} after the run, but its expiry is {expiry}", result.lifetime),
            }
        })?;
        let title = result.standard.is_empty() || self.standards.contains_key(&result.standard);
        ensure(title, || format!("{id} belongs to {}, which is not among the standards", result.standard))?;
        result.targets.iter().try_for_each(|(version, target)| {
            let listed = self.versions.get(version).and_then(|version| first_target(&version.targets, id));
            ensure(listed == Some(*target), || {
                format!("{id} claims to count in {target} of {version}, which does not list it")
            })
        })
    }

    /// Checks that a result with evidence is one that people judge, and follows from the evidence.
    fn verify_statement(&self, id: &str, result: &TestcaseResult) -> Result<(), Contradiction> {
        let Some(evidence) = &result.evidence else { return Ok(()) };
        let by_people = CheckKind::named_takes_evidence(&result.check);
        ensure(by_people, || format!("{id} has evidence, but a program decides it"))?;
        let TestcaseResult { verdict, reason, examined, vacuous, findings, .. } = result.clone();
        let outcome = Outcome { verdict, reason, examined, vacuous, findings };
        let now = Now::from_clock(self.reference, self.clock);
        ensure(evidence.explains(&outcome, now), || {
            let expected = evidence.outcome(now).verdict;
            format!(
                "{id} is {verdict}, but by its evidence of {} it is {expected}, or its findings differ",
                evidence.date
            )
        })
    }

    /// Checks that a verdict rests on facts that are there.
    fn verify_evidence(&self, id: &str, result: &TestcaseResult) -> Result<(), Contradiction> {
        let records: Vec<&CollectionRecord> = result.needs.iter().filter_map(|fact| self.facts.get(fact)).collect();
        let attempts = CollectionRecord::attempts(&records);
        ensure(result.attempts == attempts, || {
            format!("{id} records {} attempts, but its facts took {attempts}", result.attempts)
        })?;
        let slowest = records.iter().map(|record| record.duration_ms).max().unwrap_or_default();
        ensure(result.duration_ms == slowest, || {
            format!("{id} took {} ms, but the slowest of its facts took {slowest} ms", result.duration_ms)
        })?;
        if !is_decided(result) {
            return Ok(());
        }
        let (verdict, subject) = (result.verdict, self.subject.state);
        ensure(subject == SubjectState::Tested, || format!("{id} is {verdict}, but the subject was not tested"))?;
        if result.evidence.is_some() {
            return Ok(());
        }
        let required = || result.needs.iter().filter(|fact| !result.fallbacks.contains(fact));
        ensure(required().next().is_some(), || format!("{id} is {verdict}, but is based on no fact"))?;
        required().copied().try_for_each(|fact| self.verify_known(id, result, fact))
    }

    fn verify_known(&self, id: &str, result: &TestcaseResult, fact: FactKind) -> Result<(), Contradiction> {
        let state = self.facts.get(&fact).map(|record| record.state);
        let word = match state {
            Some(CollectionState::Known) => return Ok(()),
            Some(CollectionState::Absent) if self.is_decided_otherwise(result) => return Ok(()),
            Some(CollectionState::Absent) => "is absent, and none of its fallbacks is known",
            Some(CollectionState::Failed) => "could not be collected",
            Some(CollectionState::NotCollected) => "was not collected",
            None => "is not in the report",
        };
        Err(Contradiction(format!("{id} is {}, but the fact {fact}, on which it is based, {word}", result.verdict)))
    }

    /// Returns true if a fallback of an absent fact is known, or if it has none.
    fn is_decided_otherwise(&self, result: &TestcaseResult) -> bool {
        let is_known =
            |fact: &FactKind| self.facts.get(fact).is_some_and(|record| record.state == CollectionState::Known);
        result.fallbacks.is_empty() || result.fallbacks.iter().any(is_known)
    }

    fn verify_version(&self, name: &str, version: &VersionResult) -> Result<(), Contradiction> {
        let named = self.selection.versions.iter().any(|other| other == name);
        let decides = version.validity.decides() || named;
        ensure(version.decides == decides, || {
            let word = if decides { "decides" } else { "does not decide" };
            format!("{name} is {} and therefore {word}, but the report says otherwise", version.validity)
        })?;
        for (target, result) in &version.targets {
            self.verify_target(name, *target, result)?;
        }
        ensure(version.verdict == TargetResult::roll_up(&version.targets, Basis::Main), || {
            format!("the verdict of {name} differs from that of its target main")
        })?;
        ensure(version.verdict_by_text == TargetResult::roll_up(&version.targets, Basis::Text), || {
            format!("the verdict of {name} by its text differs from that of its targets main and text")
        })
    }

    fn verify_target(&self, version: &str, target: Target, result: &TargetResult) -> Result<(), Contradiction> {
        let mut seen = BTreeSet::new();
        let twice = result.testcases.iter().find(|id| !seen.insert(*id));
        ensure(twice.is_none(), || format!("{target} of {version} lists {} twice", twice.map_or("", String::as_str)))?;
        for id in &result.testcases {
            let listed = self.testcases.get(id).map(|result| result.targets.contains_key(version));
            ensure(listed.is_some(), || format!("{target} of {version} lists {id}, which has no result"))?;
            ensure(listed == Some(true), || {
                format!("{target} of {version} lists {id}, whose result does not name {version}")
            })?;
        }
        let rolled_up = TargetResult::of(&result.testcases, &self.testcases);
        ensure(rolled_up.tally == result.tally && rolled_up.verdict == result.verdict, || {
            let shown = |result: &TargetResult| {
                let verdict = result.verdict.map_or("none".to_owned(), |verdict| verdict.to_string());
                let tally = result.tally;
                let (passed, failed, aborted, missing) = (tally.passed, tally.failed, tally.aborted, tally.missing);
                format!("{verdict} ({passed} passed, {failed} failed, {aborted} aborted, {missing} missing)")
            };
            format!("{target} of {version} is {}, but its testcases add up to {}", shown(result), shown(&rolled_up))
        })
    }
}

/// The time that a run may take before its first request, for example to read files from pipes.
const PREPARING: TimeDelta = TimeDelta::hours(1);

/// Checks that a fact is known or there is a reason, and that what is known has an origin.
fn verify_record(fact: FactKind, record: &CollectionRecord) -> Result<(), Contradiction> {
    let is_known = record.state == CollectionState::Known;
    ensure(is_known == record.reason.is_none(), || match &record.reason {
        Some(reason) => format!("the fact {fact} is known, but a reason is given why it is not: {}", reason.message),
        None => format!("the fact {fact} is not known, but no reason is given"),
    })?;
    let (was_collected, was_brought) = (record.started_at.is_some(), record.brought.is_some());
    ensure(!is_known || was_collected != was_brought, || {
        let both = if was_collected { "both collected and" } else { "neither collected nor" };
        format!("the fact {fact} is known, but was {both} brought along")
    })
}

/// Returns how a clock compares, for example `90 s ahead` or `not compared`.
fn compared(clock: LocalClock) -> String {
    match clock {
        LocalClock::AheadBySeconds(seconds) => format!("{seconds} s ahead"),
        LocalClock::NotCompared => "not compared".to_owned(),
        LocalClock::NotAsked => "not asked".to_owned(),
    }
}

/// Checks that verdict, reason and findings of a testcase fit.
fn verify_outcome(id: &str, result: &TestcaseResult) -> Result<(), Contradiction> {
    let verdict = result.verdict;
    let violated = result.findings.iter().any(|finding| finding.severity == Severity::Violation);
    ensure(violated == (verdict == Verdict::Fail), || {
        let article = if violated { "a" } else { "no" };
        format!("{id} is {verdict}, but its findings contain {article} violation")
    })?;
    ensure(result.reason.is_none() == is_decided(result), || match &result.reason {
        Some(reason) => format!("{id} is {verdict}, but a reason is given why it is undecided: {}", reason.message),
        None => format!("{id} is {verdict}, but no reason is given"),
    })?;
    ensure(verdict == Verdict::Miss || !is_left_out(result), || format!("{id} is {verdict}, but was not selected"))?;
    let vacuous = verdict == Verdict::Pass && result.examined == 0;
    ensure(result.vacuous == vacuous, || {
        let word = if vacuous { "nothing" } else { "something" };
        format!("{id} is {verdict} and examined {word}, but the report says otherwise")
    })
}

fn is_decided(result: &TestcaseResult) -> bool {
    matches!(result.verdict, Verdict::Pass | Verdict::Fail)
}

fn is_left_out(result: &TestcaseResult) -> bool {
    result.reason.as_ref().is_some_and(|reason| reason.code == ReasonCode::NotSelected)
}

/// Returns the target in which a version counts a testcase: the first that lists it.
fn first_target(targets: &BTreeMap<Target, TargetResult>, id: &str) -> Option<Target> {
    targets.iter().find(|(_, result)| result.testcases.iter().any(|other| other == id)).map(|(target, _)| *target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Brought, MarkKind, RequestRecord};
    use crate::samples::{self, Builder};
    use rstest::rstest;
    use scs_checks::definition::{Evidence, Statement};
    use scs_checks::facts::SubjectKind;
    use scs_checks::verdict::{Finding, Reason};

    /// A testcase that passes, one that fails, one that was not run.
    const PASSES: &str = "scs-0100-syntax-check";
    const FAILS: &str = "scs-0114-syntax-check";
    const MISSES: &str = "scs-0117-test-backup";

    fn result<'a>(report: &'a mut Report, id: &str) -> &'a mut TestcaseResult {
        report.testcases.get_mut(id).unwrap()
    }

    #[rstest]
    fn samples_do_not_contradict_themselves(
        #[values(
            Builder::conformant,
            Builder::empty,
            samples::violations,
            samples::hostile,
            samples::refused,
            samples::interrupted,
            samples::partial,
            samples::text,
            samples::stated,
            samples::changed,
            samples::residue
        )]
        sample: fn() -> Builder,
    ) {
        assert_eq!(sample().build().verify(), Ok(()));
    }

    fn each_request(report: &mut Report, edit: fn(&mut RequestRecord)) {
        report.facts.values_mut().flat_map(|record| &mut record.requests).for_each(edit);
    }

    const STATED: &str = "scs-0116-docs-check";
    const OBJECTED: &str = "availability-zones-check";

    fn evidence<'a>(report: &'a mut Report, id: &str) -> &'a mut Evidence {
        result(report, id).evidence.as_mut().unwrap()
    }

    #[rstest]
    #[case::without_evidence(|r: &mut Report| { result(r, STATED).evidence = None; result(r, STATED).expires_at = result(r, PASSES).expires_at }, "scs-0116-docs-check is PASS, but is based on no fact")]
    #[case::other_statement(|r: &mut Report| evidence(r, OBJECTED).statement = Statement::Conforms, "availability-zones-check is FAIL, but by its evidence of 2026-11-02 it is PASS")]
    #[case::fail_to_pass(|r: &mut Report| { result(r, OBJECTED).verdict = Verdict::Pass; result(r, OBJECTED).findings.clear() }, "by its evidence of 2026-11-02 it is FAIL")]
    #[case::renewed(|r: &mut Report| { evidence(r, STATED).date = "2027-01-01".parse().unwrap(); result(r, STATED).expires_at = Some("2027-07-01T00:00:00Z".parse().unwrap()) }, "by its evidence of 2027-01-01 it is MISS")]
    #[case::later_date(|r: &mut Report| evidence(r, STATED).date = "2026-12-31".parse().unwrap(), "by its evidence of 2026-12-31 it is MISS")]
    #[case::too_old(|r: &mut Report| evidence(r, STATED).date = "2025-12-31".parse().unwrap(), "by its evidence of 2025-12-31 it is MISS")]
    #[case::longer(|r: &mut Report| result(r, STATED).expires_at = Some("2028-01-01T00:00:00Z".parse().unwrap()), "rests on evidence of 2026-11-02, but its expiry is 2028")]
    #[case::other_person(|r: &mut Report| evidence(r, STATED).person = "Max".to_owned(), "or its findings differ")]
    #[case::other_document(|r: &mut Report| evidence(r, STATED).document = "other.pdf".to_owned(), "or its findings differ")]
    #[case::for_a_program(|r: &mut Report| result(r, PASSES).evidence = result(r, STATED).evidence.clone(), "has evidence, but a program decides it")]
    #[case::for_a_program_that_failed(|r: &mut Report| { let other = result(r, STATED).clone(); result(r, FAILS).evidence = other.evidence; result(r, FAILS).expires_at = other.expires_at }, "has evidence, but a program decides it")]
    #[case::dropped_mark(|r: &mut Report| r.marks.retain(|mark| *mark != MarkKind::ByEvidence), "its content calls for [ByEvidence]")]
    fn edited_evidence_is_found(#[case] edit: Edit, #[case] expected: &str) {
        let mut report = samples::stated().found(FAILS, [Finding::violation("wrong")]).build();
        edit(&mut report);
        let message = report.verify().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }

    type Edit = fn(&mut Report);

    #[rstest]
    #[case::fail_to_pass(|r: &mut Report| result(r, FAILS).verdict = Verdict::Pass, "scs-0114-syntax-check is PASS, but its findings contain a violation")]
    #[case::without_findings(|r: &mut Report| { result(r, FAILS).verdict = Verdict::Pass; result(r, FAILS).findings.clear() }, "but its testcases add up to")]
    #[case::pass_to_fail(|r: &mut Report| result(r, PASSES).verdict = Verdict::Fail, "is FAIL, but its findings contain no violation")]
    #[case::miss_to_pass(|r: &mut Report| result(r, MISSES).verdict = Verdict::Pass, "is PASS, but a reason is given why")]
    #[case::miss_to_pass_without_reason(|r: &mut Report| { result(r, MISSES).verdict = Verdict::Pass; result(r, MISSES).reason = None; result(r, MISSES).vacuous = true; result(r, MISSES).examined = 0 }, "the fact backup-trial, on which it is based, was not collected")]
    #[case::abort_without_reason(|r: &mut Report| result(r, PASSES).verdict = Verdict::Abort, "is ABORT, but no reason is given")]
    #[case::vacuous(|r: &mut Report| result(r, PASSES).examined = 0, "examined nothing")]
    #[case::not_vacuous(|r: &mut Report| result(r, PASSES).vacuous = true, "examined something")]
    #[case::failed_fact(|r: &mut Report| { r.facts[&FactKind::Flavors].state = CollectionState::Failed; r.facts[&FactKind::Flavors].reason = Some(Reason::new(ReasonCode::Unreachable, "no answer")) }, "the fact flavors, on which it is based, could not be collected")]
    #[case::missing_fact(|r: &mut Report| drop(r.facts.shift_remove(&FactKind::Flavors)), "attempts")]
    #[case::no_needs(|r: &mut Report| { result(r, PASSES).needs.clear(); result(r, PASSES).attempts = 0; result(r, PASSES).duration_ms = 0 }, "is based on no fact")]
    #[case::tally(|r: &mut Report| r.versions["v5.1"].targets.get_mut(&Target::Main).unwrap().tally.failed = 0, "main of v5.1 is FAIL")]
    #[case::target(|r: &mut Report| r.versions["v5.1"].targets.get_mut(&Target::Main).unwrap().verdict = Some(Verdict::Pass), "main of v5.1 is PASS")]
    #[case::version(|r: &mut Report| r.versions["v5.1"].verdict = Some(Verdict::Pass), "differs from that of its target main")]
    #[case::by_text(|r: &mut Report| r.versions["v5.1"].verdict_by_text = None, "by its text differs")]
    #[case::decides(|r: &mut Report| r.versions["v5.1"].decides = false, "v5.1 is effective and therefore decides")]
    #[case::taken_out_of_a_target(|r: &mut Report| { r.versions["v5.1"].targets.get_mut(&Target::Main).unwrap().testcases.retain(|id| id != FAILS) }, "which does not list it")]
    #[case::lost_result(|r: &mut Report| drop(r.testcases.shift_remove(FAILS)), "lists scs-0114-syntax-check, which has no result")]
    #[case::moved(|r: &mut Report| { result(r, FAILS).targets.insert("v5.1".into(), Target::Preview); }, "claims to count in preview of v5.1")]
    #[case::out_of_the_version(|r: &mut Report| { result(r, FAILS).targets.shift_remove("v5.1"); }, "whose result does not name v5.1")]
    #[case::partial(|r: &mut Report| r.selection.partial = true, "but all testcases were selected")]
    #[case::whole(|r: &mut Report| result(r, MISSES).reason = Some(Reason::new(ReasonCode::NotSelected, "left out")), "but some testcases were not selected")]
    #[case::subject(|r: &mut Report| r.subject.state = SubjectState::Refused, "but no reason is given")]
    #[case::kind(|r: &mut Report| r.subject.kind = SubjectKind::Cluster, "the subject is a cluster")]
    #[case::expiry(|r: &mut Report| result(r, PASSES).expires_at = Some("2036-01-01T00:00:00Z".parse().unwrap()), "its expiry is 2036-01-01")]
    #[case::time(|r: &mut Report| r.finished_at = r.started_at - TimeDelta::seconds(1), "but ended earlier")]
    #[case::only_fallbacks(|r: &mut Report| result(r, PASSES).fallbacks = result(r, PASSES).needs.clone(), "is based on no fact")]
    #[case::twice(|r: &mut Report| { let main = r.versions["v5.1"].targets.get_mut(&Target::Main).unwrap(); main.testcases.push(PASSES.into()); main.tally.passed += 1 }, "lists scs-0100-syntax-check twice")]
    #[case::known_with_a_reason(|r: &mut Report| r.facts[&FactKind::Flavors].reason = Some(Reason::new(ReasonCode::Unreachable, "no answer")), "flavors is known, but a reason is given")]
    #[case::absent_without_a_reason(|r: &mut Report| r.facts[&FactKind::Flavors].state = CollectionState::Absent, "flavors is not known, but no reason is given")]
    #[case::from_nowhere(|r: &mut Report| r.facts[&FactKind::Flavors].started_at = None, "neither collected nor brought along")]
    #[case::collected_and_brought(|r: &mut Report| r.facts[&FactKind::Flavors].brought = Some(Brought::Bound), "both collected and brought along")]
    #[case::clock(|r: &mut Report| r.clock = LocalClock::AheadBySeconds(9000), "recorded as 9000 s ahead, but by the requests it is 0 s ahead")]
    #[case::clock_of_the_requests(|r: &mut Report| each_request(r, |request| request.clock_ahead_seconds = Some(9000)), "0 s ahead, but by the requests it is 9000 s")]
    #[case::an_earlier_now(|r: &mut Report| r.reference -= TimeDelta::hours(2), "no date was named, but 2026-11-20 13:30:45")]
    #[case::a_later_now(|r: &mut Report| r.reference += TimeDelta::hours(2), "no date was named, but 2026-11-20 17:30:45")]
    #[case::the_end_of_time(|r: &mut Report| r.reference = DateTime::<Utc>::MAX_UTC, "no date was named")]
    #[case::its_begin(|r: &mut Report| r.started_at = DateTime::<Utc>::MIN_UTC, "its expiry is 2026")]
    #[case::attempts(|r: &mut Report| each_request(r, |request| request.attempts = u32::MAX), "attempts")]
    #[case::marks(|r: &mut Report| r.marks = vec![MarkKind::Partial], "its marks are [Partial], but its content calls for []")]
    #[case::dropped_mark(|r: &mut Report| r.subject.simulated = true, "its content calls for [Simulated]")]
    #[case::validity(|r: &mut Report| r.expires_at = None, "its expiry is never, but its results expire 2026")]
    #[case::title(|r: &mut Report| drop(r.standards.shift_remove("scs-0114")), "which is not among the standards")]
    fn contradiction_is_found(#[case] edit: Edit, #[case] expected: &str) {
        let mut report = samples::violations().build();
        edit(&mut report);
        let message = report.verify().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
