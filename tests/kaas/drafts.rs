//! Standards for clusters that no published scope includes, through the program: what whole clusters come to.

use super::conformant;
use crate::program::{Program, verdicts};
use rstest::rstest;
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use serde_json::Value;
use std::collections::BTreeMap;

const SELECTED: &str = "--select scs-0211-not-node-local --select scs-0214-worker-zones --select scs-0219-admin-policies \
                        --select scs-0219-gateway-api --select scs-0220-node-systems";

/// The day as which the run counts: within what is known of releases.
const DAY: &str = "2026-11-30";

/// Checks the drafts on a whole cluster.
async fn report(state: ClusterState) -> Value {
    let cluster = SimCluster::start(state).await.unwrap();
    let arguments = format!(
        "check kaas --scope-version next {SELECTED} --kubeconfig k.yaml --data none --date {DAY} --output json=-"
    );
    let ended = Program::new(&arguments).file("k.yaml", cluster.kubeconfig().unwrap()).run().await;
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

/// Returns the verdicts on what was selected, without what the ids begin with.
fn of_drafts(report: &Value) -> BTreeMap<String, String> {
    let selected = |id: &str| SELECTED.split_whitespace().any(|word| word == id);
    let short = |(id, verdict): (String, String)| (id["scs-0000-".len()..].to_owned(), verdict);
    verdicts(report).into_iter().filter(|(id, _)| selected(id)).map(short).collect()
}

fn expected(other: &[(&str, &str)]) -> BTreeMap<String, String> {
    let all = ["not-node-local", "worker-zones", "admin-policies", "gateway-api", "node-systems"];
    let mut verdicts: BTreeMap<String, String> = all.map(|id| (id.to_owned(), "PASS".to_owned())).into();
    verdicts.extend(other.iter().map(|(id, verdict)| ((*id).to_owned(), (*verdict).to_owned())));
    verdicts
}

#[rstest]
#[case::conformant("conformant", &[])]
#[case::typical("typical", &[("node-systems", "ABORT")])]
#[case::broken("broken", &[
    ("not-node-local", "FAIL"),
    ("worker-zones", "ABORT"),
    ("admin-policies", "FAIL"),
    ("gateway-api", "FAIL"),
    ("node-systems", "FAIL"),
])]
#[tokio::test]
async fn a_scenario_has_its_verdicts(#[case] name: &str, #[case] other: &[(&str, &str)]) {
    let state = ClusterState::scenario(name, DAY.parse().unwrap()).unwrap().unwrap();
    assert_eq!(of_drafts(&report(state).await), expected(other));
}

/// Old servers tell their groups one by one.
#[rstest]
#[case("v1.20.2")]
#[case("v1.28.0")]
#[tokio::test]
async fn older_discovery_shows_the_same(#[case] version: &str) {
    let state = conformant(|state| state.version = version.to_owned());
    assert_eq!(of_drafts(&report(state).await), expected(&[]));
}

/// Takes away the definition of a custom resource.
fn undefined(state: &mut ClusterState, name: &str) {
    state.objects_mut("customresourcedefinitions").retain(|one| one["metadata"]["name"] != name);
}

/// Each deviation changes its own verdict, and no other.
#[rstest]
#[case::no_routes(|state: &mut ClusterState| undefined(state, "httproutes.gateway.networking.k8s.io"), ("gateway-api", "FAIL"), "HTTPRoute")]
#[case::no_policies(
    |state: &mut ClusterState| undefined(state, "clusternetworkpolicies.policy.networking.k8s.io"),
    ("admin-policies", "FAIL"),
    "ClusterNetworkPolicy instead"
)]
#[case::old_node(|state: &mut ClusterState| state.nodes[4].os_image = Some("Ubuntu 23.10".into()), ("node-systems", "FAIL"), "worker-2")]
#[case::contract(|state: &mut ClusterState| state.nodes[4].os_image = Some("Ubuntu 20.04.6 LTS".into()), ("node-systems", "ABORT"), "for customers")]
#[case::silent_node(|state: &mut ClusterState| state.nodes[4].os_image = Some(String::new()), ("node-systems", "ABORT"), "worker-2 does not tell")]
#[case::one_zone(
    |state: &mut ClusterState| state.nodes.iter_mut().for_each(|node| drop(node.labels.insert("topology.kubernetes.io/zone".into(), "z".into()))),
    ("worker-zones", "FAIL"),
    "1 with 3 worker nodes: z"
)]
#[case::unknown_storage(
    |state: &mut ClusterState| state.storage_classes.iter_mut().for_each(|class| class.provisioner = "csi.acme.example".into()),
    ("not-node-local", "ABORT"),
    "csi.acme.example"
)]
#[tokio::test]
async fn a_deviation_changes_its_verdict(
    #[case] deviate: fn(&mut ClusterState),
    #[case] deviation: (&str, &str),
    #[case] words: &str,
) {
    let report = report(conformant(deviate)).await;
    assert_eq!(of_drafts(&report), expected(&[deviation]));
    let results = report["testcases"].as_object().unwrap();
    let (_, result) = results.iter().find(|(id, _)| id.ends_with(deviation.0)).unwrap();
    assert!(result.to_string().contains(words), "{result}");
}
