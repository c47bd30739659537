use super::*;
use crate::facts::ExpectedTests;
use crate::verdict::{Outcome, ReasonCode, Verdict};
use rstest::rstest;
use std::collections::BTreeMap;

const NAMES: [&str; 3] = ["tempest.api.A.test_a", "tempest.api.A.test_b", "tempest.api.B.test_c"];

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// Returns results in which the listed tests end so, and one that is not listed fails.
fn results(outcomes: [Option<TempestOutcome>; 3]) -> TempestResults {
    let outcomes = NAMES.iter().zip(outcomes).filter_map(|(name, outcome)| Some(((*name).to_owned(), outcome?)));
    let other = ("tempest.api.Other.test_x".to_owned(), TempestOutcome::Failed);
    TempestResults {
        source: "run.subunit".into(),
        of_this_cloud: true,
        finished_at: Some("2026-11-19T12:00:00Z".parse().unwrap()),
        complete: true,
        expected: ExpectedTests { source: "the list".into(), names: NAMES.map(str::to_owned).into() },
        tests: outcomes.chain([other]).collect(),
        contradictions: Vec::new(),
        reasons: BTreeMap::new(),
        run: None,
    }
}

/// Returns the same results, as a run of this program has brought them.
fn run_here(outcomes: [Option<TempestOutcome>; 3], run: TempestRun) -> TempestResults {
    TempestResults { source: "Tempest 47.0.0".into(), run: Some(run), ..results(outcomes) }
}

fn judged(results: &TempestResults) -> Outcome {
    let check = TempestSuite { max_age_days: 365 };
    match check.beyond(&(results, now())) {
        Some(why) => Outcome::miss(crate::verdict::Reason::new(ReasonCode::Manual, why)),
        None => Outcome::of(check.examine((results, now()))),
    }
}

const PASSED: Option<TempestOutcome> = Some(TempestOutcome::Passed);
const SKIPPED: Option<TempestOutcome> = Some(TempestOutcome::Skipped);
const FAILED: Option<TempestOutcome> = Some(TempestOutcome::Failed);

#[rstest]
#[case::all([PASSED, PASSED, PASSED], Verdict::Pass)]
#[case::skipped([PASSED, SKIPPED, SKIPPED], Verdict::Pass)]
#[case::all_skipped([SKIPPED, SKIPPED, SKIPPED], Verdict::Abort)]
#[case::missing([PASSED, PASSED, None], Verdict::Abort)]
#[case::in_progress([PASSED, PASSED, Some(TempestOutcome::InProgress)], Verdict::Abort)]
#[case::only_listed([PASSED, PASSED, Some(TempestOutcome::Listed)], Verdict::Abort)]
#[case::failed([PASSED, PASSED, FAILED], Verdict::Fail)]
#[case::failed_beside_missing([FAILED, None, None], Verdict::Fail)]
#[case::nothing([None, None, None], Verdict::Abort)]
fn every_listed_test_counts(#[case] outcomes: [Option<TempestOutcome>; 3], #[case] expected: Verdict) {
    assert_eq!(judged(&results(outcomes)).verdict, expected);
}

#[test]
fn failed_and_skipped_tests_are_named() {
    let outcome = judged(&results([FAILED, SKIPPED, PASSED]));
    let named: Vec<&str> = outcome.findings.iter().filter_map(|one| one.observed.as_deref()).collect();
    assert_eq!(named, ["skipped", "failed"]);
    assert!(outcome.findings.iter().any(|one| one.message == "1 of 3 tests passed, 1 were skipped (the list)"));
}

type Change = fn(&mut TempestResults);

#[rstest]
#[case::cut_off(|r: &mut TempestResults| r.complete = false, "cut off")]
#[case::undated(|r: &mut TempestResults| r.finished_at = None, "stestr last --subunit")]
#[case::old(|r: &mut TempestResults| r.finished_at = Some("2025-11-20T11:59:59Z".parse().unwrap()), "365 days ago")]
#[case::future(|r: &mut TempestResults| r.finished_at = Some("2026-11-20T12:10:01Z".parse().unwrap()), "in the future")]
#[case::contradictory(|r: &mut TempestResults| r.contradictions.push("a passed and failed".into()), "a passed and failed")]
fn results_that_prove_nothing_are_undecided(#[case] change: Change, #[case] why: &str) {
    for outcomes in [[PASSED; 3], [FAILED; 3]] {
        let mut results = results(outcomes);
        change(&mut results);
        let outcome = judged(&results);
        assert_eq!(outcome.verdict, Verdict::Abort);
        let message = outcome.reason.unwrap().message;
        assert!(message.contains(why), "{message}");
    }
}

#[rstest]
#[case::just_young_enough("2025-11-20T12:00:00Z")]
#[case::within_the_skew("2026-11-20T12:10:00Z")]
fn results_count_up_to_the_limits(#[case] finished: &str) {
    let results = TempestResults { finished_at: Some(finished.parse().unwrap()), ..results([PASSED; 3]) };
    assert_eq!(judged(&results).verdict, Verdict::Pass);
}

#[rstest]
#[case::passed([PASSED; 3], Verdict::Miss)]
#[case::failed([FAILED; 3], Verdict::Miss)]
#[case::open([None; 3], Verdict::Abort)]
fn results_that_nobody_ties_to_the_cloud_decide_nothing(
    #[case] outcomes: [Option<TempestOutcome>; 3],
    #[case] expected: Verdict,
) {
    let outcome = judged(&TempestResults { of_this_cloud: false, ..results(outcomes) });
    assert_eq!(outcome.verdict, expected);
}

/// A run that was cut short proves nothing but the failures that it had.
#[rstest]
#[case::whole([PASSED; 3], None, &[], Verdict::Pass, "")]
#[case::crashed([PASSED; 3], Some("a worker crashed"), &[], Verdict::Abort, "a worker crashed")]
#[case::late([PASSED, PASSED, None], Some("it took too long"), &[], Verdict::Abort, "it took too long; 1 of the listed")]
#[case::late_and_failed([FAILED, None, None], Some("it took too long"), &[], Verdict::Fail, "")]
#[case::not_begun([PASSED, PASSED, None], None, &[2], Verdict::Abort, "tempest.api.B.test_c; needs a second user")]
#[case::nothing_begun([None; 3], None, &[0, 1, 2], Verdict::Abort, "tempest.api.B.test_c; needs a second user")]
fn a_run_that_was_cut_short_leaves_the_question_open(
    #[case] outcomes: [Option<TempestOutcome>; 3],
    #[case] cut_short: Option<&str>,
    #[case] not_begun: &[usize],
    #[case] verdict: Verdict,
    #[case] why: &str,
) {
    let reason = |index: &usize| (NAMES[*index].to_owned(), "needs a second user".to_owned());
    let not_begun = not_begun.iter().map(reason).collect();
    let cut_short = cut_short.map(str::to_owned);
    let outcome = judged(&run_here(outcomes, TempestRun { cut_short, not_begun, ..TempestRun::default() }));
    assert_eq!(outcome.verdict, verdict, "{outcome:?}");
    let reason = outcome.reason.map(|reason| reason.message).unwrap_or_default();
    assert!(reason.contains(why), "{reason}");
}

#[test]
fn report_names_the_program_the_reasons_and_what_was_left() {
    let run = TempestRun {
        left: vec!["server tempest-a-1".into()],
        unclaimed: vec!["port x".into()],
        ..TempestRun::default()
    };
    let mut results = run_here([FAILED, PASSED, PASSED], run);
    results.reasons.insert(NAMES[0].into(), "Timeout: not ACTIVE".into());
    let outcome = judged(&results);
    let messages: Vec<&str> = outcome.findings.iter().map(|one| one.message.as_str()).collect();
    assert!(messages.contains(&"2 of 3 tests passed, 0 were skipped (the list; Tempest 47.0.0)"), "{messages:?}");
    assert!(messages.contains(&"Tempest left server tempest-a-1"), "{messages:?}");
    assert!(messages.iter().any(|one| one.starts_with("port x is new since Tempest began")), "{messages:?}");
    assert!(outcome.findings.iter().any(|one| one.observed.as_deref() == Some("failed: Timeout: not ACTIVE")));
}
