//! Files that say different things of the same run.

use super::fixtures::{CASES, PASSED, archived, ginkgo1, ginkgo2, gz, log, pack, pack_with};
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
#[case::announced(LOG, "Will run 2 of 4", "Will run 2 of 5", "there are 5 tests, the JUnit files list 4")]
#[case::element(JUNIT, "time=\"30.5\">", "time=\"30.5\"><rerunFailure/>", "has a <rerunFailure>, which may mean")]
#[case::capital(JUNIT, "time=\"30.5\">", "time=\"30.5\"><Failure/>", "has a <Failure>, which may mean")]
#[case::prefix(JUNIT, "time=\"30.5\">", "time=\"30.5\"><j:failure/>", "says that it is passed, and is failed")]
#[case::summary_inner(
    SUMMARY,
    "Kubernetes e2e suite\n    status: passed",
    "Kubernetes e2e suite\n    status: timeout",
    "\"Kubernetes e2e suite\" in sonobuoy_results.yaml is timeout, but nothing"
)]
#[case::two_clusters(
    "resources/cluster/core_v1_namespaces.json",
    "\"name\":\"default\"",
    "\"name\":\"kube-system\"",
    "core_v1_namespaces.json has kube-system twice"
)]
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

/// As `tar` unpacks them, all of these stand beside the first one.
#[rstest]
#[case::blanks("plugins//e2e/results/global/junit_02.xml", false)]
#[case::root("/plugins/e2e/results/global/junit_02.xml", false)]
#[case::up("plugins/x/../e2e/./results/global/junit_02.xml", false)]
#[case::deep("plugins/e2e/results/global/deep/er/junit_02.xml", false)]
#[case::capitals("plugins/e2e/results/global/junit_02.XML", false)]
#[case::packed("plugins/e2e/results/global/junit_02.xml.gz", true)]
fn a_second_file_is_read_wherever_it_stands(#[case] name: &str, #[case] is_packed: bool) {
    let second = ginkgo2(&CASES);
    let second = if is_packed { gz(&second) } else { second.into_bytes() };
    let found = imported("results.tar.gz", pack_with(&archived(&PASSED, true), name, &second)).unwrap().contradictions;
    let words = "is passed in one file and failed in another";
    assert!(found.iter().any(|what| what.contains(words)), "{found:?}");
}

#[test]
fn a_second_file_is_read_in_a_folder_below() {
    let mut files = archived(&PASSED, true);
    files.push(("plugins/e2e/results/global/deep/er/junit_02.xml".into(), ginkgo2(&CASES)));
    let folder = folder(&files.iter().map(|(name, text)| (name.as_str(), text)).collect::<Vec<_>>());
    let found = import(folder.path()).unwrap().contradictions;
    assert!(found.iter().any(|what| what.contains("is passed in one file and failed in another")), "{found:?}");
}

#[test]
fn a_packed_file_beside_the_same_one_is_named() {
    let folder = folder(&[("junit_01.xml", ginkgo2(&PASSED).into_bytes()), ("junit_01.xml.gz", gz(&ginkgo2(&CASES)))]);
    let found = import(folder.path()).unwrap().contradictions;
    assert_eq!(found, ["the folder has junit_01.xml and junit_01.xml.gz; remove one of them"]);
}

#[test]
fn two_versions_of_the_cluster_contradict_each_other() {
    let mut files = archived(&PASSED, true);
    files.insert(0, ("serverversion.json".into(), r#"{"gitVersion":"v1.34.10+k3s1"}"#.into()));
    let found = imported("results.tar.gz", pack(&files)).unwrap().contradictions;
    assert!(found.iter().any(|what| what.contains("serverversion.json twice")), "{found:?}");
}

#[test]
fn two_archives_in_one_file_are_refused() {
    let [one, other] = [&PASSED, &CASES].map(|cases| pack(&archived(cases, true)));
    assert!(imported("results.tar.gz", [one, other].concat()).unwrap_err().contains("several archives in one"));
}

#[test]
fn what_is_done_around_the_tests_may_fail() {
    let cases = [PASSED[0], ("AfterSuite", "failed", "1")];
    assert_eq!(imported("junit_01.xml", ginkgo1(&cases)).unwrap().status.as_deref(), Some("failed"));
    assert_eq!(imported("junit_01.xml", ginkgo1(&PASSED)).unwrap().status, None);
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
