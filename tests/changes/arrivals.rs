//! What a service still makes after its run was killed.
//!
//! The test waits for half a minute; tests start in the order of their names, so here it is not the tail of all.

use crate::kills::{Killable, kill, quick_cloud};
use crate::program::files_in;
use scs_simcloud::{Failure, Fault, Kind};
use std::time::Duration;

/// A service may still be busy with a request of the run that was killed.
#[tokio::test]
async fn sweep_right_after_the_kill_waits_for_late_resources() {
    let cloud = quick_cloud().await;
    let before = cloud.inventory();
    let journals = tempfile::tempdir().unwrap();
    kill(&cloud, Fault::new(Failure::Hang).method("POST").path("/secrets"), journals.path()).await;
    cloud.clear_faults();
    let run = files_in(journals.path())[0].replace(".journal", "");
    let name = format!("_scs-{run}-secret");
    let late = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        cloud.update(|state| state.seed(Kind::Secret, &name, &state.own_project()));
    };
    let (ended, ()) = tokio::join!(cloud.sweep().argument("--journal").argument(journals.path()).run(), late);
    let ended = ended.assert_code(0);
    assert!(ended.stdout.contains(&name), "{}", ended.stdout);
    assert_eq!(cloud.inventory(), before);
}
