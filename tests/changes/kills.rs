//! A run that is killed at any of its requests leaves behind what `sweep` then removes, in clouds and in clusters.

use crate::bench::{self, EXPERIMENTS};
use crate::cluster;
use crate::program::{Program, files_in};
use crate::simulated::{Inventory, asked, until_struck};
use chrono::Datelike;
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_simcloud::kubernetes::SimCluster;
use scs_simcloud::{Failure, Fault, RequestRecord, SimCloud, Simulator};
use std::path::Path;

/// The tests that the requests of a run are shared out to.
const SHARES: u64 = 4;

/// A subject whose runs are killed, and swept afterwards.
pub trait Killable: Inventory {
    /// The exit code of a run that is not killed.
    const CODE: i32;

    /// Returns the command that makes every experiment.
    fn check(&self) -> Program;

    /// Returns the command that removes what is left.
    fn sweep(&self) -> Program;
}

impl Killable for SimCloud {
    const CODE: i32 = 0;

    fn check(&self) -> Program {
        let testcases = EXPERIMENTS.iter().flat_map(|(_, ids)| ids.iter());
        let program = Program::check(self, "--quiet --allow-changes --external-network public");
        testcases.fold(program, |program, id| program.argument("--select").argument(id))
    }

    fn sweep(&self) -> Program {
        Program::new("sweep iaas --cloud sim").clouds(&self.clouds_yaml("sim").unwrap())
    }
}

impl Killable for SimCluster {
    // Undecided, as a few testcases of many are selected.
    const CODE: i32 = 3;

    fn check(&self) -> Program {
        cluster::bench::check(self)
    }

    fn sweep(&self) -> Program {
        Program::new("sweep kaas --kubeconfig k.yaml").file("k.yaml", self.kubeconfig().unwrap())
    }
}

/// Starts a cloud in which everything is done at once.
pub async fn quick_cloud() -> SimCloud {
    bench::cloud(|state| (state.steps, state.nova.console_steps) = (0, 0)).await
}

/// Starts a cluster in which everything is done at once.
async fn quick_cluster() -> SimCluster {
    cluster::bench::cluster(|state| state.steps = 0).await
}

/// Makes journals look as if their run had been killed long ago: then nothing can still come that a sweep would wait for.
pub fn age(journals: &Path) {
    let year = chrono::Utc::now().year();
    for name in files_in(journals) {
        let path = journals.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(&format!(r#""at":"{year}-"#), &format!(r#""at":"{}-"#, year - 1))).unwrap();
    }
}

/// Starts a run, and kills it when the fault has struck.
pub async fn kill<W>(subject: &Simulator<W>, fault: Fault, journals: &Path)
where
    Simulator<W>: Killable,
{
    subject.plant(fault);
    let mut running = subject.check().argument("--journal").argument(journals).start();
    until_struck(subject, &mut running.child).await;
    running.child.kill().await.unwrap();
}

async fn killed_and_swept<W>(start: impl AsyncFn() -> Simulator<W>, fault: Fault)
where
    Simulator<W>: Killable,
{
    let subject = start().await;
    let before = subject.items();
    let journals = tempfile::tempdir().unwrap();
    kill(&subject, fault.clone(), journals.path()).await;
    let after = subject.items();
    assert!(after == before || !files_in(journals.path()).is_empty(), "{fault:?}: no journal of {after:?}");
    age(journals.path());
    subject.clear_faults();
    let ended = subject.sweep().argument("--journal").argument(journals.path()).run().await.assert_code(0);
    assert_eq!(subject.items(), before, "{fault:?}: {}\n{}\n{:#?}", ended.stdout, ended.stderr, asked(&subject));
    assert!(files_in(journals.path()).is_empty(), "{fault:?}");
}

/// Returns the number of requests that this fault could strike in a run without faults.
async fn requests<W>(start: impl AsyncFn() -> Simulator<W>, fault: &Fault) -> u64
where
    Simulator<W>: Killable,
{
    let subject = start().await;
    let journals = tempfile::tempdir().unwrap();
    let program = subject.check().argument("--journal").argument(journals.path());
    program.run().await.assert_code(Simulator::<W>::CODE);
    let fits = |record: &RequestRecord| fault.method.as_ref().is_none_or(|method| *method == record.method);
    subject.count(fits) as u64
}

async fn killed_at_a_share_of_all_requests<W>(start: impl AsyncFn() -> Simulator<W>, fault: Fault, share: u64)
where
    Simulator<W>: Killable,
{
    let requests = requests(&start, &fault).await;
    assert!(requests > 2);
    println!("{requests} requests, every {SHARES}th from {} on with {fault:?}", share + 1);
    let numbers = (1..=requests).filter(|number| number % SHARES == share);
    let runs = numbers.map(|number| killed_and_swept(&start, fault.clone().nth(number)));
    stream::iter(runs).buffer_unordered(6).for_each(|()| async {}).await;
}

/// Killed before the service has done anything, and after it has, but before it could say so.
#[rstest]
#[case::before(Fault::new(Failure::Hang))]
#[case::after_a_creation(Fault::new(Failure::Drip(100_000)).method("POST"))]
#[case::after_a_deletion(Fault::new(Failure::Drip(100_000)).method("DELETE"))]
#[case::after_a_change(Fault::new(Failure::Drip(100_000)).method("PUT"))]
#[tokio::test]
async fn a_sweep_empties_the_cloud_after_a_kill_at_any_request(#[case] fault: Fault, #[values(0, 1, 2, 3)] share: u64) {
    killed_at_a_share_of_all_requests(quick_cloud, fault, share).await;
}

#[rstest]
#[case::before(Fault::new(Failure::Hang))]
#[case::after_a_creation(Fault::new(Failure::Drip(100_000)).method("POST"))]
#[case::after_a_deletion(Fault::new(Failure::Drip(100_000)).method("DELETE"))]
#[tokio::test]
async fn a_sweep_empties_the_cluster_after_a_kill_at_any_request(
    #[case] fault: Fault,
    #[values(0, 1, 2, 3)] share: u64,
) {
    killed_at_a_share_of_all_requests(quick_cluster, fault, share).await;
}
