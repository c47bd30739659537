//! Tempest itself, in full: `$OSLAB_TEMPEST` names it (`pip install tempest`). In the lab no guest runs and volumes are files, so a few
//! tests fail; all others pass or are skipped, nothing is left, and after a kill `sweep` finishes.

use crate::lab::tempest_accounts;
use crate::scene::Scene;
use scs_checks::verdict::{Severity, Verdict};
use std::time::Duration;

/// The tests that fail in the lab: they log in to a guest, or take an image of one or of a volume, and no guest runs there.
const FAILED: [&str; 13] = [
    "tempest.api.compute.images.test_images_oneserver.ImagesOneServerTestJSON.test_create_delete_image",
    "tempest.api.compute.images.test_images_oneserver.ImagesOneServerTestJSON.test_create_image_specify_multibyte_character_image_name",
    "tempest.api.compute.servers.test_create_server.ServersTestJSON.test_host_name_is_same_as_server_name",
    "tempest.api.compute.servers.test_create_server.ServersTestJSON.test_verify_created_server_vcpus",
    "tempest.api.compute.servers.test_server_actions.ServerActionsTestJSON.test_lock_unlock_server",
    "tempest.api.compute.servers.test_server_actions.ServerActionsTestJSON.test_reboot_server_hard",
    "tempest.api.compute.servers.test_server_actions.ServerActionsTestJSON.test_rebuild_server",
    "tempest.api.compute.servers.test_server_actions.ServerActionsTestJSON.test_resize_server_confirm",
    "tempest.api.compute.servers.test_server_actions.ServerActionsTestJSON.test_resize_server_revert",
    "tempest.api.compute.servers.test_server_actions.ServerActionsTestJSON.test_stop_start_server",
    "tempest.api.compute.volumes.test_attach_volume.AttachVolumeTestJSON.test_attach_detach_volume",
    "tempest.api.compute.volumes.test_attach_volume.AttachVolumeTestJSON.test_list_get_volume_attachments",
    "tempest.api.volume.test_volumes_actions.VolumesActionsTest.test_volume_upload",
];

/// The sentence on the run: those that are neither passed nor skipped are the failed ones.
const COUNTS: &str = "217 of 258 tests passed, 28 were skipped";

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
    let violations = result.findings.iter().filter(|finding| finding.severity == Severity::Violation);
    let mut failed: Vec<&str> =
        violations.filter_map(|violation| Some(violation.resource.as_ref()?.name.as_str())).collect();
    failed.sort_unstable();
    assert_eq!(failed, FAILED);
    assert!(result.findings.iter().any(|finding| finding.message.starts_with(COUNTS)), "{result:#?}");
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
