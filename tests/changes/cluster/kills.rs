//! A run that is killed at any of its requests leaves behind what `sweep` then removes; signals end it cleanly.

use super::bench::{active, asked, cluster};
use crate::changes::bench::files;
use crate::changes::kills::age;
use crate::program::{LONGEST, Program};
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_simcloud::kubernetes::{PodCourse, PodEnd, SimCluster};
use scs_simcloud::{Failure, Fault};
use std::path::Path;
use std::time::Duration;

fn check(cluster: &SimCluster, journals: &Path) -> Program {
    Program::new("check kaas --kubeconfig k.yaml --quiet --allow-changes --settling 1s")
        .file("k.yaml", cluster.kubeconfig().unwrap())
        .arguments("--select scs-0211-* --select scs-0217-* --select scs-0219-network-policy-probe")
        .argument("--journal")
        .argument(journals)
}

fn sweep(cluster: &SimCluster, journals: &Path) -> Program {
    let program = Program::new("sweep kaas --kubeconfig k.yaml").file("k.yaml", cluster.kubeconfig().unwrap());
    program.argument("--journal").argument(journals)
}

async fn quick() -> SimCluster {
    cluster(|state| state.steps = 0).await
}

/// Waits until the fault has struck; or the run is over, if the order of its requests was another one.
async fn until_struck(cluster: &SimCluster, child: &mut tokio::process::Child) {
    let struck = async {
        while cluster.count(|record| !record.failures.is_empty()) == 0 && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LONGEST, struck).await.unwrap_or_else(|_| panic!("{:#?}", asked(cluster)));
}

async fn killed_and_swept(fault: Fault) {
    let cluster = quick().await;
    let before = cluster.inventory();
    let journals = tempfile::tempdir().unwrap();
    cluster.plant(fault.clone());
    let mut running = check(&cluster, journals.path()).start();
    until_struck(&cluster, &mut running.child).await;
    running.child.kill().await.unwrap();
    let after = cluster.inventory();
    assert!(after == before || !files(journals.path()).is_empty(), "{fault:?}: no journal of {after:?}");
    age(journals.path());
    cluster.clear_faults();
    let ended = sweep(&cluster, journals.path()).run().await.assert_code(0);
    assert_eq!(cluster.inventory(), before, "{fault:?}: {}\n{}\n{:#?}", ended.stdout, ended.stderr, asked(&cluster));
    assert!(files(journals.path()).is_empty(), "{fault:?}");
}

/// How many requests of a sort a run makes that nothing happens to.
async fn requests(sort: impl Fn(&scs_simcloud::RequestRecord) -> bool) -> u64 {
    let cluster = quick().await;
    let journals = tempfile::tempdir().unwrap();
    check(&cluster, journals.path()).run().await;
    cluster.count(sort) as u64
}

/// Killed before the server has done anything, and after it has, but before it could say so.
#[rstest]
#[case::before(Fault::new(Failure::Hang))]
#[case::after_a_creation(Fault::new(Failure::Drip(100_000)).method("POST"))]
#[case::after_a_deletion(Fault::new(Failure::Drip(100_000)).method("DELETE"))]
#[tokio::test]
async fn whenever_a_run_is_killed_a_sweep_empties_the_cluster(#[case] fault: Fault) {
    let fits =
        |record: &scs_simcloud::RequestRecord| fault.method.as_ref().is_none_or(|method| *method == record.method);
    let requests = requests(fits).await;
    assert!(requests > 2);
    let runs = (1..=requests).map(|number| killed_and_swept(fault.clone().nth(number)));
    stream::iter(runs).buffer_unordered(6).for_each(|()| async {}).await;
}

#[rstest]
#[case("INT", "Ctrl-C")]
#[case("TERM", "SIGTERM")]
#[tokio::test]
async fn a_signal_ends_a_run_with_everything_removed(#[case] signal: &str, #[case] why: &str) {
    let stuck = PodCourse { name: "-writer".to_owned(), end: PodEnd::Stuck, ..PodCourse::default() };
    let cluster = SimCluster::start(active(|state| state.pod_courses.insert(0, stuck))).await.unwrap();
    let before = cluster.inventory();
    let journals = tempfile::tempdir().unwrap();
    let running = check(&cluster, journals.path()).arguments("--output json=r.json").start();
    let waiting = async {
        let is_it = |record: &scs_simcloud::RequestRecord| record.method == "GET" && record.path().ends_with("-writer");
        while cluster.count(is_it) < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONGEST, waiting).await.unwrap_or_else(|_| panic!("{:#?}", asked(&cluster)));
    assert!(cluster.inventory().len() > before.len());
    running.signal(signal);
    let ended = running.ended().await.assert_code(3);
    assert_eq!(cluster.inventory(), before, "{}", ended.stderr);
    let report = ended.json("r.json");
    assert!(report["interrupted"]["message"].as_str().unwrap().contains(why), "{report}");
    assert!(report["changes"]["resources"].as_array().unwrap().iter().all(|made| made["left"].is_null()));
    assert!(files(journals.path()).is_empty());
}
