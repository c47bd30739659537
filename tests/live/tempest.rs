//! Tempest itself, in full: `$OSLAB_TEMPEST` names it (`pip install tempest`). In the lab no guest runs and volumes are files, so a few
//! tests fail; all others pass or are skipped, nothing is left, and after a kill `sweep` finishes.

use crate::lab::tempest_accounts;
use crate::scene::Scene;
use scs_checks::verdict::{Severity, Verdict};
use std::time::Duration;

/// The number of tests that fail in the lab: they take an image of a running guest, or a driver of volumes.
const FAILED: usize = 3;

/// Returns the arguments of a run of Tempest alone.
fn arguments() -> Vec<String> {
    let program = std::env::var("OSLAB_TEMPEST").expect("$OSLAB_TEMPEST names Tempest");
    let accounts = tempest_accounts().display().to_string();
    // What cannot work here is waited for as long as a step may take.
    let all = [
        "--select=scs-0128-e2e",
        "--by-text",
        "--step-limit=1m",
        "--tempest",
        &program,
        "--tempest-accounts",
        &accounts,
    ];
    all.map(str::to_owned).to_vec()
}

#[tokio::test]
#[ignore = "needs the lab and Tempest: tests/lab/openstack/up.sh, $OSLAB_TEMPEST"]
async fn tempest_runs_in_full_and_leaves_nothing() {
    let scene = Scene::set().await;
    let arguments = arguments();
    let ended = scene.check(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let report = ended.report_of(1);
    let result = &report.testcases["scs-0128-e2e"];
    println!("{:.1} s", ended.took.as_secs_f64());
    assert_eq!(result.verdict, Verdict::Fail, "{result:#?}");
    let failed = result.findings.iter().filter(|finding| finding.severity == Severity::Violation);
    assert_eq!(failed.count(), FAILED, "{result:#?}");
    scene.assert_as_before("after Tempest").await;
}

#[tokio::test]
#[ignore = "needs the lab and Tempest: tests/lab/openstack/up.sh, $OSLAB_TEMPEST"]
async fn a_run_that_is_killed_is_swept() {
    let scene = Scene::set().await;
    let arguments = arguments();
    let mut running = scene.start_check("scs-lab", &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    while !scene.more().await.iter().any(|thing| thing.name.starts_with("tempest-")) {
        assert!(running.runs(), "it ended before Tempest made anything");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    running.signal("KILL");
    let _ = running.ended().await;
    scene.sweep(&[]).await;
    scene.assert_as_before("after the sweep").await;
}
