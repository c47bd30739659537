//! Every failure at every request of every experiment, of clouds and of clusters: one test for each experiment and failure.

use crate::bench::{self, impatient};
use crate::cluster::bench as clusters;
use crate::simulated::{Inventory, Outcome, asked};
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_checks::verdict::Verdict;
use scs_simcloud::{Failure, Fault, Simulator};
use std::time::Duration;

/// An experiment, by its place in the list of those of clouds or of clusters.
#[derive(Clone, Copy)]
enum Experiment {
    Cloud(usize),
    /// A test server in a network with a router.
    CloudWithRouter,
    Cluster(usize),
}

impl Experiment {
    /// Makes the experiment with one fault; returns the number of requests.
    async fn disturbed(self, number: u64, failure: &Failure) -> u64 {
        match self {
            Self::Cloud(experiment) => disturbed_in_cloud(experiment, false, number, failure).await,
            Self::CloudWithRouter => disturbed_in_cloud(0, true, number, failure).await,
            Self::Cluster(experiment) => disturbed_in_cluster(experiment, number, failure).await,
        }
    }
}

/// Returns the subject with the fault planted, and what it had before.
fn planted<W>(
    subject: Simulator<W>,
    number: u64,
    failure: &Failure,
) -> (Simulator<W>, Vec<<Simulator<W> as Inventory>::Item>)
where
    Simulator<W>: Inventory,
{
    let before = subject.items();
    subject.plant(Fault::new(failure.clone()).nth(number));
    (subject, before)
}

async fn disturbed_in_cloud(experiment: usize, router: bool, number: u64, failure: &Failure) -> u64 {
    let (name, testcases) = bench::EXPERIMENTS[experiment];
    let cloud = bench::cloud(|state| state.seed_all("somebody's", &state.own_project())).await;
    let (cloud, before) = planted(cloud, number, failure);
    let mut trial = bench::Trial::of(testcases);
    trial.limits = impatient();
    trial.terms.external_network = router.then(|| "public".to_owned());
    let outcome = trial.run(&cloud).await;
    let what = format!("{name}, {failure:?} at request {number}");
    assert_holds(&outcome, &before, &cloud, &what);
    for (id, verdict, why) in outcome.verdicts() {
        let tolerable = match verdict {
            Verdict::Pass | Verdict::Abort => true,
            Verdict::Fail => may_fail(name, failure),
            Verdict::Miss => false,
        };
        assert!(tolerable, "{what}: {id} is {verdict}: {why}; {:#?}", asked(&cloud));
    }
    cloud.requests().len() as u64
}

async fn disturbed_in_cluster(experiment: usize, number: u64, failure: &Failure) -> u64 {
    let (name, fact) = clusters::EXPERIMENTS[experiment];
    let (cluster, before) = planted(clusters::cluster(|_| {}).await, number, failure);
    let mut trial = clusters::Trial::of(&[fact]);
    trial.limits = impatient();
    // A request that hangs must not take the time in which a policy has to have its effect.
    trial.terms.probe.settling = Duration::from_secs(3);
    let outcome = trial.run(&cluster).await;
    let what = format!("{name}, {failure:?} at request {number}");
    assert_holds(&outcome, &before, &cluster, &what);
    for (id, result) in &outcome.report.testcases {
        assert!(result.verdict != Verdict::Fail, "{what}: {id}: {result:?}; {:#?}", asked(&cluster));
    }
    cluster.requests().len() as u64
}

/// Asserts what holds of every run, whatever goes wrong.
fn assert_holds<W, Facts>(
    outcome: &Outcome<Facts>,
    before: &[<Simulator<W> as Inventory>::Item],
    subject: &Simulator<W>,
    what: &str,
) where
    Simulator<W>: Inventory,
{
    outcome.assert_accounted_for(before, subject, what);
    outcome.assert_no_pass_without_facts(what);
}

/// Returns true where the standard wants a member to be allowed something: being forbidden it is a violation.
fn may_fail(experiment: &str, failure: &Failure) -> bool {
    let forbidden = matches!(failure, Failure::Status { status: 403, .. });
    forbidden && matches!(experiment, "secret" | "backup" | "image")
}

#[rstest]
#[case::server(Experiment::Cloud(0))]
#[case::server_with_router(Experiment::CloudWithRouter)]
#[case::group(Experiment::Cloud(1))]
#[case::secret(Experiment::Cloud(2))]
#[case::backup(Experiment::Cloud(3))]
#[case::image(Experiment::Cloud(4))]
#[case::storage(Experiment::Cluster(0))]
#[case::privileged(Experiment::Cluster(1))]
#[case::policy(Experiment::Cluster(2))]
#[tokio::test]
async fn a_fault_at_any_request_leaves_nothing_unnamed(
    #[case] experiment: Experiment,
    #[values(
        Failure::status(500),
        Failure::status(409),
        Failure::status(403),
        Failure::answer_status(500),
        Failure::answer_status(504),
        Failure::Hang,
        Failure::Reset,
        Failure::LostAnswer,
        Failure::Truncate,
        Failure::Html,
        Failure::RetryAfter { status: 429, after: "0".to_owned() }
    )]
    failure: Failure,
) {
    let requests = experiment.disturbed(1, &Failure::Delay(0)).await;
    assert!(requests > 5, "{requests}");
    println!("{requests} requests, each once with {failure:?}");
    let runs = (1..=requests).map(|number| experiment.disturbed(number, &failure));
    stream::iter(runs).buffer_unordered(16).for_each(|_| async {}).await;
}
