//! However a run ends, nothing of it stays.

use super::bench::{SUITES, Scene, assert_verdict};
use crate::program::files_in;
use rstest::rstest;

#[rstest]
#[tokio::test]
async fn leftovers_of_tests_are_removed(#[values("sonobuoy", "hydrophone")] tool: &str) {
    let scene = Scene::plain().await;
    let ended = scene.check(0, tool, "leaves").run().await;
    assert_verdict(&ended, 0, "PASS", &[]);
    scene.assert_clean();
}

#[rstest]
#[case("sonobuoy", "INT", "stopped by Ctrl-C")]
#[case("sonobuoy", "TERM", "stopped by SIGTERM")]
#[case("hydrophone", "INT", "stopped by Ctrl-C")]
#[tokio::test]
async fn a_run_that_is_stopped_removes_everything(#[case] tool: &str, #[case] signal: &str, #[case] why: &str) {
    let scene = Scene::plain().await;
    let mut running = scene.check(0, tool, "lasts=600000").start();
    scene.begun(&mut running).await;
    running.signal(signal);
    let ended = running.ended().await.assert_code(3);
    assert_verdict(&ended, 0, "ABORT", &[why]);
    scene.assert_clean();
    assert!(files_in(&scene.folder.path().join("journals")).is_empty());
}

#[rstest]
#[tokio::test]
async fn the_deadline_of_the_run_ends_it_as_well(#[values("sonobuoy", "hydrophone")] tool: &str) {
    let scene = Scene::plain().await;
    let ended = scene.check(0, tool, "lasts=600000").arguments("--deadline 4s").run().await.assert_code(3);
    assert_verdict(&ended, 0, "ABORT", &["the deadline of the run (4s) is over"]);
    scene.assert_clean();
}

#[rstest]
#[tokio::test]
async fn a_run_that_is_killed_is_swept(#[values("sonobuoy", "hydrophone")] tool: &str) {
    let scene = Scene::plain().await;
    let mut running = scene.check(0, tool, "lasts=600000").start();
    scene.begun(&mut running).await;
    running.child.kill().await.unwrap();
    let ended = scene.command("sweep kaas --dry-run").run().await.assert_code(0);
    for left in ["namespace", "test-namespaces", "cluster-role-binding", "cluster-role"] {
        assert!(ended.stdout.contains(left), "{left}: {}", ended.stdout);
    }
    scene.command("sweep kaas").run().await.assert_code(0);
    scene.assert_clean();
    assert!(files_in(&scene.folder.path().join("journals")).is_empty());
}

#[tokio::test]
async fn a_run_of_another_machine_is_swept_by_its_name() {
    let scene = Scene::plain().await;
    let mut running = scene.check(1, "sonobuoy", "lasts=600000").start();
    scene.begun(&mut running).await;
    running.child.kill().await.unwrap();
    let of_ours = scene.namespaces().into_iter().find(|name| name.ends_with("-sonobuoy-network-policies")).unwrap();
    let run = &of_ours["scs-".len()..of_ours.len() - "-sonobuoy-network-policies".len()];
    std::fs::remove_dir_all(scene.folder.path().join("journals")).unwrap();
    scene.command("sweep kaas").argument("--run").argument(run).run().await.assert_code(0);
    scene.assert_clean();
}

#[tokio::test]
async fn report_names_the_residue() {
    let scene = Scene::plain().await;
    let mut running = scene.check(0, "sonobuoy", "lasts=600000").start();
    scene.begun(&mut running).await;
    // Somebody else begins meanwhile: now nobody can tell whose the namespaces of the tests are.
    scene.cluster.update(|state| {
        let space = serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "sonobuoy"}});
        state.objects.get_mut("namespaces").unwrap().push(space);
    });
    running.signal("INT");
    let ended = running.ended().await.assert_code(4);
    let report = ended.json("r.json");
    let left: Vec<_> =
        report["changes"]["resources"].as_array().unwrap().iter().filter(|made| made["left"].is_string()).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["kind"], "test-namespaces");
    assert!(left[0]["left"].as_str().unwrap().contains("it is unclear which run created"), "{left:?}");
    let names = scene.namespaces();
    assert!(
        ["netpol-1002", "pods-1001", "sonobuoy"].iter().all(|name| names.iter().any(|one| one == name)),
        "{names:?}"
    );
    assert!(!names.iter().any(|name| name.ends_with(SUITES[0].0)), "{names:?}");
}
