//! Resources that are there before the client comes, and how a scenario file says so.

use crate::support::{conformant, start, today};
use scs_simcloud::{Kind, State, Task};

const LISTS: [(&str, &str); 12] = [
    ("/compute/v2.1/servers/detail", "servers"),
    ("/compute/v2.1/os-keypairs", "keypairs"),
    ("/volume/v3/{project}/volumes/detail", "volumes"),
    ("/volume/v3/{project}/snapshots/detail", "snapshots"),
    ("/volume/v3/{project}/backups/detail", "backups"),
    ("/image/v2/images?visibility=private", "images"),
    ("/key-manager/v1/secrets", "secrets"),
    ("/network/v2.0/networks?router:external=false", "networks"),
    ("/network/v2.0/subnets", "subnets"),
    ("/network/v2.0/routers", "routers"),
    ("/network/v2.0/ports", "ports"),
    ("/network/v2.0/floatingips", "floatingips"),
];

#[tokio::test]
async fn a_project_sees_its_own_and_no_others() {
    let mut state = conformant();
    let (own, other) = (state.own_project(), state.other_project());
    let empty = start(state.clone()).await.sim.inventory().len();
    state.seed_all("_scs-mine", &own);
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Keypair) {
        state.seed(kind, "_scs-other", &other);
    }
    let cloud = start(state).await;
    let member = cloud.member().await;
    assert_eq!(cloud.sim.inventory().len(), empty + 25);
    for (path, key) in LISTS {
        let list = member.get(path).await;
        let items = list.json()[key].as_array().unwrap_or_else(|| panic!("{path}: {}", list.text)).clone();
        assert_eq!(items.len(), 1, "{path}: {}", list.text);
        assert!(list.text.contains("_scs-mine") && !list.text.contains("_scs-other"), "{path}: {}", list.text);
    }
    let groups = member.get("/network/v2.0/security-groups").await;
    assert_eq!(groups.json()["security_groups"].as_array().unwrap().len(), 2, "with the default one");
}

#[tokio::test]
async fn a_scenario_may_name_resources_and_courses() {
    let yaml = "
console: hello
steps: 0
courses:
  - {task: volume-create, name: bad, end: {fails: no host}}
  - {task: server-create, end: never}
quotas: {volumes: 3}
resources:
  volumes:
    - {id: v1, name: scs-test-prod, project: somebody, size: 3}
faults:
  - {method: POST, times: {random: {per_mille: 50, seed: 7}}, what: {one-of: [reset, {answer-status: {status: 500}}]}}
";
    let state = State::from_yaml(yaml, today()).unwrap();
    assert_eq!((state.console.as_str(), state.steps, state.quotas.volumes), ("hello", 0, 3));
    assert_eq!(state.courses[0].task, Task::VolumeCreate);
    assert_eq!(state.resources.volumes[0].status, "available");
    assert_eq!(state.resources.networks.len(), 1, "the one of the operator stays");
    let again = State::from_yaml(&state.to_yaml().unwrap(), today()).unwrap();
    assert_eq!(again.resources, state.resources);
    assert_eq!(again.faults, state.faults);
}
