//! What is taken for a result, and what is not.

use super::Suites;
use flate2::Compression;
use flate2::write::GzEncoder;
use rstest::rstest;
use scs_checks::facts::SuiteResults;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SUMMARY: &str = "\
name: e2e
status: failed
meta: {type: summary}
items:
- name: junit_01.xml
  status: failed
  meta: {file: results/global/junit_01.xml, type: file}
  items:
  - name: Kubernetes e2e suite
    status: failed
    items:
    - {name: '[It] good [Conformance]', status: passed}
    - {name: '[It] bad [Conformance]', status: failed, details: {failure: 'timed out'}}
    - {name: '[It] left out [Conformance]', status: skipped}
    - {name: '[It] silent [Conformance]'}
    - {name: '[It] odd [Conformance]', status: timeout}
";

const JUNIT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4"><testsuite name="Kubernetes e2e suite" timestamp="2026-11-20T10:00:00" time="60.5">
<properties><property name="SuiteSucceeded" value="false"></property><property name="SpecialSuiteFailureReason" value=""></property></properties>
<testcase name="[It] good [Conformance]" status="passed" time="30.5"></testcase>
<testcase name="[It] &lt;flaky&gt; [Conformance]" status="failed" time="1"><failure>no</failure></testcase>
<testcase name="[It] &lt;flaky&gt; [Conformance]" status="passed" time="1"></testcase>
<testcase name="[It] bad [Conformance]" status="failed" time="28"><failure message="no">trace</failure></testcase>
<testcase name="[It] left out [Conformance]" status="skipped" time="0"><skipped message="no"/></testcase>
</testsuite></testsuites>"#;

const VERSION: &str = r#"{"major": "1", "minor": "34", "gitVersion": "v1.34.11"}"#;

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn imported(name: &str, content: &[u8]) -> Result<SuiteResults, String> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    fs::write(&path, content).unwrap();
    import(&path)
}

/// The results of the conformance tests.
fn import(path: &Path) -> Result<SuiteResults, String> {
    Suites::import(&[path]).map(|suites| suites.conformance.unwrap_or_default())
}

#[test]
fn names_tell_what_was_tested() {
    let both = SUMMARY.replace("good [Conformance]", "Netpol NetworkPolicy between server and client");
    let folder = folder(&[("a.yaml", SUMMARY), ("b.yaml", &both)]);
    let [a, b] = ["a.yaml", "b.yaml"].map(|name| folder.path().join(name));
    let suites = Suites::import(&[&b]).unwrap();
    let (conformance, policies) = (suites.conformance.unwrap(), suites.network_policies.unwrap());
    assert_eq!((conformance.passed, conformance.failed.len(), policies.passed, policies.failed.len()), (0, 1, 1, 0));
    assert!(Suites::import(&[&a]).unwrap().network_policies.is_none());
    assert!(Suites::import(&[&a, &b]).unwrap_err().contains("same tests"));
}

const WHOLE: &[(&str, &str)] = &[
    ("podlogs/kube-system/x/logs/y.txt", "a long log"),
    ("serverversion.json", VERSION),
    ("plugins/e2e/sonobuoy_results.yaml", SUMMARY),
    ("plugins/e2e/definition.json", r#"{"Definition": {"spec": {"env": [{"name": "E2E_DRYRUN", "value": ""}]}}}"#),
    ("plugins/e2e/results/global/junit_01.xml", JUNIT),
];

fn assert_is_summary(results: &SuiteResults) {
    assert_eq!((results.passed, results.skipped), (1, 2));
    assert_eq!(results.failed, ["[It] bad [Conformance]"]);
    let others: Vec<_> = results.others.iter().map(|one| (one.name.as_str(), one.status.as_str())).collect();
    assert_eq!(others, [("[It] odd [Conformance]", "timeout")]);
    assert_eq!((results.tool.as_str(), results.status.as_deref()), ("sonobuoy", Some("failed")));
}

#[test]
fn an_archive_tells_everything() {
    let results = imported("results.tar.gz", &archive(WHOLE)).unwrap();
    assert_is_summary(&results);
    assert_eq!(results.kubernetes_version.as_deref(), Some("v1.34.11"));
    assert_eq!(results.finished_at.unwrap().to_rfc3339(), "2026-11-20T10:01:00.500+00:00");
    assert!(results.complete && !results.dry_run);
    assert!(results.source.ends_with("results.tar.gz"));
}

#[test]
fn so_does_an_unpacked_one() {
    let folder = folder(WHOLE);
    let results = import(&folder.path().join("plugins/e2e/sonobuoy_results.yaml")).unwrap();
    assert_is_summary(&results);
    assert_eq!(results.kubernetes_version.as_deref(), Some("v1.34.11"));
    assert!(results.finished_at.is_some() && results.complete && !results.dry_run);
}

#[test]
fn a_summary_alone_tells_neither_version_nor_time() {
    let results = imported("sonobuoy_results.yaml", SUMMARY.as_bytes()).unwrap();
    assert_is_summary(&results);
    assert_eq!((results.kubernetes_version, results.finished_at), (None, None));
}

#[test]
fn a_submission_has_a_junit_file_and_a_log() {
    let log = "I1120 10:00:00.1 18 e2e.go:117] e2e test version: v1.34.11\nI1120 e2e.go:124] kube-apiserver version: v1.34.10\n";
    let folder = folder(&[("junit_01.xml", JUNIT), ("e2e.log", log)]);
    let results = import(&folder.path().join("junit_01.xml")).unwrap();
    assert_eq!((results.passed, results.skipped, results.failed), (2, 1, vec!["[It] bad [Conformance]".to_owned()]));
    assert_eq!(results.kubernetes_version.as_deref(), Some("v1.34.10"));
    assert!(results.complete && !results.dry_run);
}

/// Everything that must not look like a run that came to its end.
#[rstest]
#[case::running(SUMMARY.replace("status: failed\nmeta: {type: summary}", "status: running\nmeta: {type: summary}"))]
#[case::unknown(SUMMARY.replace("status: failed\nmeta: {type: summary}", "status: unknown\nmeta: {type: summary}"))]
#[case::no_status(SUMMARY.replace("status: failed\nmeta: {type: summary}", "meta: {type: summary}"))]
fn a_summary_without_an_end_is_not_complete(#[case] summary: String) {
    let results = imported("sonobuoy_results.yaml", summary.as_bytes()).unwrap();
    assert!(!results.complete, "{results:?}");
}

#[rstest]
#[case::broken_off(&JUNIT[..JUNIT.len() - 30])]
#[case::interrupted(&JUNIT.replace(r#"Reason" value="""#, r#"Reason" value="Interrupted by Timeout""#))]
fn a_junit_file_without_an_end_is_not_complete(#[case] text: &str) {
    // What breaks off in the middle of a tag is an error instead.
    if let Ok(results) = imported("junit_01.xml", text.as_bytes()) {
        assert!(!results.complete, "{results:?}");
    }
}

#[test]
fn an_archive_that_breaks_off_is_not_complete() {
    let whole = archive(WHOLE);
    for length in (1..20).map(|part| whole.len() * part / 20) {
        if let Ok(results) = imported("results.tar.gz", &whole[..length]) {
            assert!(!results.complete, "{length} of {} bytes: {results:?}", whole.len());
        }
    }
}

#[rstest]
#[case::environment("definition.json", r#"{"spec": {"env": [{"name": "E2E_DRYRUN", "value": "true"}]}}"#)]
#[case::property("results/global/junit_02.xml", r#"<testsuites><testsuite><properties><property name="DryRun" value="true"/></properties></testsuite></testsuites>"#)]
fn a_dry_run_shows(#[case] name: &str, #[case] text: &str) {
    let name = format!("plugins/e2e/{name}");
    let mut files: Vec<(&str, &str)> = WHOLE.iter().copied().filter(|(other, _)| *other != name).collect();
    files.push((&name, text));
    assert!(imported("results.tar.gz", &archive(&files)).unwrap().dry_run);
}

#[test]
fn tests_that_took_no_time_were_not_run() {
    let text = r#"<testsuites><testsuite><testcase name="a [Conformance]" time="0"/><testcase name="b" time="0.0"/></testsuite></testsuites>"#;
    assert!(imported("junit_01.xml", text.as_bytes()).unwrap().dry_run);
}

#[rstest]
#[case("results.txt", "x", "neither")]
#[case("results.tar.gz", "no archive", "")]
#[case("results.yaml", "[", "no sonobuoy_results.yaml")]
#[case("results.yaml", "{}", "no test")]
#[case("results.yaml", "items: 3", "no sonobuoy_results.yaml")]
#[case("results.yaml", "items:\n  - name: a\n    items: 3\n", "no sonobuoy_results.yaml")]
#[case("junit.xml", "<a><b></a>", "no JUnit file")]
#[case("junit.xml", &format!("<a><{}></a>", "b".repeat(5000)), "no JUnit file")]
fn what_is_no_result_is_refused(#[case] name: &str, #[case] content: &str, #[case] why: &str) {
    match imported(name, content.as_bytes()) {
        Err(message) => {
            assert!(message.contains(name) && message.contains(why), "{message}");
            assert!(!message.contains('\n') && message.len() < 500, "{message}");
        }
        Ok(results) => panic!("{results:?}"),
    }
}

#[test]
fn an_empty_archive_has_no_results() {
    assert!(imported("results.tgz", &archive(&[])).unwrap_err().contains("no results"));
    assert!(import(&tempfile::tempdir().unwrap().keep()).unwrap_err().contains("folder"));
}
