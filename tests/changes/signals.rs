//! Signals end a run with everything removed; two of them end it with what is left.

use super::bench::cloud;
use crate::program::Program;
use crate::simulated::until_asked;
use rstest::rstest;
use scs_simcloud::{Course, Failure, Fault, RequestRecord, Task};

const ARGUMENTS: &str = "--allow-changes --journal j --select scs-0101-entropy-avail --output json=r.json";

fn is_server(record: &RequestRecord) -> bool {
    record.method == "GET" && record.path().contains("/servers/")
}

#[rstest]
#[case("INT", "Ctrl-C")]
#[case("TERM", "SIGTERM")]
#[case("HUP", "the terminal was closed")]
#[tokio::test]
async fn a_signal_ends_a_run_with_everything_removed(#[case] signal: &str, #[case] why: &str) {
    let cloud = cloud(|state| state.courses.push(Course::new(Task::ServerCreate).never())).await;
    let before = cloud.inventory();
    let running = Program::check(&cloud, ARGUMENTS).start();
    until_asked(&cloud, 2, is_server).await;
    assert!(cloud.inventory().len() > before.len());
    running.signal(signal);
    let ended = running.ended().await.assert_code(3);
    assert_eq!(cloud.inventory(), before, "{}", ended.stderr);
    let report = ended.json("r.json");
    assert!(report["interrupted"]["message"].as_str().unwrap().contains(why), "{report}");
    assert_eq!(report["testcases"]["scs-0101-entropy-avail"]["verdict"], "ABORT");
    assert!(report["changes"]["resources"].as_array().unwrap().iter().all(|made| made["left"].is_null()));
    assert_eq!(ended.files(), ["clouds.yaml", "j", "r.json"]);
    assert!(ended.stderr.contains("the run ends early: stopped"), "{}", ended.stderr);
    let announced = ended.stderr.lines().find(|line| line.starts_with("removing ") && line.contains("for up to 5 min"));
    assert!(announced.is_some_and(|line| line.contains("server ")), "{}", ended.stderr);
}

#[tokio::test]
async fn second_ctrl_c_names_the_residue_and_the_sweep_command() {
    let cloud = cloud(|state| state.courses.push(Course::new(Task::ServerCreate).never())).await;
    cloud.plant(Fault::new(Failure::Hang).method("DELETE").path("/servers/"));
    let before = cloud.inventory();
    let journals = tempfile::tempdir().unwrap();
    let journal = format!("--journal {}", journals.path().display());
    let arguments = ARGUMENTS.replace("--journal j", &journal);
    let running = Program::check(&cloud, &arguments).start();
    until_asked(&cloud, 2, is_server).await;
    running.signal("INT");
    until_asked(&cloud, 1, |record| record.method == "DELETE").await;
    running.signal("INT");
    let ended = running.ended().await.assert_code(4);
    let after = cloud.inventory();
    let left: Vec<_> = after.iter().filter(|item| !before.contains(item)).collect();
    assert_eq!(left.len(), 5, "{left:?}");
    for item in left {
        assert!(ended.stderr.contains(&item.name) && ended.stderr.contains(&item.id), "{item:?}: {}", ended.stderr);
    }
    let report = ended.json("r.json");
    let command = super::unclear::printed_command(&ended.stderr);
    assert!(command.ends_with(&format!("--run {}", report["changes"]["run"].as_str().unwrap())), "{command}");

    // The next run says so as well, and the command does what it says.
    cloud.clear_faults();
    let next = Program::check(&cloud, &format!("--allow-changes {journal} --select scs-0116-permissions")).run().await;
    assert!(next.assert_code(0).stderr.contains(&command));
    let sweep = Program::new(&command).clouds(&cloud.clouds_yaml("sim").unwrap());
    sweep.run().await.assert_code(0);
    assert_eq!(cloud.inventory(), before);
    assert!(super::bench::files(journals.path()).is_empty());
}
