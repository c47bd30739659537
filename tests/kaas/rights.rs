//! Permissions: what is missing is named, and not asked in vain.

use super::{assert_refused, cluster, collected, collected_as, failed, known, loaded};
use rstest::rstest;
use scs_checks::facts::Slot;
use scs_checks::verdict::ReasonCode;
use scs_simcloud::kubernetes::Rule;
use scs_simcloud::{Failure, Fault};

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

#[rstest]
#[case("restricted")]
#[case("noaccess")]
#[tokio::test]
async fn a_missing_permission_is_named_and_nothing_is_asked_in_vain(#[case] user: &str) {
    let cluster = cluster(|_| {}).await;
    let collected = collected_as(&cluster, user).await;
    let facts = collected.facts.cluster().unwrap();
    let reasons = [
        (failed(&facts.nodes), "the permission to list nodes in the whole cluster is missing"),
        (failed(&facts.kubelet_configs), "the permission to list nodes in the whole cluster is missing"),
        (failed(&facts.open_ports), "the permission to list nodes in the whole cluster is missing"),
        (failed(&facts.storage_classes), "list storageclasses.storage.k8s.io in the whole cluster"),
        (failed(&facts.namespaces), "list namespaces in the whole cluster"),
        (failed(&facts.ingress_classes), "list ingressclasses.networking.k8s.io in the whole cluster"),
        (failed(&facts.api_server_flags), "list pods in the namespace kube-system"),
    ];
    for (reason, words) in reasons {
        assert_eq!(reason.code, ReasonCode::Forbidden);
        assert!(reason.message.contains(words) && reason.message.contains("doctor kaas"), "{}", reason.message);
    }
    assert!(known(&facts.policy_apis).0.iter().any(|api| api.kind == "NetworkPolicy"));
    assert!(collected.refused.is_none());
    let refused = cluster.count(|request| request.status == Some(403) && request.header("authorization").is_some());
    // The name of the account is not told to everybody by the simulation.
    assert_eq!(cluster.count(|request| request.target.contains("/nodes")), 0);
    assert!(refused <= 1, "{refused}");
}

#[tokio::test]
async fn settings_of_kubelets_take_a_permission_of_their_own() {
    let cluster = cluster(|state| {
        let rule =
            Rule { verbs: texts(&["list"]), groups: texts(&[""]), resources: texts(&["nodes"]), ..Rule::default() };
        state.user_mut("noaccess").unwrap().rules = vec![rule];
    })
    .await;
    let collected = collected_as(&cluster, "noaccess").await;
    assert_eq!(known(&collected.facts.cluster().unwrap().nodes).0.len(), 6);
    let reason = failed(&collected.facts.cluster().unwrap().kubelet_configs);
    assert!(reason.message.contains("the permission to get nodes/proxy in the whole cluster is missing"), "{reason:?}");
    assert_eq!(cluster.count(|request| request.target.contains("/proxy")), 0);
}

#[rstest]
#[case(Failure::Json(r#"{"status": {"resourceRules": [], "incomplete": true}}"#.to_owned()))]
#[case(Failure::Status { status: 403, headers: Vec::new(), body: String::new() })]
#[case(Failure::Status { status: 404, headers: Vec::new(), body: String::new() })]
#[tokio::test]
async fn without_a_review_of_permissions_requests_are_tried(#[case] failure: Failure) {
    let cluster = cluster(|_| {}).await;
    cluster.plant(Fault::new(failure).path("selfsubjectrulesreviews"));
    let all = collected_as(&cluster, "admin").await;
    assert_eq!(known(&all.facts.cluster().unwrap().nodes).0.len(), 6);
    let none = collected_as(&cluster, "noaccess").await;
    let reason = failed(&none.facts.cluster().unwrap().nodes);
    assert!(reason.message.contains("the permission to list nodes in the whole cluster is missing"), "{reason:?}");
    assert!(reason.message.contains("noaccess"), "the server says whom it means: {reason:?}");
}

#[tokio::test]
async fn a_version_that_may_not_be_read_is_a_missing_fact_only() {
    let cluster = cluster(|_| {}).await;
    let failure = Failure::Status { status: 403, headers: Vec::new(), body: String::new() };
    cluster.plant(Fault::new(failure).path("/version"));
    let collected = collected_as(&cluster, "admin").await;
    assert_eq!(failed(&collected.facts.cluster().unwrap().cluster_version).code, ReasonCode::Forbidden);
    assert!(matches!(collected.facts.cluster().unwrap().nodes, Slot::Known(_)));
}

#[tokio::test]
async fn missing_credentials_are_named() {
    let cluster = cluster(|_| {}).await;
    let kubeconfig = cluster.kubeconfig().unwrap();
    let mut config: serde_json::Value = serde_yaml::from_str(&kubeconfig).unwrap();
    for user in config["users"].as_array_mut().unwrap() {
        user["user"] = serde_json::json!({});
    }
    let collected = collected(loaded(&config.to_string())).await;
    assert_refused(&collected, ReasonCode::CredentialsRefused, &["holds no credentials"]);
}
