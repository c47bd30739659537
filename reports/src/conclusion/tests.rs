//! Exit codes and sentences.

use super::*;
use crate::exit_code::ExitCode;
use crate::report::TestcaseResult;
use crate::samples::{self, Builder};
use rstest::rstest;
use scs_checks::verdict::Finding;

/// A main testcase of both versions.
const MAIN: &str = "scs-0100-syntax-check";
/// A main testcase of `next` only.
const NEXT: &str = "scs-0123-service-s3";
/// A recommended testcase of both versions.
const RECOMMENDED: &str = "scs-0103-flavor-16v-128";

/// Returns a run that also did what changes the cloud.
fn complete() -> Builder {
    let changing = ["scs-0101-entropy-avail", "scs-0101-fips-test", "scs-0116-permissions", "scs-0117-test-backup"];
    changing.into_iter().fold(Builder::conformant(), |sample, id| sample.found(id, []))
}

fn fail(sample: Builder, id: &str) -> Builder {
    sample.found(id, [Finding::violation("wrong")])
}

fn abort(sample: Builder, id: &str) -> Builder {
    sample.aborted(id, ReasonCode::RequestFailed, "503")
}

#[rstest]
#[case::all_passed(complete(), 0)]
#[case::changing_ones_missing(Builder::conformant(), 3)]
#[case::violation(fail(complete(), MAIN), 1)]
#[case::violation_beside_miss_and_abort(fail(abort(Builder::conformant(), "scs-0103-flavor-1v-4"), MAIN), 1)]
#[case::violation_in_an_interrupted_run(fail(complete(), MAIN).interrupted("Ctrl-C"), 1)]
#[case::recommended_fails(fail(complete(), RECOMMENDED), 0)]
#[case::recommended_fails_beside_miss(fail(Builder::conformant(), RECOMMENDED), 3)]
#[case::draft_fails(fail(complete(), NEXT), 0)]
#[case::draft_fails_and_was_named(fail(complete(), NEXT).deciding(&["next"]), 1)]
#[case::effective_fails_but_only_the_draft_was_named(fail(complete(), "scs-0123-swift-s3").deciding(&["next"]), 0)]
#[case::no_version_decides(complete().deciding(&[]), 3)]
#[case::abort(abort(complete(), MAIN), 3)]
#[case::abort_of_a_recommended_one(abort(complete(), RECOMMENDED), 0)]
#[case::abort_of_a_draft(abort(complete(), NEXT), 0)]
#[case::miss(complete().missed(MAIN, ReasonCode::UnknownTestcase, "unknown"), 3)]
#[case::not_recorded(complete().missed(MAIN, ReasonCode::NotRecorded, "not recorded"), 3)]
#[case::not_selected(complete().missed(MAIN, ReasonCode::NotSelected, "not selected"), 0)]
#[case::selection(samples::partial(), 0)]
#[case::selection_of_nothing(complete().selected("scs-0999"), 3)]
#[case::selection_of_recommended_ones(complete().selected(RECOMMENDED), 3)]
#[case::selection_with_a_violation(fail(samples::partial(), "scs-0123-storage-apis"), 1)]
#[case::refused(samples::refused(), 3)]
#[case::refused_with_impossible_passes(complete().state(SubjectState::Refused), 3)]
#[case::unreachable_with_impossible_passes(complete().state(SubjectState::Unreachable), 3)]
#[case::interrupted(complete().interrupted("Ctrl-C"), 3)]
#[case::empty(Builder::empty(), 3)]
#[case::text_fails(samples::text(), 0)]
#[case::text_fails_and_decides(samples::text().by_text(), 1)]
#[case::text_is_open(abort(samples::text().found("scs-0102-prop-hash_algo", []), "scs-0123-swift-s3"), 0)]
#[case::text_is_open_and_decides(abort(samples::text().found("scs-0102-prop-hash_algo", []), "scs-0123-swift-s3").by_text(), 3)]
#[case::text_passes_and_decides(samples::text().found("scs-0102-prop-hash_algo", []).by_text(), 0)]
fn run_has_a_conclusion(#[case] sample: Builder, #[case] code: u8) {
    assert_eq!(sample.build().exit_code().code(), code);
}

/// The version that is tested does not speak for one that decides and has nothing to test.
#[test]
fn a_version_without_testcases_is_not_green() {
    let mut report = complete().deciding(&["v5.1", "next"]).build();
    assert_eq!(report.conclusion(), Conclusion::Conformant);
    report.versions["next"].targets.clear();
    assert_eq!(report.conclusion(), Conclusion::Undecided);
}

#[test]
fn a_testcase_without_a_result_was_not_tested() {
    let mut report = complete().build();
    report.testcases.shift_remove(MAIN);
    assert_eq!(report.conclusion(), Conclusion::Undecided);
    assert_eq!(summary(&report, "v5.1"), "undecided for v5.1: 53 of 54 passed, 1 not run");
}

#[test]
fn a_vacuous_pass_counts_beside_others_but_not_alone() {
    let mut report = complete().build();
    let last = report.testcases.len() - 1;
    let vacuous = |result: &mut TestcaseResult| result.vacuous = true;
    report.testcases.values_mut().take(last).for_each(vacuous);
    report.testcases[MAIN].vacuous = false;
    assert_eq!(report.conclusion(), Conclusion::Conformant);
    report.testcases.values_mut().for_each(vacuous);
    assert_eq!(report.conclusion(), Conclusion::Undecided);
    let expected = "undecided for v5.1: 54 of 54 passed, but there was nothing to examine";
    assert_eq!(summary(&report, "v5.1"), expected);
}

#[rstest]
#[case(complete(), "conformant to v5.1: 54 of 54 passed")]
#[case(
    Builder::conformant(),
    "undecided for v5.1: 50 of 54 passed, 4 not run: they change the cloud; allow it with --allow-changes"
)]
#[case(
    complete().missed("scs-0117-test-backup", ReasonCode::ChangesTheSubject, ""),
    "undecided for v5.1: 53 of 54 passed, 1 not run: it changes the cloud; allow it with --allow-changes"
)]
#[case(
    samples::violations(),
    "not conformant to v5.1: 4 testcases violated; 46 of 54 passed, 4 not run: they change the cloud; \
     allow it with --allow-changes"
)]
#[case(fail(complete(), MAIN), "not conformant to v5.1: 1 testcase violated; 53 of 54 passed")]
#[case(samples::partial(), "v5.1 was tested in part, without a violation: 8 of 54 passed, 46 not selected")]
#[case(complete().selected("scs-0999"), "undecided for v5.1: 0 of 54 passed, 54 not selected")]
#[case(
    abort(abort(complete(), MAIN), "scs-0103-flavor-1v-4"),
    "undecided for v5.1: 52 of 54 passed, 2 not decided: the service answered with an error"
)]
#[case(complete().interrupted("Ctrl-C"), "undecided for v5.1: 54 of 54 passed; the run ended early")]
#[case(
    complete().interrupted("Ctrl-C").aborted(MAIN, ReasonCode::Interrupted, ""),
    "undecided for v5.1: 53 of 54 passed, 1 not decided: the run ended early"
)]
#[case(samples::refused(), "undecided for v5.1: 0 of 54 passed, 54 not decided: the account has a privileged role")]
#[case(Builder::empty(), "undecided for v5.1: there is nothing to test")]
#[case(samples::text(), "conformant to v5.1: 53 of 53 passed")]
#[case(samples::text().by_text(), "not conformant to v5.1 as its text demands: 1 testcase violated; 54 of 55 passed")]
#[case(
    abort(Builder::conformant(), MAIN),
    "undecided for v5.1: 49 of 54 passed, 1 not decided: the service answered with an error, \
     4 not run: they change the cloud; allow it with --allow-changes"
)]
#[case(samples::changed(), "conformant to v5.1: 54 of 54 passed")]
#[case(samples::residue(), "conformant to v5.1: 54 of 54 passed; 2 resources may be left in the cloud")]
#[case(
    samples::residue().interrupted("Ctrl-C"),
    "undecided for v5.1: 54 of 54 passed; the run ended early; 2 resources may be left in the cloud"
)]
fn a_version_is_summed_up(#[case] sample: Builder, #[case] sentence: &str) {
    assert_eq!(summary(&sample.build(), "v5.1"), sentence);
}

#[test]
fn an_unknown_version_was_not_looked_at() {
    assert_eq!(summary(&Builder::empty().build(), "v9"), "v9 was not looked at");
}

/// The exit code reports residue only where nothing worse is the matter.
#[rstest]
#[case(samples::changed(), Conclusion::Conformant, 0)]
#[case(samples::residue(), Conclusion::Residue, 4)]
#[case(fail(samples::residue(), MAIN), Conclusion::Violation, 1)]
#[case(abort(samples::residue(), MAIN), Conclusion::Undecided, 3)]
#[case(samples::residue().interrupted("Ctrl-C"), Conclusion::Undecided, 3)]
#[case(samples::residue().deciding(&[]), Conclusion::Undecided, 3)]
#[case(complete().created(&[]), Conclusion::Conformant, 0)]
fn residue_comes_after_everything_else(#[case] sample: Builder, #[case] conclusion: Conclusion, #[case] code: u8) {
    let found = sample.build().conclusion();
    assert_eq!((found, ExitCode::from(found).code()), (conclusion, code));
}
