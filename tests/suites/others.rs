//! Tests of others in the same cluster are left alone.

use super::bench::{Scene, assert_verdict};
use rstest::rstest;
use serde_json::{Value, json};

fn namespace(name: &str, labels: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

#[rstest]
#[case("sonobuoy", json!({}), "the namespace sonobuoy belongs to a run of Sonobuoy or hydrophone that is not ours")]
#[case("conformance", json!({}), "the namespace conformance belongs to a run")]
#[case("netpol-77", json!({"e2e-framework": "netpol", "e2e-run": "x"}), "there are namespaces of end-to-end tests (1, such as netpol-77)")]
#[tokio::test]
async fn a_run_of_somebody_else_is_not_disturbed(#[case] name: &str, #[case] labels: Value, #[case] words: &str) {
    let scene = Scene::new(|_| {}).await;
    scene.cluster.update(|state| state.objects.entry("namespaces".into()).or_default().push(namespace(name, &labels)));
    let before = scene.namespaces();
    let ended = scene.check(0, "sonobuoy", "").run().await.assert_code(3);
    assert_verdict(&ended, 0, "ABORT", &["suite-failed", words]);
    assert_eq!(scene.namespaces(), before);
    assert_eq!(scene.cluster.count(|request| request.method == "DELETE"), 0);
}

#[tokio::test]
async fn a_run_in_a_namespace_of_another_name_is_found_by_its_rights() {
    let scene = Scene::plain().await;
    scene.cluster.update(|state| {
        state.objects.entry("namespaces".into()).or_default().push(namespace("team-a", &json!({})));
        let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": "sonobuoy-serviceaccount-team-a", "labels": {"component": "sonobuoy", "namespace": "team-a"}},
            "subjects": [{"kind": "ServiceAccount", "name": "sonobuoy-serviceaccount", "namespace": "team-a"}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "sonobuoy-serviceaccount-team-a"}});
        state.objects.entry("clusterrolebindings".into()).or_default().push(binding);
    });
    let ended = scene.check(0, "hydrophone", "").run().await.assert_code(3);
    assert_verdict(&ended, 0, "ABORT", &["the namespace team-a belongs to a run"]);
    assert_eq!(scene.cluster.count(|request| request.method == "DELETE"), 0);
}

#[tokio::test]
async fn without_permission_to_list_nothing_begins() {
    let scene = Scene::plain().await;
    let ended = scene.check(0, "sonobuoy", "").arguments("--context restricted").run().await.assert_code(3);
    assert_verdict(&ended, 0, "ABORT", &["forbidden", "get namespaces"]);
    scene.assert_clean();
}
