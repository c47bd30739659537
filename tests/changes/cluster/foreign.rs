//! Foreign objects are not touched, however similar their names are.

use super::bench::{Trial, cluster};
use crate::bench::files;
use crate::clusters::{failed, known};
use crate::program::Program;
use rstest::rstest;
use scs_checks::verdict::ReasonCode;
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use scs_simcloud::{Failure, Fault};
use serde_json::{Value, json};

/// A name that is ours, of long ago.
const OURS: &str = "scs-20201120t153045-k3f9-storage";

/// Returns objects whose names and labels are like ours, but are not.
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
async fn own_resources_are_found_among_foreign_ones(#[case] arguments: &str) {
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

/// The provisioner of a volume removes it after its claim; if it does not, the volume is reported.
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

/// The run of the journals.
const RUN: &str = "20201120t153045-k3f9";
/// The UID of the cluster's kube-system.
const UID: &str = "5f0c7a52-1b9d-4a3f-9c55-2f8f4b6f7a10";

async fn known_by_uid() -> SimCluster {
    cluster(|state| {
        let spaces = state.objects_mut("namespaces");
        let system = spaces.iter_mut().find(|space| space["metadata"]["name"] == "kube-system").unwrap();
        system["metadata"]["uid"] = json!(UID);
        let run = json!({"app.kubernetes.io/managed-by": "scs-conformance", "scs-conformance/run": RUN});
        namespace(state, OURS, &run);
    })
    .await
}

/// Makes a folder with the journal of a run that was killed.
fn journals(server: &str, uid: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place =
        json!({"cluster": {"cluster": "c", "server": server, "uid": uid, "kubeconfig": "/k e", "context": "x"}});
    let begins = json!({"version": 2, "run": RUN, "place": place, "tool": "t", "at": "2020-11-20T15:30:45Z"});
    std::fs::write(folder.path().join(format!("{RUN}.journal")), json!({"begins": begins}).to_string()).unwrap();
    folder
}

/// Today's cluster may have the address of yesterday's.
#[tokio::test]
async fn the_journal_of_another_cluster_at_the_same_address_stays() {
    let cluster = known_by_uid().await;
    let before = cluster.inventory();
    let config: Value = serde_yaml::from_str(&cluster.kubeconfig().unwrap()).unwrap();
    let server = format!("{}/", config["clusters"][0]["cluster"]["server"].as_str().unwrap().trim_end_matches('/'));
    let journals = journals(&server, "of another cluster");
    let sweep = |arguments: &str| sweep(&cluster, arguments).argument("--journal").argument(journals.path());
    let ended = sweep("").run().await.assert_code(0);
    assert!(ended.stderr.contains("nothing to do"), "{}", ended.stderr);
    assert_eq!(cluster.inventory(), before);
    for dry in ["--dry-run", ""] {
        let ended = sweep(&format!("{dry} --run {RUN}")).run().await.assert_code(4);
        for words in
            ["was not made here", "of another cluster", "sweep kaas --kubeconfig '/k e' --context x --journal /"]
        {
            assert!(ended.stderr.contains(words), "{words} in {}", ended.stderr);
        }
    }
    assert_eq!(files(journals.path()).len(), 1, "the other cluster may still have something of it");
}

#[tokio::test]
async fn a_cluster_is_swept_by_whatever_address_it_is_reached() {
    let cluster = known_by_uid().await;
    let journals = journals("https://another-address.example:6443/", UID);
    let ended = sweep(&cluster, "").argument("--journal").argument(journals.path()).run().await.assert_code(0);
    assert!(ended.stdout.contains(OURS), "{}", ended.stdout);
    assert!(files(journals.path()).is_empty() && !cluster.inventory().iter().any(|item| item.name == OURS));
}

fn refusal(status: u16) -> Failure {
    Failure::Status { status, headers: Vec::new(), body: String::new() }
}

/// A cluster that cannot be told from others is neither changed nor swept.
#[tokio::test]
async fn a_cluster_that_cannot_be_told_from_others_is_left_alone() {
    const WORDS: &str = "the permission to get namespaces in the whole cluster is missing";
    let cluster = known_by_uid().await;
    cluster.plant(Fault::new(refusal(403)).path("/namespaces/kube-system"));
    let before = cluster.inventory();
    let outcome = Trial::of_all().run(&cluster).await;
    for reason in [failed(&outcome.facts.storage_trial), failed(&outcome.facts.network_policy_probe)] {
        assert_eq!(reason.code, ReasonCode::Forbidden);
        assert!(reason.message.contains(WORDS), "{reason:?}");
    }
    known(&outcome.facts.storage_classes);
    let ended = sweep(&cluster, "--older-than 1h").run().await.assert_code(3);
    assert!(ended.stderr.contains(WORDS), "{}", ended.stderr);
    assert_eq!(cluster.inventory(), before);
    assert_eq!(cluster.count(|record| record.method == "DELETE"), 0);
}

/// Every cluster has namespaces: who does not find them has not looked.
#[tokio::test]
async fn namespaces_that_are_not_found_are_not_gone() {
    let cluster = known_by_uid().await;
    cluster.plant(Fault::new(refusal(404)).path("/api/v1/namespaces?"));
    let ended = sweep(&cluster, "--older-than 1h").run().await.assert_code(4);
    assert!(ended.stderr.contains("it is not known if a namespace is left"), "{}", ended.stderr);
}

/// A run that only reads is asked for no more than it was.
#[tokio::test]
async fn a_read_only_run_does_not_ask_for_the_uid_of_the_cluster() {
    let cluster = known_by_uid().await;
    let ended = Program::new("check kaas --kubeconfig k.yaml --data none --select scs-0219-*")
        .file("k.yaml", cluster.kubeconfig().unwrap())
        .run()
        .await;
    let asked = |record: &scs_simcloud::RequestRecord| record.path().ends_with("/namespaces/kube-system");
    assert_eq!(cluster.count(asked), 0, "{}", ended.stderr);
}
