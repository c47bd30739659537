//! The commands for clusters: exit codes, what they print.

use super::cluster;
use crate::program::Program;
use scs_simcloud::kubernetes::Rule;
use serde_json::Value;

fn program(arguments: &str, kubeconfig: &str) -> Program {
    let program = Program::new(arguments).file("k.yaml", kubeconfig).arguments("--kubeconfig k.yaml");
    // Nothing is fetched: the folder is empty, so that what is built in counts.
    if arguments.starts_with("doctor") { program } else { program.arguments("--data none") }
}

#[tokio::test]
async fn a_recording_of_a_cluster_is_complete() {
    let cluster = cluster(|_| {}).await;
    let ended = program("collect kaas --output -", &cluster.kubeconfig().unwrap()).run().await.assert_code(0);
    let recording: Value = serde_json::from_str(&ended.stdout).unwrap();
    let facts = &recording["collected"]["facts"]["cluster"];
    assert_eq!(facts["nodes"]["known"].as_array().unwrap().len(), 6);
    assert_eq!(recording["collected"]["subject"]["name"], "admin");
}

#[tokio::test]
async fn recording_without_permissions_is_not_complete() {
    let cluster = cluster(|_| {}).await;
    program("collect kaas --context noaccess --output -", &cluster.kubeconfig().unwrap()).run().await.assert_code(3);
}

#[tokio::test]
async fn the_doctor_finds_nothing_missing() {
    let cluster = cluster(|_| {}).await;
    let ended = program("doctor kaas", &cluster.kubeconfig().unwrap()).run().await.assert_code(0);
    assert!(ended.stdout.contains("simulated: everything that `check kaas` needs is there"), "{}", ended.stdout);
    assert!(ended.stdout.contains("kind: ClusterRoleBinding"), "{}", ended.stdout);
}

#[tokio::test]
async fn doctor_names_missing_permissions_and_the_role_that_suffices() {
    let cluster = cluster(|_| {}).await;
    let ended = program("doctor kaas --context restricted --json", &cluster.kubeconfig().unwrap()).run().await;
    let ended = ended.assert_code(3);
    let diagnosis: Value = serde_json::from_str(&ended.stdout).unwrap();
    let missing = |what: &str| {
        let findings = diagnosis["findings"].as_array().unwrap();
        findings.iter().any(|finding| finding["what"] == what && finding["state"] == "missing")
    };
    assert!(
        missing("list nodes in the whole cluster") && missing("get nodes/proxy in the whole cluster"),
        "{diagnosis}"
    );
    assert!(diagnosis["roles"].as_str().unwrap().contains("resources: [storageclasses], verbs: [list]"));
    let sent = cluster.requests();
    assert!(
        sent.iter().all(|request| request.target == "/version" || request.target.contains("/selfsubject")),
        "{sent:?}"
    );
}

/// A permission in one namespace only does not suffice.
#[tokio::test]
async fn the_doctor_does_not_take_one_namespace_for_the_whole_cluster() {
    let all = vec!["*".to_owned()];
    let cluster = cluster(|state| {
        let (verbs, groups, resources) = (all.clone(), all.clone(), all.clone());
        let namespaces = vec!["kube-system".to_owned()];
        state.user_mut("noaccess").unwrap().rules =
            vec![Rule { verbs, groups, resources, namespaces, ..Rule::default() }];
    })
    .await;
    let command = "doctor kaas --context noaccess --allow-changes --json";
    let ended = program(command, &cluster.kubeconfig().unwrap()).run().await.assert_code(3);
    let diagnosis: Value = serde_json::from_str(&ended.stdout).unwrap();
    let state = |what: &str| {
        let findings = diagnosis["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["what"] == what).unwrap()["state"].clone()
    };
    assert_eq!(state("list pods in the namespace kube-system"), "ok");
    for what in ["create namespaces", "create pods", "get pods/log", "delete persistentvolumeclaims", "list nodes"] {
        assert_eq!(state(&format!("{what} in the whole cluster")), "missing", "{what}");
    }
}

#[tokio::test]
async fn doctor_prints_no_roles_for_an_unknown_account() {
    let cluster = cluster(|_| {}).await;
    let ended = program("doctor kaas --context unknown", &cluster.kubeconfig().unwrap()).run().await.assert_code(3);
    assert!(ended.stdout.contains("HTTP 401") && !ended.stdout.contains("ClusterRole"), "{}", ended.stdout);
}

#[tokio::test]
async fn a_broken_kubeconfig_is_told_before_anything_is_asked() {
    let ended = program("doctor kaas", "clusters: [").run().await.assert_code(2);
    assert!(ended.stderr.contains("k.yaml:1"), "{}", ended.stderr);
}
