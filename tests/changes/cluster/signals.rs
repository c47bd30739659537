//! Signals end a run that changes a cluster, with everything removed.

use super::bench::{active, check};
use crate::program::files_in;
use crate::simulated::until_asked;
use rstest::rstest;
use scs_simcloud::kubernetes::{PodCourse, PodEnd, SimCluster};

#[rstest]
#[case("INT", "Ctrl-C")]
#[case("TERM", "SIGTERM")]
#[tokio::test]
async fn a_signal_ends_a_run_with_everything_removed(#[case] signal: &str, #[case] why: &str) {
    let stuck = PodCourse { name: "-writer".to_owned(), end: PodEnd::Stuck, ..PodCourse::default() };
    let cluster = SimCluster::start(active(|state| state.pod_courses.insert(0, stuck))).await.unwrap();
    let before = cluster.inventory();
    let journals = tempfile::tempdir().unwrap();
    let program = check(&cluster).arguments("--output json=r.json");
    let running = program.argument("--journal").argument(journals.path()).start();
    until_asked(&cluster, 2, |record| record.method == "GET" && record.path().ends_with("-writer")).await;
    assert!(cluster.inventory().len() > before.len());
    running.signal(signal);
    let ended = running.ended().await.assert_code(3);
    assert_eq!(cluster.inventory(), before, "{}", ended.stderr);
    let report = ended.json("r.json");
    assert!(report["interrupted"]["message"].as_str().unwrap().contains(why), "{report}");
    assert!(report["changes"]["resources"].as_array().unwrap().iter().all(|made| made["left"].is_null()));
    assert!(files_in(journals.path()).is_empty());
}
