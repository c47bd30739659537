//! What is not ours is not touched, however much it looks like it.

use super::bench::{Trial, cluster};
use crate::kaas::known;
use crate::program::Program;
use rstest::rstest;
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use serde_json::{Value, json};

/// A name that is ours, of long ago.
const OURS: &str = "scs-20201120t153045-k3f9-storage";

/// Names and labels that are like ours, but are not.
fn foreign() -> Vec<(&'static str, Value)> {
    let managed = "scs-conformance";
    let labels = |run: &str| json!({"app.kubernetes.io/managed-by": managed, "scs-conformance/run": run});
    vec![
        ("scs", json!({})),
        ("scs-prod", labels("20201120t153045-k3f9")),
        ("scs-20201120t153045-k3f9", labels("20201120t153045-k3f9")),
        // The name alone, or a label that says something else.
        ("scs-20201120t153045-k3f9-mine", json!({})),
        ("scs-20201120t153045-aaaa-mine", labels("20201120t153045-k3f9")),
        ("scs-20201120t153045-bbbb-mine", json!({"app.kubernetes.io/managed-by": managed})),
        ("my-scs-20201120t153045-k3f9-x", labels("20201120t153045-k3f9")),
        ("sonobuoy", json!({"app.kubernetes.io/managed-by": managed})),
    ]
}

fn namespace(state: &mut ClusterState, name: &str, labels: &Value) {
    state.add_namespace(name, &[]);
    if let Some(object) = state.objects_mut("namespaces").last_mut() {
        object["metadata"]["labels"] = labels.clone();
    }
    let pod = json!({"metadata": {"name": format!("{name}-pod"), "namespace": name}, "spec": {"containers": [{"name": "c"}]}});
    state.objects_mut("pods").push(pod);
}

fn crowded(state: &mut ClusterState) {
    for (name, labels) in foreign() {
        namespace(state, name, &labels);
    }
}

fn sweep(cluster: &SimCluster, arguments: &str) -> Program {
    Program::new("sweep kaas --kubeconfig k.yaml").file("k.yaml", cluster.kubeconfig().unwrap()).arguments(arguments)
}

#[tokio::test]
async fn a_run_and_a_sweep_touch_nothing_foreign() {
    let cluster = cluster(crowded).await;
    let before = cluster.inventory();
    let outcome = Trial::of_all().run(&cluster).await;
    outcome.assert_accounted_for(&before, &cluster, "foreign");
    assert_eq!(cluster.inventory(), before);
    let ended = sweep(&cluster, "--older-than 1h").run().await.assert_code(0);
    assert!(ended.stdout.contains("nothing of ours was found"), "{}", ended.stdout);
    sweep(&cluster, "--run 20201120t153045-k3f9").run().await.assert_code(0);
    assert_eq!(cluster.inventory(), before);
}

#[rstest]
#[case::by_age("--older-than 1h")]
#[case::by_run("--run 20201120t153045-k3f9")]
#[tokio::test]
async fn what_is_ours_is_found_among_all_that(#[case] arguments: &str) {
    let cluster = cluster(|state| {
        crowded(state);
        let run =
            json!({"app.kubernetes.io/managed-by": "scs-conformance", "scs-conformance/run": "20201120t153045-k3f9"});
        namespace(state, OURS, &run);
    })
    .await;
    let before = cluster.inventory();
    let ended = sweep(&cluster, &format!("{arguments} --dry-run")).run().await.assert_code(0);
    assert_eq!(ended.stdout.matches("would be removed").count(), 1, "{}", ended.stdout);
    assert_eq!(cluster.inventory(), before);
    assert_eq!(cluster.count(|record| record.method == "DELETE"), 0);
    sweep(&cluster, arguments).run().await.assert_code(0);
    let after = cluster.inventory();
    let gone: Vec<_> = before.iter().filter(|item| !after.contains(item)).collect();
    assert!(!gone.is_empty() && gone.iter().all(|item| item.name == OURS || item.namespace == OURS), "{gone:?}");
    assert!(!after.iter().any(|item| item.namespace == OURS || item.name == OURS), "{after:?}");
}

/// Who made a volume for a claim of ours removes it; if nobody does, that is told.
#[tokio::test]
async fn a_volume_that_outlives_its_claim_is_told() {
    let cluster = cluster(|state| {
        let claim = json!({"namespace": OURS, "name": format!("{OURS}-claim")});
        let volume = |name: &str, claim: Value| json!({"metadata": {"name": name}, "spec": {"claimRef": claim}, "status": {"phase": "Released"}});
        state.objects_mut("persistentvolumes").push(volume("pvc-1", claim));
        state.objects_mut("persistentvolumes").push(volume("pvc-2", json!({"namespace": "scs-prod", "name": "claim"})));
    })
    .await;
    let before = cluster.inventory();
    let ended = sweep(&cluster, "--older-than 1h --limit 1s").run().await.assert_code(4);
    assert!(ended.stderr.contains("persistent-volume") && ended.stderr.contains("pvc-1"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("pvc-2"), "{}", ended.stderr);
    assert_eq!(cluster.inventory(), before);
}

#[tokio::test]
async fn two_runs_at_once_do_not_disturb_each_other() {
    let cluster = cluster(crowded).await;
    let before = cluster.inventory();
    let (one, other) = tokio::join!(Trial::of_all().run(&cluster), Trial::of_all().run(&cluster));
    for outcome in [&one, &other] {
        known(&outcome.facts.storage_trial);
        known(&outcome.facts.network_policy_probe);
    }
    assert_eq!(cluster.inventory(), before);
}
