//! A run that goes on in the cluster after its program was killed is waited for.

use super::bench::{Scene, assert_verdict};
use crate::program::files_in;
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

#[rstest]
#[tokio::test]
async fn a_run_that_goes_on_is_waited_for(
    #[values("sonobuoy", "hydrophone")] tool: &str,
    #[values(0, 1)] suite: usize,
) {
    let scene = Scene::plain().await;
    let mut first = scene.check(suite, tool, TEN_MINUTES).start();
    scene.begun(&mut first).await;
    first.child.kill().await.unwrap();
    scene.cluster.clear_requests();
    let mut second = scene.check(suite, tool, TEN_MINUTES).start();
    scene.resumed(&mut second, tool).await;
    scene.pass(TimeDelta::minutes(20));
    let ended = second.ended().await;
    assert_verdict(&ended, suite, "PASS", &["310 tests passed"]);
    scene.assert_clean();
    assert_eq!(scene.cluster.count(|request| request.method == "POST" && request.target.ends_with("/namespaces")), 0);
    // Nothing of the first run is left, so later ones say nothing of it.
    assert_eq!(files_in(&scene.folder.path().join("journals")), Vec::<String>::new());
}

/// The duration of the tests.
const TEN_MINUTES: &str = "lasts=600000";

#[tokio::test]
async fn the_journal_of_a_run_stays_while_something_else_of_it_is_left() {
    let scene = Scene::plain().await;
    let mut running = scene.check(0, "sonobuoy", "lasts=3000").start();
    scene.begun(&mut running).await;
    running.child.kill().await.unwrap();
    let journals = files_in(&scene.folder.path().join("journals"));
    let run = journals[0].trim_end_matches(".journal");
    scene.cluster.update(|state| {
        let labels = json!({"app.kubernetes.io/managed-by": "scs-conformance", "scs-conformance/run": run});
        let metadata = json!({"name": format!("scs-{run}-storage"), "labels": labels});
        let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
        state.objects.get_mut("namespaces").unwrap().push(space);
    });
    let ended = scene.check(0, "sonobuoy", "lasts=3000").run().await;
    assert_verdict(&ended, 0, "PASS", &["310 tests passed"]);
    assert_eq!(files_in(&scene.folder.path().join("journals")), journals);
    scene.command("sweep kaas").run().await.assert_code(0);
    scene.assert_clean();
}

/// A hydrophone whose program was killed goes on, fetches the results and removes the namespace.
#[tokio::test]
async fn a_hydrophone_that_outlives_its_program_takes_nothing_away() {
    let scene = Scene::plain().await;
    let mut first = scene.check(0, "hydrophone", TEN_MINUTES).start();
    scene.begun(&mut first).await;
    first.child.kill().await.unwrap();
    // It takes the tests for longer, so that the first one is the first to end.
    let mut second = scene.check(0, "hydrophone", "lasts=6000000").start();
    scene.resumed(&mut second, "hydrophone").await;
    scene.pass(TimeDelta::minutes(20));
    let ended = second.ended().await;
    assert_verdict(&ended, 0, "PASS", &["310 tests passed"]);
    scene.assert_clean();
}

#[tokio::test]
async fn running_tests_are_resumed_first() {
    let scene = Scene::plain().await;
    let mut running = scene.check(1, "sonobuoy", "lasts=2000").start();
    scene.begun(&mut running).await;
    running.child.kill().await.unwrap();
    let ended = scene.check(0, "sonobuoy", "lasts=2000").arguments("--select kaas-networking-check").run().await;
    for suite in [0, 1] {
        assert_verdict(&ended, suite, "PASS", &[]);
    }
    scene.assert_clean();
}

#[tokio::test]
async fn a_run_of_another_suite_or_tool_is_in_the_way() {
    let scene = Scene::plain().await;
    let mut running = scene.check(1, "sonobuoy", "lasts=600000").start();
    scene.begun(&mut running).await;
    running.child.kill().await.unwrap();
    let ended = scene.check(0, "sonobuoy", "").run().await.assert_code(3);
    assert_verdict(&ended, 0, "ABORT", &["another run of this program has a suite in the namespace", "sweep kaas"]);
    let ended = scene.check(1, "hydrophone", "").run().await.assert_code(3);
    assert_verdict(&ended, 1, "ABORT", &["another run of this program has a suite in the namespace"]);
}

#[tokio::test]
async fn tests_of_another_running_process_are_not_taken_over() {
    let scene = Scene::plain().await;
    let mut running = scene.check(0, "sonobuoy", "lasts=4000").start();
    scene.begun(&mut running).await;
    let other = scene.check(0, "sonobuoy", "").run().await.assert_code(3);
    assert_verdict(&other, 0, "ABORT", &["another run of this program waits for the tests"]);
    let ended = running.ended().await;
    assert_verdict(&ended, 0, "PASS", &[]);
    scene.assert_clean();
}
