//! Everything that proves nothing: each is ABORT with its reason, and leaves nothing behind.

use super::bench::{Scene, assert_verdict};
use rstest::rstest;

#[rstest]
#[case("passed=0", "", &["suite-failed", "no test of conformance or of network policies was run"])]
#[case("truncated", "", &["suite-failed", "no test of conformance or of network policies was run"])]
#[case("", "--execution-mode dry", &["only listed"])]
#[case("crashes=run", "", &["suite-failed", "sonobuoy run failed", "Unauthorized"])]
#[case("crashes=tests", "", &["suite-failed", "came to no good end: e2e failed"])]
#[case("crashes=aggregator", "", &["suite-failed", "came to no good end: its aggregator failed"])]
#[case("unpullable", "--suite-limit 8s", &["suite-failed", "unable to pull", "Back-off pulling image"])]
#[case("pending=600000", "--suite-limit 8s", &["suite-failed", "in the 'Pending' state. This is normal"])]
#[case("crashes=retrieve", "", &["suite-failed", "sonobuoy retrieve failed"])]
#[case("crashes=status", "--suite-limit 12s", &["sonobuoy status failed"])]
#[case("hangs=run", "--suite-limit 2s", &["deadline", "were not done within 2s", "--suite-limit"])]
#[case("hangs=status", "--suite-limit 2s", &["were not done within 2s"])]
#[case("hangs=retrieve", "--suite-limit 4s", &["were not done within 4s"])]
#[case("lasts=600000", "--suite-limit 3s", &["were not done within 3s"])]
#[tokio::test]
async fn sonobuoy_proves_nothing(#[case] script: &str, #[case] arguments: &str, #[case] words: &[&str]) {
    proves_nothing("sonobuoy", script, arguments, words).await;
}

#[rstest]
#[case("passed=0", "", &["suite-failed", "no test of conformance or of network policies was run"])]
#[case("truncated", "", &["suite-failed", "no test of conformance or of network policies was run"])]
#[case("", "--execution-mode dry", &["only listed"])]
#[case("crashes=run", "", &["suite-failed", "hydrophone failed", "Unauthorized"])]
#[case("crashes=tests", "", &["suite-failed", "hydrophone failed", "failed to download results"])]
#[case("unpullable", "", &["suite-failed", "hydrophone failed", "Back-off pulling image"])]
#[case("pending=600000", "--suite-limit 3s", &["within 3s", "Waiting up to 3s for Pod to start"])]
#[case("hangs=run", "--suite-limit 2s", &["within 2s"])]
#[case("hangs=tests", "--suite-limit 2s", &["within 2s"])]
#[tokio::test]
async fn hydrophone_proves_nothing(#[case] script: &str, #[case] arguments: &str, #[case] words: &[&str]) {
    proves_nothing("hydrophone", script, arguments, words).await;
}

async fn proves_nothing(tool: &str, script: &str, arguments: &str, words: &[&str]) {
    let scene = Scene::plain().await;
    let ended = scene.check(0, tool, script).arguments(arguments).run().await.assert_code(3);
    assert_verdict(&ended, 0, "ABORT", words);
    // What the tool complained of.
    assert!(!format!("{}{}", ended.stderr, ended.file("r.json")).contains("abcdefgh"), "a token is shown");
    scene.assert_clean();
}

#[rstest]
#[case("sonobuoy", "blind=1500,lasts=1600")]
#[case("sonobuoy", "pending=1500,lasts=1600")]
#[case("hydrophone", "pending=500,lasts=600")]
#[tokio::test]
async fn a_slow_start_is_waited_for(#[case] tool: &str, #[case] script: &str) {
    let scene = Scene::plain().await;
    let ended = scene.check(0, tool, script).run().await;
    assert_verdict(&ended, 0, "PASS", &[]);
    scene.assert_clean();
}

#[tokio::test]
async fn another_version_than_the_cluster_has_proves_nothing() {
    let scene = Scene::plain().await;
    let running = scene.check(0, "hydrophone", "lasts=1500");
    let mut running = running.start();
    scene.begun(&mut running).await;
    scene.cluster.update(|state| state.version = "v1.29.0".to_owned());
    let ended = running.ended().await;
    assert_verdict(&ended, 0, "ABORT", &["v1.29.0 was tested"]);
}
