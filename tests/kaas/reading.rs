//! Reading of a cluster: the facts, the number of requests, and that nothing is changed.

use super::{cluster, collected, collected_as, collected_within, conformant, failed, known, loaded};
use crate::support::hasty;
use rstest::rstest;
use scs_checks::facts::{KubeletSettings, Node, Slot};
use scs_checks::verdict::ReasonCode;
use scs_reports::SubjectState;
use scs_reports::judge::Recording;
use scs_simcloud::kubernetes::{Anonymous, Kubelet, SimCluster};
use scs_simcloud::{Failure, Fault};
use std::time::Duration;

#[rstest]
#[case("v1.20.2")]
#[case("v1.34.2")]
#[case("v1.36.4+vendor")]
#[tokio::test]
async fn a_cluster_shows_everything_in_few_requests(#[case] version: &str) {
    let cluster = cluster(|state| state.version = version.to_owned()).await;
    let collected = collected_as(&cluster, "admin").await;
    let facts = collected.facts.cluster().unwrap();
    assert_eq!(collected.subject.state, SubjectState::Tested);
    assert_eq!(collected.subject.details["version"], version);
    assert_eq!(known(&facts.cluster_version).git_version, version);
    assert!(known(&facts.kubernetes_world).releases.iter().any(|release| release.version.ends_with("1.34.2")));
    assert_eq!(known(&facts.nodes).0.len(), 6);
    assert!(
        known(&facts.nodes).0.iter().all(|node| node.ready && !node.unschedulable && node.kubelet_version == version)
    );
    assert_eq!(known(&facts.storage_classes).0.len(), 2);
    assert!(known(&facts.namespaces).0.iter().any(|namespace| namespace.name == "kube-system"));
    assert_eq!(known(&facts.ingress_classes).0[0].controller, "k8s.io/ingress-nginx");
    let system = |node: &Node| node.os_image.as_deref() == Some("Debian GNU/Linux 12 (bookworm)");
    assert!(known(&facts.nodes).0.iter().all(system));
    for (kind, version) in [("NetworkPolicy", "v1"), ("ClusterNetworkPolicy", "v1alpha2"), ("HTTPRoute", "v1")] {
        assert!(known(&facts.policy_apis).0.iter().any(|api| api.kind == kind && api.version == version), "{kind}");
    }
    assert_eq!(known(&facts.api_server_flags).0.len(), 3);
    assert!(known(&facts.api_server_flags).0[0].flag("authorization-mode").is_some());
    assert_eq!(known(&facts.kubelet_configs).0.len(), 6);
    assert!(known(&facts.kubelet_configs).0.iter().all(|kubelet| matches!(
        &kubelet.config,
        KubeletSettings::Read { authorization_mode: Some(mode), .. } if mode == "Webhook"
    )));
    assert!(matches!(facts.open_ports, Slot::Absent(_)), "{:?}", facts.open_ports);
    let requests = cluster.requests();
    assert!(requests.len() <= 13 + 6, "{}: {requests:#?}", requests.len());
    let is_review = |target: &str| target.contains("/selfsubject") && target.ends_with("reviews");
    for request in &requests {
        assert!(request.method == "GET" || request.method == "POST" && is_review(&request.target), "{request:?}");
    }
    assert!(requests.iter().all(|request| !request.target.contains("/pods") || request.target.contains("kube-system")));
}

#[tokio::test]
async fn a_recording_holds_no_token_and_is_read_again() {
    let cluster = cluster(|_| {}).await;
    let recording = Recording::of(collected_as(&cluster, "admin").await, crate::support::tool()).to_json().unwrap();
    assert!(!recording.contains("sim-token") && recording.contains("cp-1"), "{recording}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.json");
    std::fs::write(&path, &recording).unwrap();
    assert_eq!(crate::support::recording(&path).unwrap().to_json().unwrap(), recording);
}

#[tokio::test]
async fn a_hosted_control_plane_shows_no_flags() {
    let cluster = cluster(|state| state.hosted()).await;
    let collected = collected_as(&cluster, "admin").await;
    assert!(matches!(collected.facts.cluster().unwrap().api_server_flags, Slot::Absent(_)));
    assert_eq!(known(&collected.facts.cluster().unwrap().nodes).0.len(), 3);
}

#[rstest]
#[case(Anonymous::Refused, 401, 401)]
#[case(Anonymous::PublicInfo, 403, 403)]
#[case(Anonymous::Reads, 200, 200)]
#[tokio::test]
async fn anonymous_request_gets_the_configured_status(
    #[case] anonymous: Anonymous,
    #[case] api: u16,
    #[case] list: u16,
) {
    let cluster = cluster(|state| state.anonymous = anonymous).await;
    let collected = collected_as(&cluster, "admin").await;
    let answers = &known(&collected.facts.cluster().unwrap().api_server).anonymous;
    let statuses: Vec<_> = answers.iter().map(|answer| (answer.path.as_str(), answer.status)).collect();
    assert_eq!(statuses, [("/api", Some(api)), ("/api/v1/namespaces", Some(list))]);
    let sent = cluster.requests();
    let bare: Vec<_> = sent.iter().filter(|request| request.header("authorization").is_none()).collect();
    assert_eq!(bare.len(), 2, "{bare:?}");
}

#[rstest]
#[case(Kubelet::Refuses, ReasonCode::Forbidden)]
#[case(Kubelet::Unreachable, ReasonCode::RequestFailed)]
#[case(Kubelet::Silent, ReasonCode::Unreachable)]
#[tokio::test]
async fn a_kubelet_that_says_nothing_is_unknown_and_no_other_is(#[case] kubelet: Kubelet, #[case] code: ReasonCode) {
    let cluster = cluster(|state| state.node_mut("worker-2").unwrap().kubelet = kubelet).await;
    let limits = scs_subjects::openstack::Limits { attempt_timeout: Duration::from_millis(500), ..hasty() };
    let loaded = loaded(&cluster.kubeconfig().unwrap());
    let collected = collected_within(loaded, Duration::from_secs(60), limits).await;
    for kubelet in &known(&collected.facts.cluster().unwrap().kubelet_configs).0 {
        match &kubelet.config {
            KubeletSettings::Unreadable(reason) => assert_eq!((kubelet.node.as_str(), reason.code), ("worker-2", code)),
            KubeletSettings::Read { .. } => assert_ne!(kubelet.node, "worker-2"),
        }
    }
    let asked = cluster.count(|request| request.target.contains("/worker-2/proxy"));
    assert_eq!(asked, 1, "a node that is gone is not asked again");
}

#[tokio::test]
async fn a_hanging_request_does_not_affect_other_facts() {
    let cluster = cluster(|_| {}).await;
    cluster.plant(Fault::new(Failure::Hang).path("/storageclasses"));
    let loaded = loaded(&cluster.kubeconfig().unwrap());
    let collected = collected_within(loaded, Duration::from_secs(2), hasty()).await;
    assert_eq!(failed(&collected.facts.cluster().unwrap().storage_classes).code, ReasonCode::Interrupted);
    assert_eq!(known(&collected.facts.cluster().unwrap().nodes).0.len(), 6);
    assert!(collected.interrupted.is_some() && collected.refused.is_none());
}

#[tokio::test]
async fn a_cluster_that_is_slowed_down_is_asked_again() {
    let cluster = cluster(|_| {}).await;
    let refusal = Failure::RetryAfter { status: 429, after: "0".to_owned() };
    cluster.plant(Fault { times: scs_simcloud::Times::First(2), ..Fault::new(refusal).path("/api/v1/nodes?") });
    let collected = collected_as(&cluster, "admin").await;
    assert_eq!(known(&collected.facts.cluster().unwrap().nodes).0.len(), 6);
    let record = &collected.records[&scs_checks::facts::FactKind::Nodes];
    assert_eq!(record.requests.iter().map(|request| request.attempts).collect::<Vec<_>>(), [3]);
    assert!(record.requests[0].request_id.is_some(), "the audit id tells the operator where to look");
}

#[tokio::test]
async fn a_path_before_the_api_is_kept() {
    let cluster = cluster(|_| {}).await;
    let kubeconfig =
        cluster.kubeconfig().unwrap().replace(cluster.base_url(), &format!("{}/k8s/clusters/c-1", cluster.base_url()));
    let collected = collected(loaded(&kubeconfig)).await;
    assert!(collected.refused.is_some());
    assert_eq!(cluster.requests()[0].target.split('/').take(4).collect::<Vec<_>>(), ["", "k8s", "clusters", "c-1"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_credential_plugin_lets_us_in() {
    let state = conformant(|_| {});
    let token = state.users[0].token.clone();
    let cluster = SimCluster::start(state).await.unwrap();
    let mut config: serde_json::Value = serde_yaml::from_str(&cluster.kubeconfig().unwrap()).unwrap();
    let version = "client.authentication.k8s.io/v1";
    let answer = serde_json::json!({"kind": "ExecCredential", "apiVersion": version, "status": {"token": token}});
    let plugin = serde_json::json!({"exec": {
        "apiVersion": version, "command": "printf", "args": ["%s", answer.to_string()], "interactiveMode": "Never",
    }});
    for user in config["users"].as_array_mut().unwrap() {
        user["user"] = plugin.clone();
    }
    let collected = collected(loaded(&config.to_string())).await;
    assert_eq!(known(&collected.facts.cluster().unwrap().nodes).0.len(), 6);
}

#[rstest]
#[case("")]
#[case("\n")]
#[tokio::test]
async fn a_token_may_stand_in_a_file_with_or_without_the_end_of_a_line(#[case] end: &str) {
    let cluster = cluster(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, format!("{}{end}", cluster.state().users[0].token)).unwrap();
    let mut config: serde_json::Value = serde_yaml::from_str(&cluster.kubeconfig().unwrap()).unwrap();
    config["users"][0]["user"] = serde_json::json!({"tokenFile": path});
    let collected = collected(loaded(&config.to_string())).await;
    assert_eq!(known(&collected.facts.cluster().unwrap().nodes).0.len(), 6);
}
