//! What a run comes to.

use super::bench::{SUITES, Scene, assert_verdict, result};
use rstest::rstest;

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

#[rstest]
#[case(0, "passed=300", "PASS")]
#[case(0, "passed=299", "ABORT")]
#[case(1, "passed=20", "PASS")]
#[case(1, "passed=19", "ABORT")]
#[case(0, "passed=299,failed=something", "FAIL")]
#[tokio::test]
async fn the_standard_says_how_many_are_enough(#[case] suite: usize, #[case] script: &str, #[case] verdict: &str) {
    let scene = Scene::plain().await;
    let ended = scene.check(suite, "hydrophone", script).run().await;
    assert_verdict(&ended, suite, verdict, &[]);
    scene.assert_clean();
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
    scene.check(0, "hydrophone", "").run().await;
    let results = scene.folder.path().join("results");
    let run = results.join(&crate::program::files_in(&results)[0]);
    scene.cluster.clear_requests();
    let program = scene.check(0, "sonobuoy", "crashes=run").argument("--results").argument(run.join("junit_01.xml"));
    assert_verdict(&program.run().await, 0, "PASS", &["junit_01.xml"]);
    assert_eq!(scene.cluster.count(|request| request.method == "POST" && request.target.ends_with("/namespaces")), 0);
}

#[rstest]
#[case("--runner sonobuoy", "--allow-changes")]
#[case("--allow-changes --runner nothing/sonobuoy", "no such program")]
#[case("--allow-changes --runner sonobuoy --suite-limit 3d", "at most 20h")]
#[case("--allow-changes --execution-mode dry", "--runner")]
#[tokio::test]
async fn what_makes_no_sense_is_told_before_anything_is_asked(#[case] arguments: &str, #[case] words: &str) {
    let scene = Scene::plain().await;
    let ended = scene.command("check kaas --data none").arguments(arguments).run().await.assert_code(2);
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
    assert!(scene.cluster.requests().is_empty());
}
