//! Two hundred runs on clouds that fail by chance.
//!
//! ```text
//! cargo test --test changes -- --ignored --exact soak::two_hundred_runs --nocapture
//! ```

use super::bench::{Trial, cloud, impatient};
use scs_checks::verdict::Verdict;
use scs_simcloud::{Failure, Fault};
use std::fs;

const RUNS: u64 = 200;
/// From here on nothing may grow.
const WARM: u64 = 50;
/// Faults of a thousand requests.
const PER_MILLE: u16 = 50;

fn failures() -> Vec<Failure> {
    let mut all: Vec<Failure> = [500, 503, 409].map(Failure::status).into();
    all.extend([500, 504].map(Failure::answer_status));
    all.extend([Failure::Hang, Failure::Reset, Failure::LostAnswer, Failure::Truncate, Failure::Html]);
    all.push(Failure::RetryAfter { status: 429, after: "0".to_owned() });
    all
}

/// Reads the memory of this process in KiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

#[derive(Debug, Default)]
struct Tally {
    requests: usize,
    faults: usize,
    pass: usize,
    abort: usize,
    residue: usize,
}

/// Tries one run, and adds what came of it.
async fn soaked(seed: u64, tally: &mut Tally) {
    let cloud = cloud(|state| state.seed_all("somebody's", &state.own_project())).await;
    let before = cloud.inventory();
    cloud.plant(Fault::new(Failure::OneOf(failures())).random(PER_MILLE, seed));
    let outcome = Trial { limits: impatient(), ..Trial::of_all() }.run(&cloud).await;
    let what = format!("seed {seed}");
    outcome.assert_accounted_for(&before, &cloud, &what);
    outcome.assert_no_pass_without_facts(&what);
    for (id, verdict, why) in outcome.verdicts() {
        match verdict {
            Verdict::Pass => tally.pass += 1,
            Verdict::Abort => tally.abort += 1,
            _ => panic!("{what}: {id} is {verdict}: {why}"),
        }
    }
    tally.requests += cloud.requests().len();
    tally.faults += cloud.count(|record| !record.failures.is_empty());
    tally.residue += outcome.residue().len();
}

#[tokio::test]
#[ignore = "takes minutes; see above"]
async fn two_hundred_runs() {
    let mut tally = Tally::default();
    let mut warm = (0, 0);
    for seed in 0..RUNS {
        soaked(seed, &mut tally).await;
        if seed + 1 == WARM {
            warm = (memory(), open_files());
        }
    }
    let end = (memory(), open_files());
    println!("{tally:?}; memory in KiB and open files after {WARM} runs: {warm:?}, after {RUNS}: {end:?}");
    assert!(tally.pass > tally.abort && tally.faults > 0);
    assert!(end.0 < warm.0 + warm.0 / 5, "memory grows: {warm:?}, {end:?}");
    assert!(end.1 <= warm.1 + 5, "open files grow: {warm:?}, {end:?}");
}
