//! Runs that do not get to their end: killed, stopped, stopped twice. Afterwards nothing is left, or it is named and
//! `sweep` takes it away.

use crate::project::Inventory;
use crate::scene::{Scene, names_all};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::Duration;

/// The number of times a run is killed.
const KILLS: u32 = 10;

/// Killed at a random moment of each tenth of its length. `SCS_LIVE_SEED` repeats the moments of another time.
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn a_run_that_was_killed_is_swept_up() {
    let scene = Scene::set().await;
    let seed = std::env::var("SCS_LIVE_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    println!("SCS_LIVE_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let whole = scene.check(&[]).await;
    whole.report_of(0);
    let mut length = whole.took;
    let (mut kills, mut left_something) = (0, 0);
    while kills < KILLS {
        let moment = length.mul_f64((f64::from(kills) + random.random_range(0.0..1.0)) / f64::from(KILLS));
        let mut running = scene.start_check("scs-lab", &[]);
        tokio::time::sleep(moment).await;
        if !running.runs() {
            // The machine has less to do than before.
            length = running.ended().await.took;
            continue;
        }
        running.signal("KILL");
        assert_eq!(running.ended().await.code, None, "it was killed");
        kills += 1;
        let more = scene.more().await;
        left_something += u32::from(!more.is_empty());
        let swept = scene.sweep(&[]).await;
        println!(
            "after {:.1} s: {} left, swept in {:.1} s",
            moment.as_secs_f64(),
            more.len(),
            swept.took.as_secs_f64()
        );
        scene.assert_as_before(&format!("killed after {moment:?}")).await;
    }
    assert!(left_something >= KILLS / 2, "only {left_something} of {KILLS} kills left anything to sweep");
}

/// Waits until the run has a server and a backup.
async fn until_in_the_middle(scene: &Scene) {
    let has_both = |more: &Inventory| ["server", "backup"].iter().all(|kind| more.iter().any(|one| one.kind == *kind));
    let in_the_middle = async {
        while !has_both(&scene.more().await) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), in_the_middle).await.expect("a server and a backup");
}

#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn a_run_that_is_stopped_cleans_up() {
    let scene = Scene::set().await;
    let running = scene.start_check("scs-lab", &[]);
    until_in_the_middle(&scene).await;
    running.signal("TERM");
    let ended = running.ended().await;
    let report = ended.report_of(3);
    assert!(report.interrupted.as_ref().unwrap().message.contains("SIGTERM"), "{report:?}");
    assert!(report.residue().next().is_none(), "{:?}", report.changes);
    scene.assert_as_before("after the run").await;
}

/// A second signal ends the cleanup: everything that is left is named, with the command that removes it.
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn a_second_signal_names_the_residue() {
    let scene = Scene::set().await;
    let running = scene.start_check("scs-lab", &[]);
    until_in_the_middle(&scene).await;
    running.signal("INT");
    tokio::time::sleep(Duration::from_millis(300)).await;
    running.signal("INT");
    let ended = running.ended().await;
    let report = ended.report_of(4);
    let left = scene.more().await;
    assert!(!left.is_empty(), "{ended:#?}");
    assert!(names_all(&ended.stderr, &left), "{left:#?}, {}", ended.stderr);
    let run = &report.changes.as_ref().unwrap().run;
    let command = format!("--run {run}");
    assert!(ended.stderr.contains(&command) && ended.stdout.contains(&command), "{ended:#?}");
    assert_eq!(scene.journals().len(), 1);
    let dry = scene.sweep(&["--dry-run"]).await;
    assert!(dry.stdout.contains(&format!("_scs-{run}-")), "{dry:#?}");
    scene.sweep(&["--run", run]).await;
    scene.assert_as_before("after sweep").await;
}
