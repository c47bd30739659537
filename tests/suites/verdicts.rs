//! Verdicts of runs of the suites.

use super::bench::{SUITES, Scene, assert_verdict, result};
use rstest::rstest;
use std::path::Path;

const EXCUSED: [&str; 2] =
    ["Services should have session affinity work for NodePort service", "Feature:SCTPConnectivity should work"];

#[rstest]
#[tokio::test]
async fn enough_passed_tests_are_a_pass(
    #[values(0, 1)] suite: usize,
    #[values("sonobuoy", "hydrophone", "auto")] tool: &str,
) {
    let scene = Scene::plain().await;
    let ended = scene.check(suite, tool, "").run().await;
    let version = if tool == "hydrophone" { "hydrophone v0.7.0" } else { "sonobuoy v0.57.3" };
    assert_verdict(&ended, suite, "PASS", &["310 tests passed", version]);
    assert!(ended.stderr.contains("310 passed, 0 failed, after"), "{}", ended.stderr);
    scene.assert_clean();
    let report = ended.json("r.json");
    let changes = report["changes"]["resources"].as_array().unwrap();
    assert!(changes.iter().any(|made| made["kind"] == "namespace" && made["left"].is_null()), "{report:#}");
    assert!(crate::program::files_in(&scene.folder.path().join("journals")).is_empty());
}

/// Returns the names of the conformance tests in a JUnit report, and whether each was skipped.
fn skipped(report: &str) -> Vec<(String, bool)> {
    let cases = report.split("<testcase name=\"").skip(1).filter_map(|case| case.split_once('"'));
    let cases = cases.filter(|(name, _)| name.contains("[Conformance]"));
    cases.map(|(name, rest)| (name.to_owned(), rest.contains("<skipped"))).collect()
}

#[rstest]
#[tokio::test]
async fn tests_that_must_run_alone_are_run_in_every_mode(
    #[values("sonobuoy", "hydrophone")] tool: &str,
    #[values("parallel", "serial")] mode: &str,
) {
    let scene = Scene::plain().await;
    let ended = scene.check(0, tool, "").arguments(&format!("--execution-mode {mode}")).run().await;
    assert_verdict(&ended, 0, "PASS", &["310 tests passed"]);
    let tests = skipped(&junit(&scene.folder.path().join("results")));
    assert!(tests.iter().any(|(name, _)| name.contains("[Serial]")) && tests.len() == 310, "{tests:?}");
    assert_eq!(tests.iter().find(|(_, skipped)| *skipped), None);
}

/// Returns the JUnit report of the only run that left results here, in a file or an archive.
fn junit(results: &Path) -> String {
    let run = results.join(&crate::program::files_in(results)[0]);
    let of_archive = |name: &String| name.ends_with(".tar.gz");
    let Some(archive) = crate::program::files_in(&run).into_iter().find(of_archive) else {
        return std::fs::read_to_string(run.join("junit_01.xml")).unwrap();
    };
    let file = std::fs::File::open(run.join(archive)).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let reports = archive.entries().unwrap().map(Result::unwrap);
    let mut report = { reports }.find(|entry| entry.path().unwrap().ends_with("junit_01.xml")).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut report, &mut text).unwrap();
    text
}

#[rstest]
#[tokio::test]
async fn a_failed_test_is_a_violation(#[values(0, 1)] suite: usize, #[values("sonobuoy", "hydrophone")] tool: &str) {
    let scene = Scene::plain().await;
    let ended = scene.check(suite, tool, "failed=this goes wrong").run().await.assert_code(1);
    assert_verdict(&ended, suite, "FAIL", &["this goes wrong"]);
    scene.assert_clean();
}

#[rstest]
#[tokio::test]
async fn an_excused_test_stands_in_every_report(#[values(0, 1)] suite: usize) {
    let scene = Scene::plain().await;
    let script = format!("failed={}", EXCUSED[suite]);
    let program = scene.check(suite, "sonobuoy", &script);
    let formats = [("junit", "r.xml"), ("yaml", "r.yaml"), ("html", "r.html"), ("markdown", "r.md")];
    let program = formats
        .iter()
        .fold(program, |program, (format, file)| program.argument("--output").argument(format!("{format}={file}")));
    let ended = program.run().await;
    assert_verdict(&ended, suite, "PASS", &["is excused", EXCUSED[suite]]);
    assert_eq!(
        result(&ended, suite)["findings"].as_array().unwrap().iter().filter(|one| one["severity"] == "warning").count(),
        1
    );
    for (_, file) in formats {
        assert!(ended.file(file).contains("is excused"), "{file}: {}", ended.file(file));
    }
    let console = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(console.contains("is excused"), "{console}");
}

#[tokio::test]
async fn both_suites_are_run_one_after_the_other() {
    let scene = Scene::plain().await;
    let ended = scene.check(0, "sonobuoy", "leaves").argument("--select").argument(SUITES[1].1).run().await;
    for suite in [0, 1] {
        assert_verdict(&ended, suite, "PASS", &[]);
    }
    scene.assert_clean();
    let results = crate::program::files_in(&scene.folder.path().join("results"));
    assert_eq!(results.len(), 2, "{results:?}");
    assert!(
        results[0].ends_with("-sonobuoy-conformance") && results[1].ends_with("-sonobuoy-network-policies"),
        "{results:?}"
    );
}

#[tokio::test]
async fn without_a_runner_nothing_is_begun() {
    let scene = Scene::plain().await;
    let program = scene.command("check kaas --data none --allow-changes --output json=r.json");
    let ended = program.argument("--select").argument(SUITES[0].1).run().await.assert_code(3);
    assert_verdict(&ended, 0, "MISS", &["--runner", "--allow-changes", "--results"]);
    scene.assert_clean();
    assert_eq!(scene.cluster.count(|request| request.method == "POST" && request.target.ends_with("/namespaces")), 0);
}

#[tokio::test]
async fn results_that_are_brought_along_spare_a_run() {
    let scene = Scene::plain().await;
    scene.check(0, "sonobuoy", "").run().await;
    let results = scene.folder.path().join("results");
    let run = results.join(&crate::program::files_in(&results)[0]);
    scene.cluster.clear_requests();
    let archive = crate::program::files_in(&run).into_iter().find(|name| name.ends_with(".tar.gz")).unwrap();
    let program = scene.check(0, "sonobuoy", "crashes=run").argument("--results").argument(run.join(&archive));
    assert_verdict(&program.run().await, 0, "PASS", &[&archive]);
    assert_eq!(scene.cluster.count(|request| request.method == "POST" && request.target.ends_with("/namespaces")), 0);
}

#[rstest]
#[case("--runner sonobuoy", "--allow-changes")]
#[case("--allow-changes --runner nothing/sonobuoy", "no such program")]
#[case("--allow-changes --runner sonobuoy --suite-limit 3d", "at most 20h")]
#[case("--allow-changes --execution-mode dry", "--runner")]
#[tokio::test]
async fn contradictory_options_are_refused_before_any_request(#[case] arguments: &str, #[case] words: &str) {
    let scene = Scene::plain().await;
    let ended = scene.command("check kaas --data none").arguments(arguments).run().await.assert_code(2);
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
    assert!(scene.cluster.requests().is_empty());
}
