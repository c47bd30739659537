//! Resources that could not be removed are named everywhere, and the exit code says so.

use super::bench::cloud;
use crate::program::Program;
use scs_simcloud::{Course, Task};

const OUTPUTS: &str = "--output json=r.json --output junit=r.xml --output yaml=r.yaml --output html=r.html \
                       --output markdown=r.md";

/// A deletion that never ends, after everything has passed.
#[tokio::test]
async fn residue_is_named_everywhere() {
    let cloud = cloud(|state| {
        state.steps = 0;
        state.courses.push(Course::new(Task::VolumeDelete).named("restored").never());
    })
    .await;
    let before = cloud.inventory();
    let arguments = format!("--allow-changes --journal j --cleanup-limit 2s --select scs-0117-test-backup {OUTPUTS}");
    let ended = Program::check(&cloud, &arguments).run().await.assert_code(4);
    let after = cloud.inventory();
    let left: Vec<_> = after.iter().filter(|item| !before.contains(item)).collect();
    assert!(left.iter().any(|item| item.name.ends_with("-restored-volume")), "{left:?}");
    let command = "sweep iaas --cloud sim";
    for item in &left {
        for file in ["r.json", "r.xml", "r.yaml", "r.html", "r.md"] {
            let text = ended.file(file);
            assert!(text.contains(&item.name) && text.contains(&item.id), "{file}: {item:?}: {text}");
        }
        assert!(ended.stdout.contains(&item.name) && ended.stdout.contains(&item.id), "{}", ended.stdout);
        assert!(ended.stderr.contains(&item.name) && ended.stderr.contains(&item.id), "{}", ended.stderr);
    }
    assert!(ended.stdout.contains(command) && ended.stderr.contains(command), "{}\n{}", ended.stdout, ended.stderr);
    assert_eq!(ended.json("r.json")["testcases"]["scs-0117-test-backup"]["verdict"], "PASS");
    assert!(ended.files().contains(&"j".to_owned()), "its journal stays");
}

/// Also for who wants no progress.
#[tokio::test]
async fn residue_is_named_even_with_quiet() {
    let cloud = cloud(|state| state.courses.push(Course::new(Task::VolumeDelete).never())).await;
    let arguments = "--allow-changes --cleanup-limit 1s --quiet --select scs-0117-test-backup --output json=-";
    let ended = Program::check(&cloud, arguments).run().await.assert_code(4);
    assert!(ended.stderr.contains("-restored-volume") && ended.stderr.contains("sweep iaas"), "{}", ended.stderr);
}

/// Without a terminal, lines say every few seconds what is still being removed, and until when.
#[tokio::test]
async fn removing_is_told_every_few_seconds() {
    let cloud = cloud(|state| {
        state.steps = 0;
        state.courses.push(Course::new(Task::VolumeDelete).named("restored").never());
    })
    .await;
    let arguments = "--allow-changes --journal j --cleanup-limit 12s --select scs-0117-test-backup";
    let ended = Program::check(&cloud, arguments).run().await.assert_code(4);
    let line = ended.stderr.lines().find(|line| line.starts_with("removing volume") && line.contains(" of 12 s), "));
    assert!(line.is_some_and(|line| line.ends_with(" of 3 left")), "{}", ended.stderr);
}
