//! Foreign resources are not touched, however similar their names are; and two runs do not disturb each other.

use super::bench::{Trial, cloud, talkative};
use crate::program::Program;
use rstest::rstest;
use scs_checks::verdict::Verdict;
use scs_simcloud::{Item, Kind, SimCloud, State};

/// Names that are like ours or like those of today's suite, but are neither.
const NAMES: [&str; 9] = [
    "_scs",
    "_scs-other",
    "scs-test-prod",
    "_scs-20201120t153045-k3f9",
    "_scs-20201120t153045-k3f9-",
    "_SCS-20201120T153045-K3F9-server",
    "_scs-20201120t153045-k3f-server",
    "_scs-0101-server2",
    "scs-test-volume-2",
];

/// A name that is ours, of long ago.
const OURS: &str = "_scs-20201120t153045-k3f9-thing";

/// The whole names of today's suite, on things of other kinds.
const MISUSED: [(Kind, &str); 4] = [
    (Kind::Image, "scs-test-volume"),
    (Kind::Volume, "_scs-0101-server"),
    (Kind::Keypair, "_scs-0101-server"),
    (Kind::Secret, "scs-test-default-sg"),
];

fn crowded(state: &mut State) {
    let (own, other) = (state.own_project(), state.other_project());
    for name in NAMES {
        state.seed_all(name, &own);
    }
    MISUSED.iter().for_each(|(kind, name)| drop(state.seed(*kind, name, &own)));
    // In another project there may be anything, also what is ours by its name.
    for name in [OURS, "_scs-0101-server", "scs-test-volume"] {
        Kind::ALL.iter().filter(|kind| **kind != Kind::Keypair).for_each(|kind| drop(state.seed(*kind, name, &other)));
    }
    let quotas = &mut state.quotas;
    for quota in [
        &mut quotas.instances,
        &mut quotas.cores,
        &mut quotas.ram,
        &mut quotas.volumes,
        &mut quotas.gigabytes,
        &mut quotas.snapshots,
        &mut quotas.backups,
        &mut quotas.backup_gigabytes,
        &mut quotas.routers,
        &mut quotas.security_groups,
        &mut quotas.security_group_rules,
    ] {
        *quota = -1;
    }
}

fn sweep(cloud: &SimCloud, arguments: &str) -> Program {
    Program::new("sweep iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap()).arguments(arguments)
}

#[tokio::test]
async fn a_run_and_a_sweep_touch_nothing_foreign() {
    let cloud = cloud(crowded).await;
    let before = cloud.inventory();
    let outcome = Trial::of_all().run(&cloud).await;
    assert!(outcome.verdicts().iter().all(|(_, verdict, _)| *verdict == Verdict::Pass), "{:?}", outcome.verdicts());
    assert_eq!(cloud.inventory(), before);
    let ended = sweep(&cloud, "--older-than 1h --include-upstream").run().await.assert_code(0);
    assert_eq!(cloud.inventory(), before, "{}", ended.stdout);
    assert!(ended.stdout.contains("nothing of ours was found"), "{}", ended.stdout);
    sweep(&cloud, "--run 20201120t153045-k3f9").run().await.assert_code(0);
    assert_eq!(cloud.inventory(), before);
}

/// Returns kind and name of the things that are gone or differ afterwards.
fn missing(before: &[Item], after: &[Item]) -> Vec<(Kind, String)> {
    before.iter().filter(|item| !after.contains(item)).map(|item| (item.kind, item.name.clone())).collect()
}

#[rstest]
#[case::by_age("--older-than 1h")]
#[case::by_run("--run 20201120t153045-k3f9")]
#[tokio::test]
async fn own_resources_are_found_among_foreign_ones(#[case] arguments: &str) {
    let state = talkative(|state| {
        crowded(state);
        state.seed_all(OURS, &state.own_project());
    });
    let cloud = SimCloud::start(state).await.unwrap();
    let before = cloud.inventory();
    let ended = sweep(&cloud, &format!("{arguments} --dry-run")).run().await.assert_code(0);
    assert_eq!(ended.stdout.matches("would be removed").count(), Kind::ALL.len(), "{}", ended.stdout);
    assert_eq!(cloud.inventory(), before);
    let changing = |record: &&scs_simcloud::RequestRecord| record.method != "GET";
    let requests = cloud.requests();
    let others: Vec<_> = requests.iter().filter(changing).map(|record| (&record.method[..], record.path())).collect();
    assert_eq!(others, [("POST", "/identity/v3/auth/tokens")]);

    let ended = sweep(&cloud, arguments).run().await.assert_code(0);
    let missing = missing(&before, &cloud.inventory());
    assert_eq!(missing.len(), Kind::ALL.len(), "{}", ended.stdout);
    assert!(missing.iter().all(|(_, name)| name == OURS), "{missing:?}");
    assert_eq!(ended.stdout.lines().filter(|line| line.ends_with("  removed")).count(), Kind::ALL.len());
}

/// The names of today's suite go by kind and whole name; with an age, only if they are old enough.
#[tokio::test]
async fn leftovers_of_todays_suite_are_removed_only_on_request() {
    const LEFT: [(Kind, &str); 4] = [
        (Kind::Volume, "scs-test-volume"),
        (Kind::Secret, "scs-member-role-test-secret"),
        (Kind::SecurityGroup, "scs-test-default-sg"),
        (Kind::Network, "_scs-0101-net"),
    ];
    let cloud = cloud(|state| {
        crowded(state);
        LEFT.iter().for_each(|(kind, name)| drop(state.seed(*kind, name, &state.own_project())));
    })
    .await;
    let before = cloud.inventory();
    // They were made just now.
    sweep(&cloud, "--older-than 1h --include-upstream").run().await.assert_code(0);
    sweep(&cloud, "--older-than 1h").run().await.assert_code(0);
    assert_eq!(cloud.inventory(), before);
    sweep(&cloud, "--include-upstream").run().await.assert_code(0);
    let mut missing = missing(&before, &cloud.inventory());
    missing.sort();
    let mut expected = LEFT.map(|(kind, name)| (kind, name.to_owned()));
    expected.sort();
    assert_eq!(missing, expected);
}

#[tokio::test]
async fn two_runs_at_once_do_not_disturb_each_other() {
    let cloud = cloud(crowded).await;
    let before = cloud.inventory();
    let (one, other) = tokio::join!(Trial::of_all().run(&cloud), Trial::of_all().run(&cloud));
    for outcome in [&one, &other] {
        assert!(outcome.verdicts().iter().all(|(_, verdict, _)| *verdict == Verdict::Pass), "{:?}", outcome.verdicts());
    }
    let run = |outcome: &crate::simulated::Outcome| outcome.report.changes.as_ref().unwrap().run.clone();
    assert_ne!(run(&one), run(&other));
    assert_eq!(cloud.inventory(), before);
}
