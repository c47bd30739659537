//! Many subjects, several machines, and nights that are killed.

use super::{Fleet, refusing, subject, summary};
use crate::support::conformant;
use rand::Rng;
use scs_simcloud::{Failure, Fault, State};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

fn failing(failure: Failure) -> State {
    let mut state = conformant(|_| {});
    state.faults = vec![Fault::new(failure)];
    state
}

/// Adds subjects with these names and clouds to the configuration.
fn add(fleet: &Fleet, subjects: impl Iterator<Item = (String, usize)>) {
    let mut config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    for (name, cloud) in subjects {
        writeln!(config, "  - {{name: {name}, cloud: cloud-{cloud}}}").unwrap();
    }
    std::fs::write(fleet.path("scs-conformance.yaml"), config).unwrap();
}

/// Whatever happens to 25 subjects, the other 175 have their results, and each has a report. All clouds are on one host here, so
/// that those that hang would hold its requests.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_subjects_touch_each_other_in_nothing() {
    let states = vec![
        conformant(|_| {}),
        conformant(|_| {}),
        failing(Failure::Hang),
        refusing(),
        failing(Failure::Json("garbage".into())),
    ];
    let fleet = Fleet::start(states, "limits: {subjects: 32, requests_per_host: 64}\n").await;
    let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    let start = config.find("  - {name: cloud-1").unwrap();
    std::fs::write(fleet.path("scs-conformance.yaml"), config[..start].replace("deadline: 20s", "deadline: 15s"))
        .unwrap();
    let kind = |number: usize| match number {
        0..10 => ("hangs", 3),
        10..20 => ("refuses", 4),
        20..25 => ("garbage", 5),
        _ => ("good", 1 + number % 2),
    };
    add(&fleet, (0..200).map(|number| (format!("{}-{number}", kind(number).0), kind(number).1)));
    let ended = fleet.nightly("--section light").start().ended_within(Duration::from_secs(400)).await.assert_code(3);
    let summary = summary(&ended);
    assert_eq!(summary["counts"]["subjects"], 200);
    assert_eq!(summary["counts"]["not_tested"], 25, "{}", ended.stdout);
    for number in 0..200 {
        let name = format!("{}-{number}", kind(number).0);
        let one = subject(&summary, &name);
        assert_eq!(one["state"] == "tested", number >= 25, "{one:#}");
        assert_eq!(fleet.report(&name)["subject"]["name"], name.as_str());
    }
    let delivered: BTreeSet<String> = fleet.server.subjects().into_iter().collect();
    assert_eq!((delivered.len(), fleet.server.subjects().len()), (200, 200));
}

/// The numbers of parts, of parts that are killed, and of subjects, set by `.ci/release`; fewer in the gate.
fn parts() -> (u64, u64, usize) {
    match std::env::var("SCS_PARTS") {
        Ok(_) => (8, 3, 200),
        Err(_) => (4, 2, 40),
    }
}

/// Each machine has its part; what was killed is run again, and nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn shards_are_the_whole_and_what_was_killed_is_made_up_for() {
    let (parts, killed, subjects) = parts();
    let slow = || conformant(|state| state.network.latency_ms = 20);
    let fleet = Fleet::start(vec![slow(), slow()], "limits: {subjects: 4}\n").await;
    add(&fleet, (2..subjects).map(|number| (format!("s-{number}"), 1 + number % 2)));
    for part in 1..=parts {
        let state = fleet.path(&format!("state-{part}"));
        let night = |more: &str| {
            let arguments = format!("--section light --shard {part}/{parts} {more}");
            fleet
                .with_state(&state, "nightly --data none --night 2026-11-30 --summary night.json")
                .arguments(&arguments)
        };
        if part <= killed {
            let mut running = night("").start();
            tokio::time::sleep(Duration::from_millis(400 * part)).await;
            running.child.kill().await.unwrap();
        }
        night("--only-missing").start().ended_within(Duration::from_secs(400)).await.assert_code(0);
    }
    let delivered = fleet.server.subjects();
    let all: BTreeSet<&String> = delivered.iter().collect();
    assert_eq!((delivered.len(), all.len()), (subjects, subjects), "{delivered:?}");
}

/// The number of kills, set by `.ci/release`; a few in the gate.
fn kills() -> u32 {
    std::env::var("SCS_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(4)
}

/// Whenever a night is killed, finished reports are whole and delivered by the next attempt, and nothing is left in a cloud.
#[tokio::test(flavor = "multi_thread")]
async fn a_night_may_be_killed_at_any_moment() {
    for _ in 0..kills() {
        let fleet = Fleet::start(vec![conformant(|_| {}), conformant(|state| state.network.latency_ms = 15)], "").await;
        let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
        let config = config.replace("cloud: cloud-2}", "cloud: cloud-2, changes: true, deadline: 60s}");
        std::fs::write(fleet.path("scs-conformance.yaml"), config).unwrap();
        let before = fleet.clouds.iter().map(|cloud| cloud.inventory()).collect::<Vec<_>>();
        let after = rand::rng().random_range(50..4000);
        let mut running = fleet.nightly("--section light,medium").start();
        tokio::time::sleep(Duration::from_millis(after)).await;
        running.child.kill().await.unwrap();
        assert_whole(&fleet.path("results"));
        fleet.age_journals();
        let swept = fleet.command("sweep nightly --data none").run().await.assert_code(0);
        let now = fleet.clouds.iter().map(|cloud| cloud.inventory()).collect::<Vec<_>>();
        assert_eq!(now, before, "killed after {after} ms\n{}", swept.stderr);
        let ended = fleet.nightly("--section light --only-missing").run().await;
        assert_eq!(ended.code, Some(0), "killed after {after} ms\n{}{}", ended.stdout, ended.stderr);
        let delivered: BTreeSet<String> = fleet.server.subjects().into_iter().collect();
        assert_eq!(delivered.len(), 2, "killed after {after} ms: {delivered:?}\n{}", ended.stdout);
    }
}

/// Asserts that every report in a folder can be read.
fn assert_whole(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_whole(&path);
        } else if path.file_name().is_some_and(|name| name == "report.json") {
            let text = std::fs::read_to_string(&path).unwrap();
            serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}
