//! A run that goes on in the cluster after its program was killed is waited for.

use super::bench::{Scene, assert_verdict};
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn a_run_that_goes_on_is_waited_for(
    #[values("sonobuoy", "hydrophone")] tool: &str,
    #[values(0, 1)] suite: usize,
) {
    let scene = Scene::plain().await;
    let mut running = scene.check(suite, tool, "lasts=3000").start();
    scene.begun(&mut running).await;
    running.child.kill().await.unwrap();
    scene.cluster.clear_requests();
    let ended = scene.check(suite, tool, "lasts=3000").run().await;
    assert_verdict(&ended, suite, "PASS", &["310 tests passed"]);
    scene.assert_clean();
    assert_eq!(scene.cluster.count(|request| request.method == "POST" && request.target.ends_with("/namespaces")), 0);
}

#[tokio::test]
async fn what_goes_on_comes_first() {
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
async fn what_somebody_waits_for_is_not_taken_away() {
    let scene = Scene::plain().await;
    let mut running = scene.check(0, "sonobuoy", "lasts=4000").start();
    scene.begun(&mut running).await;
    let other = scene.check(0, "sonobuoy", "").run().await.assert_code(3);
    assert_verdict(&other, 0, "ABORT", &["another run of this program waits for the tests"]);
    let ended = running.ended().await;
    assert_verdict(&ended, 0, "PASS", &[]);
    scene.assert_clean();
}
