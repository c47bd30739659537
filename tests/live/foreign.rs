//! Foreign resources stay, however similar their names are; leftovers of today's suite are removed only on request.

use crate::project::{Inventory, Project, Thing};
use crate::scene::{Scene, names_all};
use serde_json::json;

/// Names that are nearly those of a run, or of today's suite.
const SIMILAR: [&str; 4] = ["_scs", "_scs-other", "scs-test-prod", "my_scs-20260101t000000-k3f9-volume"];
/// The same; a network costs nothing.
const MORE: [&str; 3] = ["_scs-20260101t000000-k3f9", "_scs-20260101t000000-K3F9-network", "_scs-0101-net2"];

/// Creates something of each of these kinds, as a user would have it.
async fn belongings(project: &Project) -> Inventory {
    let mut all = Inventory::new();
    for name in SIMILAR {
        all.insert(volume(project, name).await);
        all.insert(network(project, name).await);
        all.insert(project.create("security-group", json!({"name": name})).await);
        all.insert(secret(project, name).await);
    }
    for name in MORE {
        all.insert(network(project, name).await);
    }
    // The name is one of today's suite, but for volumes.
    all.insert(network(project, "scs-test-volume").await);
    all
}

async fn volume(project: &Project, name: &str) -> Thing {
    project.create("volume", json!({"name": name, "size": 1})).await
}

async fn network(project: &Project, name: &str) -> Thing {
    project.create("network", json!({"name": name})).await
}

async fn secret(project: &Project, name: &str) -> Thing {
    project.create("secret", json!({"name": name, "payload": "0", "payload_content_type": "text/plain"})).await
}

#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn similar_names_are_not_touched() {
    let scene = Scene::set().await;
    let belongings = belongings(&scene.project).await;
    scene.check(&[]).await.report_of(0);
    assert_eq!(scene.more().await, belongings, "after a run");
    for options in [&["--older-than=1h", "--include-upstream"][..], &["--include-upstream"], &["--older-than=1h"], &[]]
    {
        scene.sweep(options).await;
        assert_eq!(scene.more().await, belongings, "after sweep {options:?}");
    }
    scene.project.remove(&belongings).await;
    scene.assert_as_before("in the end").await;
}

/// Creates the leftovers of today's suite after a kill at the worst moment, with its fixed names.
async fn left_by_upstream(project: &Project) -> Inventory {
    let network = network(project, "_scs-0101-net").await;
    let subnet = json!({"name": "_scs-0101-subnet", "network_id": network.id, "ip_version": 4, "cidr": "10.1.0.0/24"});
    let subnet = project.create("subnet", subnet).await;
    let router = project.create("router", json!({"name": "_scs-0101-router"})).await;
    project.connect(&router, &subnet).await;
    let volume = volume(project, "scs-test-volume").await;
    let backup = project.create("backup", json!({"name": "scs-test-volume-backup", "volume_id": volume.id})).await;
    let group = project.create("security-group", json!({"name": "scs-test-default-sg"})).await;
    let secret = secret(project, "scs-member-role-test-secret").await;
    [network, subnet, router, volume, backup, group, secret].into()
}

#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn leftovers_of_todays_suite_are_removed_on_request() {
    let scene = Scene::set().await;
    let upstream = left_by_upstream(&scene.project).await;
    // An interface's port has no name, and goes with its router.
    let all = scene.more().await;
    assert_eq!(all.difference(&upstream).map(|thing| thing.kind).collect::<Vec<_>>(), ["port"]);
    let old = network(&scene.project, "_scs-20260101t000000-k3f9-network").await;
    scene.check(&[]).await.report_of(0);
    scene.sweep(&[]).await;
    let dry = scene.sweep(&["--older-than=1h", "--include-upstream", "--dry-run"]).await;
    assert!(dry.stdout.contains(&old.id) && !upstream.iter().any(|one| dry.stdout.contains(&one.id)), "{dry:#?}");
    assert_eq!(scene.more().await, &all | &Inventory::from([old.clone()]), "only shown");
    scene.sweep(&["--older-than=1h", "--include-upstream"]).await;
    assert_eq!(scene.more().await, all, "what is younger stays");
    let dry = scene.sweep(&["--include-upstream", "--dry-run"]).await;
    assert!(names_all(&dry.stdout, &upstream), "{dry:#?}");
    assert_eq!(scene.more().await, all, "only shown");
    let swept = scene.sweep(&["--include-upstream"]).await;
    assert!(names_all(&swept.stdout, &upstream), "{swept:#?}");
    scene.assert_as_before("in the end").await;
}
