//! The managers of two domains of the lab, which the seed creates: its own policy passes all testcases of scs-0302, and nothing
//! is left.

use crate::scene::Scene;
use scs_checks::verdict::Verdict;
use std::collections::BTreeMap;

/// The managers, as options.
pub const MANAGERS: [&str; 4] = ["--domain-manager", "scs-dm1", "--domain-manager", "scs-dm2"];

/// Exit code 3, as nothing that decides by `main` is selected.
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn the_policy_of_keystone_passes_and_nothing_is_left() {
    let scene = Scene::set().await;
    let ended = scene.check(&[&MANAGERS[..], &["--select=scs-0302-*"][..]].concat()).await;
    let report = ended.report_of(3);
    println!("{:.1} s", ended.took.as_secs_f64());
    let tried = report.testcases.iter().filter(|(id, _)| id.starts_with("scs-0302-"));
    let verdicts: BTreeMap<&str, (Verdict, String)> =
        tried.map(|(id, one)| (id.as_str(), (one.verdict, format!("{:?} {:?}", one.reason, one.findings)))).collect();
    assert_eq!(verdicts.len(), 10, "{verdicts:#?}");
    assert!(verdicts.values().all(|(verdict, _)| *verdict == Verdict::Pass), "{verdicts:#?}");
    let made = &report.changes.as_ref().unwrap().resources;
    assert!(made.len() == 6 && made.iter().all(|one| one.left.is_none()), "{made:#?}");
    scene.assert_as_before("after the run").await;
    // Nothing of it is found in the domains either, whatever its age.
    let run = &report.changes.as_ref().unwrap().run;
    let swept = scene.sweep(&[&MANAGERS[..], &["--run", run.as_str()][..]].concat()).await;
    assert!(!swept.stdout.contains("_scs-"), "{swept:#?}");
}

#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn doctor_finds_that_the_managers_can_log_in() {
    let scene = Scene::set().await;
    let arguments = [&["doctor", "iaas", "--cloud", "scs-lab"][..], &MANAGERS[..]].concat();
    let ended = scene.start(&arguments).ended().await;
    assert!(ended.stdout.matches("domain manager").count() >= 2, "{ended:#?}");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
}
