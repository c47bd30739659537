//! Reading: who may, what there is, pages.

use super::support::{conformant, names, start};
use crate::support::today;
use rstest::rstest;
use scs_simcloud::kubernetes::{Anonymous, CLUSTER_SCENARIOS, ClusterState, Kubelet, Shape, StorageVariant};
use serde_json::json;

#[tokio::test]
async fn pages_lead_through_five_thousand_nodes() {
    let mut state = conformant();
    state.size(5000);
    let cluster = start(state).await;
    let (mut seen, mut token, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = cluster.get(&format!("/api/v1/nodes?limit=500&continue={token}")).await.json();
        seen.extend(names(&page));
        pages += 1;
        assert_eq!(page["metadata"]["remainingItemCount"].as_u64().unwrap_or(0), 5000 - seen.len() as u64);
        match page["metadata"]["continue"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((pages, seen.len()), (10, 5000));
    seen.dedup();
    assert_eq!(seen.len(), 5000);
}

#[tokio::test]
async fn an_old_page_is_gone_once() {
    let mut state = conformant();
    state.expired_pages = 1;
    let cluster = start(state).await;
    let page = cluster.get("/api/v1/nodes?limit=4").await.json();
    let next = format!("/api/v1/nodes?limit=4&continue={}", page["metadata"]["continue"].as_str().unwrap());
    let gone = cluster.get(&next).await;
    assert_eq!((gone.status, gone.json()["reason"].as_str()), (410, Some("Expired")));
    assert!(gone.json()["metadata"]["continue"].is_string());
    assert_eq!(names(&cluster.get(&next).await.json()), ["worker-2", "worker-3"]);
}

#[rstest]
#[case("admin", "/api/v1/nodes", 200)]
#[case("restricted", "/api/v1/nodes", 403)]
#[case("restricted", "/api/v1/namespaces/lab/pods", 200)]
#[case("restricted", "/api/v1/namespaces/lab", 200)]
#[case("restricted", "/api/v1/namespaces/default/pods", 403)]
#[case("restricted", "/api/v1/pods", 403)]
#[case("noaccess", "/api/v1/namespaces/lab/pods", 403)]
#[case("noaccess", "/version", 200)]
#[case("noaccess", "/apis", 200)]
#[case("stranger", "/version", 401)]
#[case("", "/version", 200)]
#[case("", "/livez", 200)]
#[case("", "/api", 403)]
#[case("", "/api/v1/nodes", 403)]
#[tokio::test]
async fn rights(#[case] user: &str, #[case] path: &str, #[case] status: u16) {
    let cluster = start(conformant()).await;
    assert_eq!(cluster.get_as(user, path).await.status, status);
}

#[rstest]
#[case(Anonymous::Refused, 401, 401)]
#[case(Anonymous::PublicInfo, 200, 403)]
#[case(Anonymous::Forbidden, 403, 403)]
#[case(Anonymous::Reads, 200, 200)]
#[tokio::test]
async fn strangers(#[case] setting: Anonymous, #[case] version: u16, #[case] nodes: u16) {
    let cluster = start(ClusterState { anonymous: setting, ..conformant() }).await;
    assert_eq!(cluster.get_as("", "/version").await.status, version);
    assert_eq!(cluster.get_as("", "/api/v1/nodes").await.status, nodes);
}

#[rstest]
#[case("v1.20.2", "20", false)]
#[case("v1.36.4+vendor", "36+", true)]
#[tokio::test]
async fn versions(#[case] version: &str, #[case] minor: &str, #[case] emulates: bool) {
    let cluster = start(ClusterState { version: version.to_owned(), ..conformant() }).await;
    let told = cluster.get("/version").await.json();
    assert_eq!((told["gitVersion"].as_str(), told["minor"].as_str()), (Some(version), Some(minor)));
    assert_eq!(told.get("emulationMajor").is_some(), emulates);
}

#[rstest]
#[case(Kubelet::Answers, 200)]
#[case(Kubelet::Refuses, 403)]
#[case(Kubelet::Unreachable, 503)]
#[tokio::test]
async fn kubelets(#[case] kubelet: Kubelet, #[case] status: u16) {
    let mut state = conformant();
    let node = state.node_mut("worker-1").unwrap();
    node.kubelet = kubelet;
    node.settings.insert("readOnlyPort".to_owned(), json!(10255));
    let cluster = start(state).await;
    let answer = cluster.get("/api/v1/nodes/worker-1/proxy/configz").await;
    assert_eq!(answer.status, status);
    if status == 200 {
        assert_eq!(answer.json()["kubeletconfig"]["readOnlyPort"], 10255);
        assert_eq!(answer.json()["kubeletconfig"]["authorization"]["mode"], "Webhook");
    }
    assert_eq!(cluster.get_as("restricted", "/api/v1/nodes/worker-1/proxy/configz").await.status, 403);
}

#[tokio::test]
async fn a_silent_kubelet_makes_the_server_wait() {
    let mut state = conformant();
    state.node_mut("worker-1").unwrap().kubelet = Kubelet::Silent;
    let cluster = start(state).await;
    let asked = cluster.get("/api/v1/nodes/worker-1/proxy/configz");
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), asked).await.is_err());
    assert_eq!(cluster.get("/api/v1/nodes/worker-2/proxy/configz").await.status, 200);
}

#[rstest]
#[case(StorageVariant::None, 0, 0)]
#[case(StorageVariant::One, 2, 1)]
#[case(StorageVariant::Two, 2, 2)]
#[case(StorageVariant::NoDefault, 1, 0)]
#[case(StorageVariant::NoProvisioner, 1, 1)]
#[case(StorageVariant::Beta, 1, 1)]
#[tokio::test]
async fn storage(#[case] variant: StorageVariant, #[case] classes: usize, #[case] defaults: usize) {
    let mut state = conformant();
    state.storage(variant);
    let list = start(state).await.get("/apis/storage.k8s.io/v1/storageclasses").await.json();
    assert_eq!(list["kind"], "StorageClassList");
    assert_eq!(names(&list).len(), classes);
    assert_eq!(list.to_string().matches("is-default-class").count(), defaults);
}

#[rstest]
#[case(Shape::Ha, 6, 3)]
#[case(Shape::Single, 1, 1)]
#[case(Shape::TwoControl, 4, 2)]
#[case(Shape::Workers, 3, 0)]
#[tokio::test]
async fn shapes(#[case] shape: Shape, #[case] nodes: usize, #[case] control: usize) {
    let mut state = conformant();
    state.shape(shape);
    let cluster = start(state).await;
    assert_eq!(names(&cluster.get("/api/v1/nodes").await.json()).len(), nodes);
    let marked = "/api/v1/nodes?labelSelector=node-role.kubernetes.io/control-plane";
    assert_eq!(names(&cluster.get(marked).await.json()).len(), control);
    let servers = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-apiserver";
    let servers = cluster.get(servers).await.json();
    assert_eq!(names(&servers).len(), control);
    assert_eq!(servers.to_string().contains("--authorization-mode=Node,RBAC"), control > 0);
}

#[tokio::test]
async fn flags_can_be_hidden_and_changed() {
    let mut state = conformant();
    state.apiserver_flag("anonymous-auth", Some("false"));
    let servers = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-apiserver";
    let told = start(state.clone()).await.get(servers).await.text;
    assert!(told.contains("--anonymous-auth=false") && !told.contains("--anonymous-auth=true"));
    state.hide_flags();
    assert!(!start(state).await.get(servers).await.text.contains("--anonymous-auth"));
}

#[tokio::test]
async fn reviews_tell_what_is_so() {
    let cluster = start(conformant()).await;
    let reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    for (user, namespace, allowed) in [("admin", "", true), ("restricted", "lab", true), ("restricted", "", false)] {
        let attributes = json!({"verb": "list", "resource": "pods", "namespace": namespace});
        let answer = cluster.post_as(user, reviews, &json!({"spec": {"resourceAttributes": attributes}})).await;
        assert_eq!((answer.status, answer.json()["status"]["allowed"].as_bool()), (201, Some(allowed)), "{user}");
    }
    let rules = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let told = cluster.post_as("restricted", rules, &json!({"spec": {"namespace": "lab"}})).await.text;
    assert!(told.contains("networkpolicies"));
    let told = cluster.post_as("restricted", rules, &json!({"spec": {"namespace": "default"}})).await.text;
    assert!(!told.contains("networkpolicies") && told.contains("selfsubjectrulesreviews"));
}

#[rstest]
#[case("conformant")]
#[case("typical")]
#[case("broken")]
#[tokio::test]
async fn scenarios_start(#[case] name: &str) {
    assert!(CLUSTER_SCENARIOS.iter().any(|(known, _)| *known == name));
    let state = ClusterState::scenario(name, today()).unwrap().unwrap();
    let again = ClusterState::from_yaml(&state.to_yaml().unwrap(), today()).unwrap();
    assert_eq!(again.to_yaml().unwrap(), state.to_yaml().unwrap());
    let cluster = start(state).await;
    let nodes = if name == "broken" { 4 } else { 6 };
    let spaces = cluster.get("/api/v1/namespaces/default").await.json();
    assert_eq!(spaces["metadata"]["creationTimestamp"], "2026-08-22T00:00:00Z");
    assert_eq!(names(&cluster.get("/api/v1/nodes").await.json()).len(), nodes);
    assert_eq!(cluster.sim.inventory().iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["lab"]);
}
