//! Sweeps. Whatever goes wrong while sweeping, it says that the cloud is clean only if it is.

use super::bench::cloud;
use crate::program::Program;
use crate::simulated::asked;
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_simcloud::{Failure, Fault, SimCloud};

const OURS: &str = "_scs-20201120t153045-k3f9-thing";

fn failures() -> Vec<Failure> {
    let mut all: Vec<Failure> = [500, 403, 409].map(Failure::status).into();
    all.push(Failure::answer_status(500));
    all.extend([Failure::LostAnswer, Failure::Truncate, Failure::Html, Failure::Reset]);
    all
}

fn sweep(cloud: &SimCloud) -> Program {
    Program::new("sweep iaas --cloud sim --older-than 1h --limit 5s").clouds(&cloud.clouds_yaml("sim").unwrap())
}

/// Starts a cloud with something of ours and something foreign of every kind.
async fn littered() -> SimCloud {
    cloud(|state| {
        let own = state.own_project();
        state.steps = 0;
        state.seed_all("somebody's", &own);
        state.seed_all(OURS, &own);
    })
    .await
}

async fn disturbed(number: u64, failure: Failure) {
    let cloud = littered().await;
    let before = cloud.inventory();
    let foreign: Vec<_> = before.iter().filter(|item| item.name != OURS).cloned().collect();
    cloud.plant(Fault::new(failure.clone()).nth(number));
    let what = format!("{failure:?} at request {number}");
    let ended = sweep(&cloud).run().await;
    let after = cloud.inventory();
    match ended.code {
        Some(0) => assert_eq!(after, foreign, "{what}: {}\n{:#?}", ended.stdout, asked(&cloud)),
        Some(3 | 4) => assert!(!ended.stderr.is_empty(), "{what}"),
        code => panic!("{what}: {code:?}"),
    }
    assert!(foreign.iter().all(|item| after.contains(item)), "{what}: something foreign is gone");
    cloud.clear_faults();
    sweep(&cloud).run().await.assert_code(0);
    assert_eq!(cloud.inventory(), foreign, "{what}");
}

/// Each request meets a quarter of the failures, and each failure a quarter of the requests; the requests are shared out to
/// four tests.
#[rstest]
#[tokio::test]
async fn a_fault_while_sweeping_costs_at_most_another_sweep(#[values(0, 1, 2, 3)] share: usize) {
    let cloud = littered().await;
    sweep(&cloud).run().await.assert_code(0);
    let requests = cloud.requests().len();
    assert!(requests > 40, "{requests}");
    let all = failures();
    let chosen = (0..requests).filter(|index| index % 4 == share).flat_map(|index| {
        let failure = |step: usize| all[(index + step) % all.len()].clone();
        [(index as u64 + 1, failure(0)), (index as u64 + 1, failure(all.len() / 2))]
    });
    let chosen: Vec<_> = chosen.collect();
    let runs = chosen.into_iter().map(|(number, failure)| disturbed(number, failure));
    stream::iter(runs).buffer_unordered(4).for_each(|()| async {}).await;
}
