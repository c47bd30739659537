//! Files that say different things of the same run.

use super::fixtures::{CASES, PASSED, archived, ginkgo1, ginkgo2, log, pack};
use super::{folder, import, imported};
use rstest::rstest;

const JUNIT: &str = "plugins/e2e/results/global/junit_01.xml";
const SUMMARY: &str = "plugins/e2e/sonobuoy_results.yaml";
const LOG: &str = "plugins/e2e/results/global/e2e.log";

/// An archive in which everything passed, with one text replaced; the last `all` of its places if it has several.
#[rstest]
#[case::junit_failed(JUNIT, "time=\"30.5\">", "time=\"30.5\"><failure/>", "says that it is passed, and is failed")]
#[case::junit_without_failure(
    JUNIT,
    "status=\"passed\" time=\"30.5\"",
    "status=\"failed\" time=\"30.5\"",
    "says that it is failed, and is passed"
)]
#[case::failures(
    JUNIT,
    "failures=\"0\" time=\"60.5\" timestamp",
    "failures=\"2\" time=\"60.5\" timestamp",
    "failures and errors of the suite \"Kubernetes e2e suite\" says 2, what"
)]
#[case::skipped(JUNIT, "skipped=\"2\"", "skipped=\"1\"", "skipped and disabled tests of the suite")]
#[case::tests(JUNIT, "<testsuites tests=\"6\"", "<testsuites tests=\"7\"", "says 7, what \"\" lists says 6")]
#[case::negative(JUNIT, "time=\"30.5\"", "time=\"-1\"", "has taken \"-1\" seconds")]
#[case::no_test(JUNIT, "<properties>", "<failure/><properties>", "belongs to no test")]
#[case::summary_test(
    SUMMARY,
    "good [Conformance]'\n      status: passed",
    "good [Conformance]'\n      status: failed",
    "is passed, but something below it is not"
)]
#[case::summary_only(
    SUMMARY,
    "good [Conformance]'\n      status: passed",
    "good [Conformance]'\n      status: skipped",
    "is skipped in sonobuoy_results.yaml, and passed in the JUnit"
)]
#[case::summary_more(
    SUMMARY,
    "    - name: '[Syn",
    "    - name: more\n      status: passed\n    - name: '[Syn",
    "\"more\" is in sonobuoy_results.yaml, and not in the JUnit"
)]
#[case::summary_depth(
    SUMMARY,
    "  items:\n  - name: Kub",
    "  items:\n  - name: 'x [Conformance]'\n    status: failed\n  - name: Kub",
    "\"junit_01.xml\" in sonobuoy_results.yaml is passed, but"
)]
#[case::summary_deeper(
    SUMMARY,
    "'[SynchronizedAfterSuite]'\n      status: passed",
    "'[SynchronizedAfterSuite]'\n      status: passed\n      items: [{name: 'y [Conformance]', status: timeout}]",
    "\"[SynchronizedAfterSuite]\" in sonobuoy_results.yaml is passed, but"
)]
#[case::summary_failed(
    SUMMARY,
    "name: e2e\nstatus: passed",
    "name: e2e\nstatus: failed",
    "\"e2e\" in sonobuoy_results.yaml is failed, but nothing"
)]
#[case::will_run(LOG, "Will run 2 of", "Will run 3 of", "says that 3 tests will be run, the JUnit files list 2")]
#[case::ran(LOG, "Ran 2 of", "Ran 1 of", "that 1 tests were run, the JUnit files list 2")]
#[case::all(LOG, "Ran 2 of 4 Specs", "Ran 2 of 5 Specs", "there are 5 tests, the JUnit files list 4")]
#[case::version(
    LOG,
    "kube-apiserver version: v1.34.11+k3s1",
    "kube-apiserver version: v1.34.10+k3s1",
    "told as v1.34.10+k3s1 and as v1.34.11+k3s1"
)]
#[case::tests_of_another_branch(
    LOG,
    "e2e test version: v1.34.11",
    "e2e test version: v1.33.11",
    "tests of v1.33.11+k3s1 were run, but the cluster had v1.34.11+k3s1"
)]
#[case::times(
    "meta/run.log",
    "2026-11-20T10:02",
    "2026-11-29T10:02",
    "ended on 2026-11-20 10:01:00.500 UTC, another on 2026-11-29"
)]
fn contradictions_are_named(#[case] file: &str, #[case] text: &str, #[case] other: &str, #[case] words: &str) {
    let mut files = archived(&PASSED, true);
    let (_, content) = files.iter_mut().find(|(name, _)| name == file).unwrap();
    assert!(content.contains(text) || words.is_empty(), "{content}");
    *content = content.replacen(text, other, 1);
    let found = imported("results.tar.gz", pack(&files)).unwrap().contradictions;
    assert_eq!(found.is_empty(), words.is_empty(), "{found:?}");
    assert!(words.is_empty() || found.iter().any(|what| what.contains(words)), "{found:#?}");
}

#[test]
fn two_summaries_contradict_each_other() {
    let mut files = archived(&CASES, true);
    files.extend(
        archived(&PASSED, true)
            .into_iter()
            .filter(|(name, _)| name == SUMMARY)
            .map(|(name, text)| (format!("./{name}"), text)),
    );
    let found = imported("results.tar.gz", pack(&files)).unwrap().contradictions;
    assert!(found.iter().any(|what| what.contains("sonobuoy_results.yaml twice")), "{found:?}");
}

#[test]
fn a_test_has_one_state_in_all_files() {
    let mut files = archived(&CASES, true);
    files.push(("plugins/e2e/results/global/junit_02.xml".into(), ginkgo2(&PASSED)));
    let found = imported("results.tar.gz", pack(&files)).unwrap().contradictions;
    let words = "\"[It] [sig-node] bad <one> [Serial] [Conformance]\" is failed in one file and passed in another";
    assert!(found.iter().any(|what| what == words), "{found:?}");
}

/// Ginkgo 1 lists each attempt (`--flakeAttempts=2`), and counts the last one; ginkgo 2 lists the last one only.
#[rstest]
#[case::again(&[("x [Conformance]", "failed", "1"), ("x [Conformance]", "passed", "2")], false, "")]
#[case::of_two(&[("x [Conformance]", "failed", "1"), ("x [Conformance]", "passed", "2")], true, "is failed and passed in one suite")]
#[case::the_other_way(&[("x [Conformance]", "passed", "1"), ("x [Conformance]", "failed", "2")], false, "is passed and failed in one suite")]
#[case::left_out(&[("x [Conformance]", "skipped", "0"), ("x [Conformance]", "passed", "2")], false, "is skipped and passed in one suite")]
fn a_second_attempt_counts_where_it_is_one(#[case] cases: &[super::Case], #[case] is_two: bool, #[case] words: &str) {
    let text = if is_two {
        ginkgo2(cases)
    } else {
        ginkgo1(cases).replace("tests=\"2\" failures=\"1\"", "tests=\"1\" failures=\"0\"")
    };
    let results = imported("junit_01.xml", text).unwrap();
    let found = results.contradictions;
    assert_eq!(found.is_empty(), words.is_empty(), "{found:?}");
    assert!(words.is_empty() || found.iter().any(|what| what.contains(words)), "{found:?}");
    assert!(
        !words.is_empty()
            || (results.passed.len(), results.failed.len(), results.shortest_us) == (1, 0, Some(2_000_000))
    );
}

#[test]
fn tests_that_were_left_out_may_not_be_listed() {
    let ran = &PASSED[..2];
    let junit = ginkgo2(ran);
    let lists_all = |junit: &str, log: &str| {
        let folder = folder(&[("junit_01.xml", junit), ("e2e.log", log)]);
        let results = import(&folder.path().join("junit_01.xml")).unwrap();
        assert!(results.contradictions.is_empty(), "{results:?}");
        results.lists_all
    };
    // Ginkgo says that all conformance tests were chosen, or not.
    assert!(lists_all(&junit, ""));
    let skips = junit.replace("SkipStrings\" value=\"", "SkipStrings\" value=\"\\[Serial\\]");
    assert!(!lists_all(&skips, ""));
    assert!(!lists_all(&junit.replace("FocusStrings", "Other"), ""));
    // Where the log says how many tests there are, all of them are listed, or not.
    assert!(lists_all(&skips, &log(ran, None)));
    assert!(!lists_all(&skips, &log(ran, None).replace("of 2", "of 7407")));
}
