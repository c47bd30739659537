//! A run that is killed at any of its requests leaves behind what `sweep` then removes.

use super::bench::{EXPERIMENTS, asked, cloud, files};
use crate::program::{LONGEST, Program};
use chrono::Datelike;
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_simcloud::{Failure, Fault, SimCloud};
use std::path::Path;
use std::time::Duration;

fn check(cloud: &SimCloud, journals: &Path) -> Program {
    let program = Program::check(cloud, "--quiet --allow-changes --external-network public");
    let program = EXPERIMENTS
        .iter()
        .flat_map(|(_, ids)| ids.iter())
        .fold(program, |program, id| program.argument("--select").argument(id));
    program.argument("--journal").argument(journals)
}

async fn quick() -> SimCloud {
    cloud(|state| (state.steps, state.nova.console_steps) = (0, 0)).await
}

/// Waits until the fault has struck; or the run is over, if the order of its requests was another one.
async fn until_struck(cloud: &SimCloud, child: &mut tokio::process::Child) {
    let struck = async {
        while cloud.count(|record| !record.failures.is_empty()) == 0 && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LONGEST, struck).await.unwrap_or_else(|_| panic!("{:#?}", asked(cloud)));
}

/// As if the run had been killed long ago: nobody has to wait for what may still come.
pub fn age(journals: &Path) {
    let year = chrono::Utc::now().year();
    for name in files(journals) {
        let path = journals.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(&format!(r#""at":"{year}-"#), &format!(r#""at":"{}-"#, year - 1))).unwrap();
    }
}

async fn killed_and_swept(fault: Fault) {
    let cloud = quick().await;
    let before = cloud.inventory();
    let journals = tempfile::tempdir().unwrap();
    cloud.plant(fault.clone());
    let mut running = check(&cloud, journals.path()).start();
    until_struck(&cloud, &mut running.child).await;
    running.child.kill().await.unwrap();
    let after = cloud.inventory();
    assert!(after == before || !files(journals.path()).is_empty(), "{fault:?}: no journal of {after:?}");
    age(journals.path());
    cloud.clear_faults();
    let sweep = Program::new("sweep iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap());
    let ended = sweep.argument("--journal").argument(journals.path()).run().await.assert_code(0);
    assert_eq!(cloud.inventory(), before, "{fault:?}: {}\n{}\n{:#?}", ended.stdout, ended.stderr, asked(&cloud));
    assert!(files(journals.path()).is_empty(), "{fault:?}");
}

/// How many requests of a sort a run makes that nothing happens to.
async fn requests(sort: impl Fn(&scs_simcloud::RequestRecord) -> bool) -> u64 {
    let cloud = quick().await;
    let journals = tempfile::tempdir().unwrap();
    check(&cloud, journals.path()).run().await.assert_code(0);
    cloud.count(sort) as u64
}

/// Killed before the service has done anything, and after it has, but before it could say so.
#[rstest]
#[case::before(Fault::new(Failure::Hang))]
#[case::after_a_creation(Fault::new(Failure::Drip(100_000)).method("POST"))]
#[case::after_a_deletion(Fault::new(Failure::Drip(100_000)).method("DELETE"))]
#[case::after_a_change(Fault::new(Failure::Drip(100_000)).method("PUT"))]
#[tokio::test]
async fn whenever_a_run_is_killed_a_sweep_empties_the_cloud(#[case] fault: Fault) {
    let fits =
        |record: &scs_simcloud::RequestRecord| fault.method.as_ref().is_none_or(|method| *method == record.method);
    let requests = requests(fits).await;
    assert!(requests > 2);
    let runs = (1..=requests).map(|number| killed_and_swept(fault.clone().nth(number)));
    stream::iter(runs).buffer_unordered(6).for_each(|()| async {}).await;
}

/// What a service was still busy with when the run was killed is waited for.
#[tokio::test]
async fn a_sweep_right_after_the_kill_waits_for_what_may_still_come() {
    let cloud = quick().await;
    let before = cloud.inventory();
    let journals = tempfile::tempdir().unwrap();
    cloud.plant(Fault::new(Failure::Hang).method("POST").path("/secrets"));
    let mut running = check(&cloud, journals.path()).start();
    until_struck(&cloud, &mut running.child).await;
    running.child.kill().await.unwrap();
    cloud.clear_faults();
    let run = files(journals.path())[0].replace(".journal", "");
    let name = format!("_scs-{run}-secret");
    let late = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        cloud.update(|state| state.seed(scs_simcloud::Kind::Secret, &name, &state.own_project()));
    };
    let sweep = Program::new("sweep iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap());
    let (ended, ()) = tokio::join!(sweep.argument("--journal").argument(journals.path()).run(), late);
    let ended = ended.assert_code(0);
    assert!(ended.stdout.contains(&name), "{}", ended.stdout);
    assert_eq!(cloud.inventory(), before);
}
