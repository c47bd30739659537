//! Runs that may change the lab: they decide everything, leave nothing, and touch nothing that is not theirs.

use crate::lab::{console, replayed};
use crate::project::Project;
use crate::scene::{CHANGING, CONSOLE, Ended, Scene, of_login};
use futures_util::FutureExt;
use rstest::rstest;
use scs_checks::definition::Target;
use scs_checks::verdict::Verdict;
use scs_reports::Report;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;

/// Every verdict is known, all of `main` passes, and the project is as it was.
#[rstest]
#[case::password("scs-lab", &[])]
#[case::application_credential("scs-lab-appcred", &[])]
#[case::routed("scs-lab", &["--external-network=public"])]
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn everything_is_decided_and_nothing_is_left(#[case] cloud: &str, #[case] more: &[&str]) {
    let scene = Scene::set().await;
    let ended = scene.start_check(cloud, more).ended().await;
    let report = ended.report_of(0);
    println!("{cloud} {more:?}: {:.1} s", ended.took.as_secs_f64());
    scene.assert_verdicts(report, of_login(cloud));
    assert_main(report, "v5.1", 54);
    assert_main(report, "next", 51);
    assert_main(report, "v6", 51);
    let made: BTreeSet<&str> = report.changes.as_ref().unwrap().resources.iter().map(|one| &*one.kind).collect();
    let routed = ["router", "router-interface"].iter().filter(|kind| made.contains(*kind)).count();
    assert_eq!(routed, 2 * more.len(), "{made:?}");
    scene.assert_as_before("after the run").await;
}

fn assert_main(report: &Report, version: &str, testcases: usize) {
    let tally = &report.versions[version].targets[&Target::Main].tally;
    let rest = tally.failed + tally.aborted + tally.missing;
    assert_eq!((tally.passed, rest), (testcases, 0), "{version}: {tally:?}");
}

const ENTROPIES: [&str; 3] = [CHANGING[0], CHANGING[1], CHANGING[2]];

/// A section without valid checksums is not known; the rest of the console, and of the run, is.
#[rstest]
#[case::silent(String::new(), &ENTROPIES)]
#[case::cut(CONSOLE.lines().take(12).collect::<Vec<_>>().join("\n"), &ENTROPIES)]
#[case::other_entropy(CONSOLE.replace(" 256\n", " 255\n"), &ENTROPIES[..1])]
#[case::fewer_failures(CONSOLE.replace("failures: 0", "failures: 1"), &ENTROPIES[1..2])]
#[case::lost_line(without(CONSOLE, "instructions:"), &ENTROPIES[2..])]
#[case::other_noise("\u{0}\u{1b}[2J_scs-test entropy-avail ok 1/1 3 00000000 256\n".repeat(50), &ENTROPIES)]
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn a_bad_console_decides_nothing(#[case] text: String, #[case] unknown: &[&str]) {
    assert_ne!(text, CONSOLE);
    let scene = Scene::set().await;
    console(&text);
    // Long enough for the copies, which are waited for where one is garbled.
    let select =
        format!("--select={{{}}}", [&ENTROPIES[..], &["scs-0104-image-upload", "scs-0123-*"]].concat().join(","));
    let ended = scene.check(&["--step-limit=45s", &select]).await;
    // The instructions of the CPU are in preview only.
    let report = ended.report_of(if unknown == &ENTROPIES[2..] { 0 } else { 3 });
    for id in [&ENTROPIES[..], &["scs-0104-image-upload"]].concat() {
        let verdict = if unknown.contains(&id) { Verdict::Abort } else { Verdict::Pass };
        assert_eq!(report.testcases[id].verdict, verdict, "{id}: {:?}", report.testcases[id].reason);
    }
    scene.assert_as_before("after the run").await;
}

/// The console of another run decides nothing, however good it looks.
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn a_console_of_another_run_decides_nothing() {
    let scene = Scene::set().await;
    replayed(CONSOLE);
    let ended = scene.check(&["--step-limit=20s", "--select=scs-0101-*"]).await;
    let report = ended.report_of(3);
    for id in ENTROPIES {
        let testcase = &report.testcases[id];
        assert_eq!(testcase.verdict, Verdict::Abort, "{id}");
        assert!(testcase.reason.as_ref().unwrap().message.contains("console output of another run"), "{id}");
    }
    scene.assert_as_before("after the run").await;
}

/// Returns a text without the lines that have this.
fn without(text: &str, what: &str) -> String {
    text.lines().filter(|line| !line.contains(what)).map(|line| format!("{line}\n")).collect()
}

/// Neither run takes the other's things for its own, nor the other's journal for that of a dead run.
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn two_runs_at_once_do_not_meet() {
    let scene = Scene::set().await;
    let clouds = ["scs-lab", "scs-lab-appcred"];
    let runs = clouds.map(|cloud| scene.start_check(cloud, &[]).ended());
    let ended = futures_util::future::join_all(runs).await;
    let names = ended.iter().map(|one| one.report_of(0).changes.as_ref().unwrap().run.clone());
    assert_eq!(names.collect::<BTreeSet<_>>().len(), 2);
    for (cloud, one) in clouds.iter().zip(&ended) {
        scene.assert_verdicts(one.report_of(0), of_login(cloud));
        assert!(!one.stderr.contains("warning"), "{}", one.stderr);
    }
    scene.assert_as_before("after both").await;
}

#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn doctor_finds_that_a_run_would_work_and_changes_nothing() {
    let scene = Scene::set().await;
    let ended = scene
        .start(&["doctor", "iaas", "--allow-changes", "--cloud", "scs-lab", "--external-network", "public"])
        .ended()
        .await;
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    for told in [
        "user scs in project scs-demo",
        "image Debian 13, flavor SCS-1L-1, boot volume of 8 GiB",
        "everything that `check iaas --allow-changes` needs is there",
    ] {
        assert!(ended.stdout.contains(told), "{told}: {}", ended.stdout);
    }
    let ended = scene
        .start(&["doctor", "iaas", "--allow-changes", "--cloud", "scs-lab", "--external-network", "none", "--json"])
        .ended()
        .await;
    assert_eq!((ended.code, findings(&ended, "missing")), (Some(3), vec!["external network".to_owned()]), "{ended:#?}");
    scene.assert_as_before("after doctor").await;
}

/// Returns the items of `doctor` with this state.
fn findings(ended: &Ended, state: &str) -> Vec<String> {
    let diagnosis: Value = serde_json::from_str(&ended.stdout).unwrap();
    let findings = diagnosis["findings"].as_array().unwrap().iter().filter(|finding| finding["state"] == state);
    findings.map(|finding| finding["what"].as_str().unwrap().to_owned()).collect()
}

/// A quota says nothing about a cloud: what it prevents is ABORT and tells so; doctor says it beforehand.
#[rstest]
#[case("volumes", "quota", &["scs-0101-entropy-avail", "scs-0101-fips-test", "scs-0101-cpu-entropy-instructions", "scs-0117-test-backup"])]
#[case("backups", "Maximum number of backups allowed (0) exceeded", &["scs-0117-test-backup"])]
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn a_quota_is_no_verdict(#[case] what: &str, #[case] told: &str, #[case] prevented: &[&str]) {
    let scene = Scene::set().await;
    let admin = Project::of("scs-lab-admin").await;
    let granted = admin.volume_quota(&scene.project, what, json!(0)).await;
    let runs = async {
        let doctor = scene.start(&["doctor", "iaas", "--allow-changes", "--cloud", "scs-lab", "--json"]).ended().await;
        (doctor, scene.check(&[]).await)
    };
    let ended = AssertUnwindSafe(runs).catch_unwind().await;
    admin.volume_quota(&scene.project, what, granted).await;
    let (doctor, ended) = ended.unwrap();
    assert_eq!((doctor.code, findings(&doctor, "missing")), (Some(3), vec![what.to_owned()]), "{doctor:#?}");
    let report = ended.report_of(3);
    scene.assert_verdicts(report, &prevented.iter().map(|id| (*id, Verdict::Abort)).collect::<Vec<_>>());
    for id in prevented {
        let message = &report.testcases[*id].reason.as_ref().unwrap().message;
        assert!(message.contains(told), "{id}: {message}");
    }
    scene.assert_as_before("after the run").await;
}
