//! Verdicts on results of end-to-end tests.

use super::*;
use crate::facts::{ClusterFacts, ExpectedTests, Namespace, Now, TestState, TestedCluster, Word};
use crate::rule::Rule;
use crate::verdict::{Outcome, Reason, ReasonCode, Severity, Verdict};
use rstest::rstest;

const RULE: &str = "{max_age_days: 31, exceptions: [\
    {pattern: 'a.c', reason: known, link: 'https://example.org', profile: cilium}]}";

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Returns results of this cluster that give rise to no finding.
fn results() -> SuiteResults {
    SuiteResults {
        kubernetes_version: Some("v1.33.5-gke.1".into()),
        finished_at: Some(now()),
        passed: names(&["one [Conformance]", "two [Conformance]"]),
        complete: true,
        lists_all: true,
        shortest_us: Some(14_000),
        cluster: TestedCluster { kube_system_uid: Some("uid".into()), nodes: Vec::new() },
        ..SuiteResults::default()
    }
}

fn loose() -> SuiteResults {
    SuiteResults { cluster: TestedCluster::default(), ..results() }
}

fn sworn() -> SuiteResults {
    SuiteResults { word: Word { of_this_cluster: true, ..Word::default() }, ..loose() }
}

fn judged(results: &SuiteResults) -> Outcome {
    let rule: ConformanceSuite = serde_yaml::from_str(RULE).unwrap();
    let system = Namespace { name: "kube-system".into(), uid: Some("uid".into()), ..Namespace::default() };
    let not = Reason::new(ReasonCode::NotSelected, "not selected");
    let facts = ClusterFacts {
        cluster_version: Slot::Known(ClusterVersion {
            git_version: "v1.33.5-gke.1".into(),
            ..ClusterVersion::default()
        }),
        namespaces: Slot::Known(Namespaces(vec![system])),
        e2e_results: Slot::Known(E2eResults(results.clone())),
        ..ClusterFacts::none(&not)
    };
    rule.evaluate(&facts.into(), Now::named(now()))
}

fn other(name: &str) -> Vec<TestState> {
    vec![TestState { name: name.into(), status: "timeout".into() }]
}

fn expecting(expected: &[&str]) -> SuiteResults {
    let expected = ExpectedTests { source: "the list".into(), names: names(expected) };
    SuiteResults { expected: Some(expected), lists_all: false, ..results() }
}

fn versions(tested: Option<&str>, branch: Option<&str>, version: bool) -> SuiteResults {
    let of_this_cluster = true;
    SuiteResults {
        kubernetes_version: tested.map(Into::into),
        branch_by_names: branch.map(Into::into),
        word: Word { of_this_cluster, version },
        ..loose()
    }
}

#[rstest]
#[case::whole(results(), Verdict::Pass)]
#[case::nothing(SuiteResults { passed: Vec::new(), ..results() }, Verdict::Abort)]
#[case::dry(SuiteResults { dry_run: true, ..results() }, Verdict::Abort)]
#[case::dry_failed(SuiteResults { dry_run: true, failed: names(&["x"]), ..results() }, Verdict::Abort)]
#[case::in_no_time(SuiteResults { shortest_us: Some(999), ..results() }, Verdict::Abort)]
#[case::without_times(SuiteResults { shortest_us: None, ..results() }, Verdict::Abort)]
#[case::crashed(SuiteResults { complete: false, failed: names(&["x"]), ..results() }, Verdict::Abort)]
#[case::contradiction(SuiteResults { contradictions: names(&["a, b"]), failed: names(&["x"]), ..results() }, Verdict::Abort)]
#[case::failed(SuiteResults { failed: names(&["x"]), ..results() }, Verdict::Fail)]
#[case::all_failed(SuiteResults { failed: names(&["x"]), passed: Vec::new(), shortest_us: None, ..results() }, Verdict::Fail)]
#[case::failed_and_skipped(SuiteResults { failed: names(&["x"]), skipped: names(&["y"]), ..results() }, Verdict::Fail)]
#[case::excused(SuiteResults { failed: names(&["[it] abc"]), ..results() }, Verdict::Pass)]
#[case::excused_and_skipped(SuiteResults { failed: names(&["abc"]), skipped: names(&["y"]), ..results() }, Verdict::Abort)]
#[case::skipped_excused(SuiteResults { skipped: names(&["abc"]), ..results() }, Verdict::Abort)]
#[case::case_matters(SuiteResults { failed: names(&["ABC"]), ..results() }, Verdict::Fail)]
#[case::one_of_two(SuiteResults { failed: names(&["abc", "x"]), ..results() }, Verdict::Fail)]
#[case::timeout(SuiteResults { others: other("x"), ..results() }, Verdict::Fail)]
#[case::timeout_excused(SuiteResults { others: other("abc"), ..results() }, Verdict::Pass)]
#[case::unexplained(SuiteResults { status: Some("failed".into()), ..results() }, Verdict::Abort)]
#[case::explained(SuiteResults { status: Some("failed".into()), failed: names(&["abc"]), ..results() }, Verdict::Pass)]
#[case::unseen(SuiteResults { lists_all: false, ..results() }, Verdict::Abort)]
#[case::unseen_here(SuiteResults { lists_all: false, run_here: true, ..loose() }, Verdict::Pass)]
#[case::expected(expecting(&["one [Conformance]", "two [Conformance]"]), Verdict::Pass)]
#[case::other_tags(expecting(&["[It] one  [Slow] [Conformance]", "two [Serial] [Conformance]"]), Verdict::Pass)]
#[case::other_group(expecting(&["[sig-node] one [Conformance]"]), Verdict::Abort)]
#[case::absent(expecting(&["one [Conformance]", "three [Conformance]"]), Verdict::Abort)]
#[case::no_date(SuiteResults { finished_at: None, ..results() }, Verdict::Abort)]
#[case::of_nobody(loose(), Verdict::Miss)]
#[case::of_nobody_failed(SuiteResults { failed: names(&["x"]), ..loose() }, Verdict::Miss)]
#[case::of_nobody_incomplete(SuiteResults { skipped: names(&["x"]), ..loose() }, Verdict::Abort)]
#[case::word(sworn(), Verdict::Pass)]
#[case::other_cluster(SuiteResults { cluster: TestedCluster { kube_system_uid: Some("x".into()), nodes: Vec::new() }, ..sworn() }, Verdict::Abort)]
#[case::other_branch(versions(Some("v1.32.5"), None, false), Verdict::Abort)]
#[case::other_patch(versions(Some("v1.33.4-gke.1"), None, false), Verdict::Abort)]
#[case::other_build(versions(Some("v1.33.5-gke.2"), None, false), Verdict::Abort)]
#[case::no_build(versions(Some("v1.33.5"), None, false), Verdict::Abort)]
#[case::no_build_by_word(versions(Some("1.33.5"), None, true), Verdict::Pass)]
#[case::no_version(versions(None, None, false), Verdict::Abort)]
#[case::no_number(versions(Some("?"), None, false), Verdict::Abort)]
#[case::branch(versions(None, Some("1.33"), false), Verdict::Pass)]
#[case::branch_of_another(versions(None, Some("1.32"), false), Verdict::Abort)]
fn results_decide(#[case] results: SuiteResults, #[case] verdict: Verdict) {
    let outcome = judged(&results);
    assert_eq!(outcome.verdict, verdict, "{outcome:?}");
}

#[rstest]
#[case("2026-10-20T12:00:00Z", Verdict::Pass)]
#[case("2026-10-20T11:59:59Z", Verdict::Abort)]
#[case("2026-11-20T12:10:00Z", Verdict::Pass)]
#[case("2026-11-20T12:10:01Z", Verdict::Abort)]
fn results_age(#[case] finished: &str, #[case] verdict: Verdict) {
    let results = SuiteResults { finished_at: Some(finished.parse().unwrap()), ..results() };
    assert_eq!(judged(&results).verdict, verdict);
}

#[test]
fn each_excused_test_is_listed_with_its_reason() {
    let outcome = judged(&SuiteResults { failed: names(&["abc", "axc"]), ..results() });
    let expected = ["abc", "axc"].map(|name| format!("{name} is excused (for cilium): known, see https://example.org"));
    assert_eq!(warnings(&outcome), expected);
}

fn warnings(outcome: &Outcome) -> Vec<&str> {
    let findings = outcome.findings.iter().filter(|finding| finding.severity == Severity::Warning);
    findings.map(|finding| finding.message.as_str()).collect()
}

#[test]
fn tests_that_were_left_out_are_named() {
    let skipped: Vec<String> = (10..35).map(|number| format!("[Serial] {number}")).collect();
    let outcome = judged(&SuiteResults { skipped, ..results() });
    let Some(Reason { code, message }) = &outcome.reason else { panic!("{outcome:?}") };
    assert_eq!(*code, ReasonCode::Inconclusive);
    assert!(
        message.starts_with("25 of the tests were not run: \"[Serial] 10\" (skipped), ")
            && message.ends_with("\" (skipped) and 20 more"),
        "{message}"
    );
    assert_eq!(warnings(&outcome).len(), 25);
}

#[test]
fn unbound_results_name_the_option_to_confirm_them() {
    let missed = judged(&loose());
    assert!(missed.reason.unwrap().message.contains("--results-are-of-this-cluster"));
    assert_eq!(
        warnings(&judged(&sworn())),
        ["brought along, not bound: only the user confirms that the results are of this cluster"]
    );
    assert!(warnings(&judged(&results())).is_empty());
}

#[rstest]
#[case("{max_age_days: 1, at_least: 3}")]
#[case("{max_age_days: 1, exceptions: [{pattern: '', reason: r, link: l}]}")]
#[case("{max_age_days: 1, exceptions: [{pattern: '(', reason: r, link: l}]}")]
#[case("{max_age_days: 1, exceptions: [{pattern: x, link: l}]}")]
fn parameters_that_void_the_rule_are_refused(#[case] yaml: &str) {
    assert!(serde_yaml::from_str::<Demands>(yaml).is_err());
}

#[rstest]
#[case::older("1.32", &[], Verdict::Abort)]
#[case::older_beside_a_list("1.32", &["one [Conformance]"], Verdict::Pass)]
#[case::newer("1.34", &[], Verdict::Pass)]
fn tests_of_an_older_branch_are_not_all(#[case] branch: &str, #[case] list: &[&str], #[case] verdict: Verdict) {
    let expected = (!list.is_empty()).then(|| ExpectedTests { source: "list".into(), names: names(list) });
    let outcome = judged(&SuiteResults { branch_by_names: Some(branch.into()), expected, ..results() });
    assert_eq!(outcome.verdict, verdict);
    let told =
        outcome.reason.map(|reason| reason.message.contains("tests of 1.32 were run, and the cluster is of 1.33"));
    assert_eq!(told, (verdict == Verdict::Abort).then_some(true));
}
