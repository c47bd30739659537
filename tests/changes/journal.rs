//! Nothing is created without a journal, and whose journal is locked is left alone.

use super::bench::{EXPERIMENTS, cloud, files};
use crate::program::{LONGEST, Program};
use crate::simulated::asked;
use rstest::rstest;
use scs_simcloud::{Course, Failure, Fault, SimCloud, Task};
use std::path::Path;
use std::time::Duration;

fn sweep(cloud: &SimCloud, journals: &Path) -> Program {
    let program = Program::new("sweep iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap());
    program.argument("--journal").argument(journals)
}

async fn until(what: impl Fn() -> bool) {
    let happened = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LONGEST, happened).await.unwrap();
}

/// A folder that is not mounted must not look like one without journals.
#[tokio::test]
async fn a_folder_of_journals_that_is_not_there_is_told() {
    let cloud = cloud(|_| {}).await;
    let ended = sweep(&cloud, Path::new("nowhere")).run().await.assert_code(2);
    assert!(ended.stderr.contains("--journal nowhere: there is no such folder"), "{}", ended.stderr);
}

#[rstest]
#[case::age("--older-than 584000000000years", 0)]
#[case::ages("--older-than 300000years", 0)]
#[case::limit("--older-than 2h --limit 584000000000years", 0)]
#[tokio::test]
async fn a_time_without_end_is_no_defect(#[case] arguments: &str, #[case] code: i32) {
    let cloud = cloud(|_| {}).await;
    let program = Program::new("sweep iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap());
    let ended = program.arguments(arguments).run().await.assert_code(code);
    assert!(ended.stdout.contains("nothing of ours was found"), "{}", ended.stdout);
}

#[tokio::test]
async fn a_sweep_that_cannot_print_its_result_fails() {
    let cloud = cloud(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let yaml = folder.path().join("clouds.yaml");
    std::fs::write(&yaml, cloud.clouds_yaml("sim").unwrap()).unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_scs-conformance"));
    command.args(["sweep", "iaas", "--cloud", "sim", "--older-than", "2h"]).env("OS_CLIENT_CONFIG_FILE", yaml);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let sweeping = command.stdout(full).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let output = sweeping.wait_with_output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("cannot be printed") && !stderr.contains("panicked"), "{stderr}");
}

#[rstest]
#[case::a_file("/dev/null/journals")]
#[case::read_only("/proc/journals")]
#[tokio::test]
async fn without_a_writable_journal_nothing_begins(#[case] folder: &str) {
    let cloud = cloud(|_| {}).await;
    let ended = Program::check(&cloud, "--allow-changes --journal").argument(folder).run().await.assert_code(2);
    assert!(ended.stderr.contains(folder) && ended.stderr.contains("--journal"), "{}", ended.stderr);
    assert_eq!(cloud.requests().len(), 0);
}

/// A limit of the size of files stands in for a full disk.
#[tokio::test]
async fn on_a_full_disk_nothing_begins() {
    let cloud = cloud(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let yaml = folder.path().join("clouds.yaml");
    std::fs::write(&yaml, cloud.clouds_yaml("sim").unwrap()).unwrap();
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" check iaas --cloud sim --allow-changes --journal j";
    let mut command = tokio::process::Command::new("sh");
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_scs-conformance")).current_dir(folder.path());
    let output = command.env("OS_CLIENT_CONFIG_FILE", yaml).output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("the journal j cannot be written"), "{stderr}");
    assert_eq!(cloud.requests().len(), 0);
    assert!(files(&folder.path().join("j")).is_empty(), "what was tried out is gone");
}

/// The journal vanishes while the run goes on: from then on nothing is created, and what there is goes.
#[tokio::test]
async fn without_its_journal_a_run_creates_nothing_more() {
    let cloud = cloud(|_| {}).await;
    let before = cloud.inventory();
    let parent = tempfile::tempdir().unwrap();
    let journals = parent.path().join("journals");
    cloud.plant(Fault::new(Failure::Delay(500)).method("POST").path("/volumes"));
    let program = Program::check(&cloud, "--allow-changes --select scs-0117-test-backup --output json=r.json");
    let running = program.argument("--journal").argument(&journals).start();
    until(|| cloud.count(|record| record.method == "POST" && record.path().ends_with("/volumes")) > 0).await;
    std::fs::remove_dir_all(&journals).unwrap();
    let ended = running.ended().await.assert_code(3);
    assert_eq!(cloud.inventory(), before);
    let result = &ended.json("r.json")["testcases"]["scs-0117-test-backup"];
    assert_eq!(result["verdict"], "ABORT");
    assert!(result["reason"]["message"].as_str().unwrap().contains("journal"), "{result}");
    assert_eq!(cloud.count(|record| record.path().contains("/backups")), 0, "{:#?}", asked(&cloud));
}

/// Somebody sweeps while a run goes on: what belongs to it stays.
#[tokio::test]
async fn a_sweep_leaves_a_run_alone_that_goes_on() {
    let cloud = cloud(|state| state.courses.push(Course::new(Task::ServerCreate).never())).await;
    let before = cloud.inventory();
    let journals = tempfile::tempdir().unwrap();
    let program = EXPERIMENTS[0]
        .1
        .iter()
        .fold(Program::check(&cloud, "--allow-changes"), |program, id| program.argument("--select").argument(id));
    let running = program.argument("--journal").argument(journals.path()).start();
    until(|| cloud.count(|record| record.method == "POST" && record.path().ends_with("/servers")) > 0).await;
    let during = cloud.inventory();
    for more in ["", "--older-than 1h"] {
        sweep(&cloud, journals.path()).arguments(more).run().await.assert_code(0);
    }
    assert!(during.iter().all(|item| cloud.inventory().contains(item)) && during != before);
    running.signal("INT");
    running.ended().await.assert_code(3);
    assert_eq!(cloud.inventory(), before);
}
