//! Files that are taken for results, and files that are not.

mod bounds;
mod contradictions;
mod fixtures;

use super::{ImportTerms, Suites, read_list};
use fixtures::{CASES, Case, PASSED, archived, ginkgo1, ginkgo2, gz, log, pack, summary};
use rstest::rstest;
use scs_checks::facts::{ExpectedTests, SuiteResults};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Returns a folder with files.
fn folder(files: &[(&str, impl AsRef<[u8]>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn imported(name: &str, content: impl AsRef<[u8]>) -> Result<SuiteResults, String> {
    let folder = folder(&[(name, content)]);
    import(&folder.path().join(name))
}

/// Returns the results of the conformance tests.
fn import(path: &Path) -> Result<SuiteResults, String> {
    import_by(&[path], &ImportTerms::default())
}

fn import_by(paths: &[impl AsRef<Path>], terms: &ImportTerms) -> Result<SuiteResults, String> {
    let suites = Suites::import(paths, terms).map_err(|error| error.to_string())?;
    Ok(suites.conformance.unwrap_or_default())
}

#[test]
fn names_tell_what_was_tested() {
    let both: [Case; 2] = [PASSED[0], ("[sig-network] policies [Feature:NetworkPolicy]", "passed", "4")];
    let folder = folder(&[("a.xml", ginkgo2(&CASES)), ("b.xml", ginkgo2(&both))]);
    let [a, b] = ["a.xml", "b.xml"].map(|name| folder.path().join(name));
    let suites = Suites::import(&[&b], &ImportTerms::default()).unwrap();
    assert_eq!((suites.conformance.unwrap().passed.len(), suites.network_policies.unwrap().passed.len()), (1, 1));
    assert!(Suites::import(&[&a], &ImportTerms::default()).unwrap().network_policies.is_none());
    assert!(Suites::import(&[&a, &b], &ImportTerms::default()).unwrap_err().to_string().contains("same tests"));
}

fn assert_is_archived(results: &SuiteResults, prefix: &str) {
    assert_eq!(results.contradictions, [""; 0]);
    assert_eq!(results.passed, [format!("{prefix}[sig-node] good [Conformance]")]);
    assert_eq!(results.failed, [format!("{prefix}[sig-node] bad <one> [Serial] [Conformance]")]);
    assert!(results.skipped.is_empty() && results.others.is_empty());
    assert_eq!((results.tool.as_str(), results.status.as_deref()), ("sonobuoy v0.57.3", Some("failed")));
    assert_eq!(results.kubernetes_version.as_deref(), Some("v1.34.11+k3s1"));
    assert_eq!(results.finished_at.unwrap().to_rfc3339(), "2026-11-20T10:01:00.500+00:00");
    assert_eq!(results.cluster.kube_system_uid.as_deref(), Some("system-uid"));
    let [node] = &results.cluster.nodes[..] else { panic!("{results:?}") };
    assert_eq!((node.name.as_str(), node.uid.as_deref()), ("node-1", Some("node-uid")));
    assert_eq!(results.shortest_us, Some(30_500_000));
    assert!(results.complete && results.lists_all && !results.dry_run && !results.run_here);
}

#[rstest]
fn an_archive_tells_everything(#[values(true, false)] is_two: bool, #[values("tar.gz", "tgz")] end: &str) {
    let results = imported(&format!("results.{end}"), pack(&archived(&CASES, is_two))).unwrap();
    assert_is_archived(&results, if is_two { "[It] " } else { "" });
    assert!(results.source.ends_with(end));
}

#[rstest]
#[case("plugins/e2e/sonobuoy_results.yaml")]
#[case("")]
fn so_does_an_unpacked_one(#[case] path: &str) {
    let files = archived(&CASES, true);
    let folder = folder(&files.iter().map(|(name, text)| (name.as_str(), text)).collect::<Vec<_>>());
    assert_is_archived(&import(&folder.path().join(path)).unwrap(), "[It] ");
}

#[test]
fn a_summary_alone_proves_nothing() {
    let results = imported("sonobuoy_results.yaml", summary(&CASES, "")).unwrap();
    assert_eq!((results.passed.len(), results.failed.len()), (1, 1));
    assert_eq!((results.kubernetes_version, results.finished_at, results.shortest_us), (None, None, None));
    assert!(!results.lists_all);
}

/// A JUnit file is packed or not, and its log is named, stands beside it, or is in the same folder.
#[rstest]
#[case::beside(&["junit_01.xml"])]
#[case::named(&["junit_01.xml", "other.log"])]
#[case::folder(&[""])]
fn a_submission_has_a_junit_file_and_a_log(#[case] named: &[&str], #[values(true, false)] is_two: bool) {
    let junit = if is_two { ginkgo2(&PASSED) } else { ginkgo1(&PASSED) };
    let log = log(&PASSED, Some("v1.34.10"));
    let folder =
        folder(&[("junit_01.xml", junit.as_bytes()), ("e2e.log.gz", &gz(&log)), ("other.log", log.as_bytes())]);
    let paths: Vec<PathBuf> = named.iter().map(|name| folder.path().join(name)).collect();
    let results = import_by(&paths, &ImportTerms::default()).unwrap();
    assert_eq!((results.passed.len(), &*results.contradictions), (2, &[][..]));
    assert_eq!(results.kubernetes_version.as_deref(), Some("v1.34.10"));
    // The time of ginkgo 1 stands in the log only.
    assert_eq!(results.finished_at.unwrap().to_rfc3339(), "2026-11-20T10:01:00.500+00:00");
    assert!(results.complete && results.lists_all && !results.dry_run);
    assert_eq!(results.shortest_us, Some(14_600));
}

#[test]
fn a_log_has_to_belong_to_a_junit_file() {
    let folder =
        folder(&[("a.xml.gz", &gz(&ginkgo2(&PASSED))), ("b.xml", &ginkgo2(&PASSED).into_bytes()), ("a.log", &vec![])]);
    let path = |name: &str| folder.path().join(name);
    assert!(import(&path("a.xml.gz")).is_ok());
    assert!(
        import_by(&[path("a.xml.gz"), path("b.xml"), path("a.log")], &ImportTerms::default())
            .unwrap_err()
            .contains("one JUnit file")
    );
    assert!(import_by(&[path("a.log")], &ImportTerms::default()).unwrap_err().contains("one JUnit file"));
}

#[test]
fn a_seed_that_was_chosen_is_not_a_time() {
    let log = log(&PASSED, None).replace("1795168800", "1234");
    let folder = folder(&[("junit_01.xml", ginkgo1(&PASSED)), ("e2e.log", log)]);
    assert_eq!(import(&folder.path().join("junit_01.xml")).unwrap().finished_at, None);
}

#[test]
fn what_nothing_tells_is_the_word_of_the_user() {
    let folder = folder(&[("junit_01.xml", ginkgo2(&PASSED)), ("e2e.log", log(&PASSED, None))]);
    let path = folder.path().join("junit_01.xml");
    let terms = |version: &str| ImportTerms { of_this_cluster: true, version: Some(version.into()), list: None };
    let results = import_by(&[&path], &terms("1.34.2")).unwrap();
    assert_eq!(results.kubernetes_version.as_deref(), Some("1.34.2"));
    assert!(results.word.of_this_cluster && results.word.version);
    fs::write(folder.path().join("e2e.log"), log(&PASSED, Some("v1.34.10"))).unwrap();
    let results = import_by(&[&path], &terms("1.34.2")).unwrap();
    assert!(
        !results.word.version && results.contradictions[0].contains("of v1.34.10, and --results-version says 1.34.2")
    );
    assert!(import_by(&[&path], &terms("1.34.10")).unwrap().contradictions.is_empty());
}

#[rstest]
#[case::shorter(&["a [Conformance]"], true)]
#[case::others(&["a [Conformance]", "c [Conformance]"], false)]
#[case::more(&["a [Conformance]", "b [Conformance]", "c [Conformance]"], false)]
fn a_list_of_the_user_may_not_be_shorter(#[case] names: &[&str], #[case] is_refused: bool) {
    let list = |source: &str, names: &[&str]| ExpectedTests {
        source: source.to_owned(),
        names: names.iter().map(ToString::to_string).collect(),
    };
    let expected = Some(list("built in", &["a [Conformance]", "b [Conformance]"]));
    let mut results = SuiteResults { expected, ..SuiteResults::default() };
    super::expect(list("mine", names), &mut results);
    let refused = ["mine has 1 names, and built in has 2"];
    assert_eq!(results.contradictions, if is_refused { &refused[..] } else { &[] });
    assert!(results.expected.unwrap().source.starts_with("mine"));
}

#[rstest]
#[case("v1.30.4", Some("has 1 names, and the list of 1.29 that is built in has 388"))]
#[case("v1.23.4", None)]
fn a_list_may_not_be_shorter_than_that_of_an_older_branch(#[case] version: &str, #[case] refused: Option<&str>) {
    let list = ExpectedTests { source: "mine".into(), names: vec!["a [Conformance]".into()] };
    let mut results = SuiteResults { kubernetes_version: Some(version.into()), ..SuiteResults::default() };
    super::expect(list, &mut results);
    assert_eq!(results.contradictions.len(), usize::from(refused.is_some()));
    assert!(refused.is_none_or(|words| results.contradictions[0].contains(words)), "{results:?}");
}

#[test]
fn lists_of_tests_go_with_branches() {
    for (branch, count) in
        [("1.24", 356), ("1.25", 362), ("1.26", 368), ("1.27", 378), ("1.28", 380), ("1.29", 388), ("1.36", 446)]
    {
        let list = super::lists::for_version(&format!("v{branch}.3-gke.1")).unwrap();
        assert_eq!(list.names.len(), count, "{branch}");
        assert!(list.names.iter().all(|name| name.contains("[Conformance]")), "{branch}");
        let names: Vec<String> = list.names.iter().map(|name| format!("[It] {name}")).collect();
        assert_eq!(super::lists::branch_of(&names.iter().collect::<Vec<_>>()).as_deref(), Some(branch));
        assert_eq!(super::lists::branch_of(&names.iter().skip(1).collect::<Vec<_>>()), None);
    }
    assert!(super::lists::for_version("v1.34.2").is_none());
}

#[rstest]
#[case("list.txt", "# of the release\na [Conformance]\n\nb [Conformance]\n", "")]
#[case(
    "conformance.yaml",
    "- testname: A\n  codename: 'a [Conformance]'\n  release: v1.37\n- codename: 'b [Conformance]'\n",
    ""
)]
#[case("list.txt", "", "it is empty")]
#[case("list.txt", "a [Conformance]\nb\n", "\"b\" is not the name")]
#[case("conformance.yaml", "codename: 3", "not a list")]
fn a_newer_list_is_read(#[case] name: &str, #[case] text: &str, #[case] why: &str) {
    let folder = folder(&[(name, text)]);
    match read_list(&folder.path().join(name)) {
        Ok(list) => assert_eq!((list.names, why), (vec!["a [Conformance]".into(), "b [Conformance]".into()], "")),
        Err(error) => assert!(!why.is_empty() && error.to_string().contains(why), "{error}"),
    }
}

/// Everything that must not look like a run that came to its end.
#[rstest]
#[case::running("running")]
#[case::unknown("unknown")]
#[case::no_status("''")]
fn a_summary_without_an_end_is_not_complete(#[case] status: &str) {
    let summary = summary(&CASES, "").replacen("status: failed", &format!("status: {status}"), 1);
    let results = imported("sonobuoy_results.yaml", summary).unwrap();
    assert!(!results.complete, "{results:?}");
}

#[rstest]
#[case::broken_off(&ginkgo2(&CASES).replace("</testsuites>", ""))]
#[case::interrupted(&ginkgo2(&CASES).replace(r#"Reason" value="""#, r#"Reason" value="Interrupted by Timeout""#))]
fn a_junit_file_without_an_end_is_not_complete(#[case] text: &str) {
    let results = imported("junit_01.xml", text).unwrap();
    assert!(!results.complete, "{results:?}");
}

#[test]
fn an_archive_that_breaks_off_is_not_complete() {
    let whole = pack(&archived(&PASSED, true));
    assert!(imported("results.tar.gz", &whole).unwrap().complete);
    for length in (1..40).map(|part| whole.len() * part / 40) {
        if let Ok(results) = imported("results.tar.gz", &whole[..length]) {
            assert!(!results.complete, "{length} of {} bytes: {results:?}", whole.len());
        }
    }
    // The checksum of all.
    let mut damaged = whole.clone();
    damaged[whole.len() - 6] ^= 1;
    assert!(!imported("results.tar.gz", damaged).unwrap().complete);
}

#[rstest]
#[case::variable(r#""E2E_PARALLEL","value":"false""#, r#""E2E_DRYRUN","value":"true""#)]
#[case::arguments(r#""E2E_PARALLEL","value":"false""#, r#""E2E_EXTRA_GINKGO_ARGS","value":"--procs=2 --dry-run""#)]
#[case::old_arguments(r#""E2E_PARALLEL","value":"false""#, r#""E2E_EXTRA_ARGS","value":"--ginkgo.dryRun=true""#)]
#[case::command(r#"["/run_e2e.sh"]"#, r#"["/usr/local/bin/ginkgo", "--dry-run"]"#)]
#[case::property(r#""DryRun" value="false""#, r#""DryRun" value="true""#)]
#[case::other_property(r#""DryRun" value="false""#, r#""dry-run" value="1""#)]
#[case::log("Running Suite", "Args (comma-delimited): /usr/local/bin/ginkgo,--dryRun=true,--focus=x\nRunning Suite")]
fn a_dry_run_shows(#[case] real: &str, #[case] dry: &str) {
    let mut files = archived(&PASSED, true);
    assert!(files.iter().any(|(_, text)| text.contains(real)));
    files.iter_mut().for_each(|(_, text)| *text = text.replace(real, dry));
    assert!(imported("results.tar.gz", pack(&files)).unwrap().dry_run);
}

#[rstest]
#[case::none("0", Some(0))]
#[case::nanoseconds("1e-9", Some(0))]
#[case::negative("-1", None)]
#[case::endless("inf", None)]
#[case::words("soon", None)]
fn tests_that_took_no_time_show(#[case] time: &'static str, #[case] shortest: Option<u64>) {
    let cases = [PASSED[0], (PASSED[1].0, "passed", time)];
    assert_eq!(imported("junit_01.xml", ginkgo2(&cases)).unwrap().shortest_us, shortest);
    assert_eq!(imported("junit_01.xml", ginkgo2(&PASSED).replace(" time=\"30.5\"", "")).unwrap().shortest_us, None);
}

#[rstest]
#[case("+262142-12-31T23:59:59Z", "9")]
#[case("2026-11-20T10:00:00", "1e300")]
#[case("2026-11-20T10:00:00", "NaN")]
#[case("yesterday", "9")]
fn impossible_times_are_none(#[case] stamp: &str, #[case] time: &str) {
    let text =
        ginkgo2(&PASSED).replace("2026-11-20T10:00:00", stamp).replace("time=\"60.5\"", &format!("time=\"{time}\""));
    assert_eq!(imported("junit_01.xml", text).unwrap().finished_at, None);
}

#[rstest]
#[case("results.txt", "x", "neither")]
#[case("results.tar.gz", "no archive", "")]
#[case("results.yaml", "[", "not a sonobuoy_results.yaml")]
#[case("results.yaml", "{}", "no test")]
#[case("results.yaml", "items: 3", "not a sonobuoy_results.yaml")]
#[case("results.yaml", "items:\n  - name: a\n    items: 3\n", "not a sonobuoy_results.yaml")]
#[case("junit.xml", "<a><b></a>", "not a JUnit file")]
#[case("junit.xml", "<testsuite><testcase name='&x;'/></testsuite>", "not a JUnit file")]
#[case("junit.xml", "<testcase name='a [Conformance]'/>", "belongs to no suite")]
#[case("junit.xml", &format!("<a><{}></a>", "b".repeat(5000)), "not a JUnit file")]
fn what_is_no_result_is_refused(#[case] name: &str, #[case] content: &str, #[case] why: &str) {
    match imported(name, content) {
        Err(message) => {
            assert!(message.contains(name) && message.contains(why), "{message}");
            assert!(!message.contains('\n') && message.len() < 500, "{message}");
        }
        Ok(results) => panic!("{results:?}"),
    }
}

#[test]
fn nothing_has_no_results() {
    assert!(imported("results.tgz", pack(&[])).unwrap_err().contains("no results"));
    assert!(import(tempfile::tempdir().unwrap().path()).unwrap_err().contains("folder without results"));
}
