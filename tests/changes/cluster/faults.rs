//! Every fault at every request of every experiment.

use super::bench::{EXPERIMENTS, Outcome, Trial, asked, cluster};
use crate::changes::bench::impatient;
use crate::changes::faults::failures;
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_checks::verdict::Verdict;
use scs_simcloud::kubernetes::{ClusterItem, SimCluster};
use scs_simcloud::{Failure, Fault};
use std::time::Duration;

fn check(what: &str, before: &[ClusterItem], cluster: &SimCluster, outcome: &Outcome) {
    outcome.assert_accounted_for(before, cluster, what);
    outcome.assert_no_pass_without_facts(what);
    for (id, result) in &outcome.report.testcases {
        assert!(result.verdict != Verdict::Fail, "{what}: {id}: {result:?}; {:#?}", asked(cluster));
    }
}

/// A run with one fault; the number of requests that it made.
async fn disturbed(experiment: usize, number: u64, failure: Failure) -> usize {
    let (name, fact) = EXPERIMENTS[experiment];
    let cluster = cluster(|_| {}).await;
    let before = cluster.inventory();
    cluster.plant(Fault::new(failure.clone()).nth(number));
    let mut trial = Trial::of(&[fact]);
    trial.limits = impatient();
    // A request that hangs must not take the time in which a policy has to have its effect.
    trial.terms.probe.settling = Duration::from_secs(3);
    let outcome = trial.run(&cluster).await;
    check(&format!("{name}, {failure:?} at request {number}"), &before, &cluster, &outcome);
    cluster.requests().len()
}

#[rstest]
#[case::storage(0)]
#[case::privileged(1)]
#[case::policy(2)]
#[tokio::test]
async fn whatever_goes_wrong_nothing_is_lost(#[case] experiment: usize) {
    let requests = disturbed(experiment, 1, Failure::Delay(0)).await as u64;
    assert!(requests > 5, "{requests}");
    let faults = (1..=requests).flat_map(|number| failures().into_iter().map(move |failure| (number, failure)));
    let runs = faults.map(|(number, failure)| disturbed(experiment, number, failure));
    stream::iter(runs).buffer_unordered(6).for_each(|_| async {}).await;
}
