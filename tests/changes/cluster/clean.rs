//! A cluster where everything works: everything is found out, and nothing is left.

use super::bench::{EXPERIMENTS, Trial, cluster};
use crate::clusters::known;
use crate::simulated::asked;
use rstest::rstest;
use scs_checks::facts::{AfterMove, FactKind, NetworkPolicyProbe, PrivilegedPod, StorageTrial, Traffic};
use scs_simcloud::kubernetes::ClusterState;
use scs_simcloud::{Failure, Fault};
use serde_json::Value;

#[rstest]
#[case::as_it_is(|_: &mut ClusterState| {})]
#[case::at_once(|state: &mut ClusterState| state.steps = 0)]
#[case::slow(|state: &mut ClusterState| state.steps = 4)]
#[case::waiting_for_pods(|state: &mut ClusterState| state.storage_classes.iter_mut().for_each(|class| class.waits = true))]
#[case::immediate(|state: &mut ClusterState| state.storage_classes.iter_mut().for_each(|class| class.waits = false))]
#[case::new(|state: &mut ClusterState| state.version = "v1.36.0".to_owned())]
#[tokio::test]
async fn everything_is_found_out_and_nothing_is_left(#[case] change: fn(&mut ClusterState)) {
    let cluster = cluster(change).await;
    let before = cluster.inventory();
    let outcome = Trial::of_all().run(&cluster).await;
    match known(&outcome.facts.storage_trial) {
        StorageTrial::Kept { access_modes, after_move: AfterMove::Kept { from, to }, .. } => {
            assert_eq!(access_modes, &["ReadWriteOnce"]);
            assert_ne!(from, to);
        }
        other => panic!("{other:?}"),
    }
    match known(&outcome.facts.privileged_pod) {
        PrivilegedPod::Refused { message } => assert!(message.contains("PodSecurity"), "{message}"),
        other => panic!("{other:?}"),
    }
    let (passed, blocked) = (Traffic::Passed, Traffic::Blocked);
    let probe = NetworkPolicyProbe { without_policy: passed, denied: blocked, labelled: passed, unlabelled: blocked };
    assert_eq!(known(&outcome.facts.network_policy_probe), &probe);
    assert_eq!(cluster.inventory(), before, "{:#?}", asked(&cluster));
    outcome.assert_accounted_for(&before, &cluster, "clean");
    let changes = outcome.report.changes.as_ref().unwrap();
    assert!(changes.resources.iter().all(|made| made.name.starts_with(&format!("scs-{}-", changes.run))));
}

#[tokio::test]
async fn each_experiment_is_made_for_itself() {
    for (what, fact) in EXPERIMENTS {
        let cluster = cluster(|_| {}).await;
        let outcome = Trial::of(&[fact]).run(&cluster).await;
        let mut kinds: Vec<&str> =
            outcome.report.changes.as_ref().unwrap().resources.iter().map(|one| one.kind.as_str()).collect();
        kinds.sort_unstable();
        let expected: &[&str] = match fact {
            FactKind::StorageTrial => &["claim", "namespace", "pod", "pod", "pod"],
            FactKind::PrivilegedPod => &["namespace"],
            _ => &["namespace", "network-policy", "network-policy", "pod", "pod", "pod"],
        };
        assert_eq!(kinds, expected, "{what}");
    }
}

/// Created objects have the labels of their run, and nothing runs with more rights than it needs.
#[tokio::test]
async fn created_objects_are_labelled_and_have_few_rights() {
    let cluster = cluster(|_| {}).await;
    cluster.plant(Fault::new(Failure::status(403)).method("DELETE").from(1));
    let outcome = Trial::of_all().run(&cluster).await;
    assert!(outcome.residue().len() > 8, "{:?}", outcome.residue());
    let objects = cluster.state().objects;
    for plural in ["namespaces", "pods", "persistentvolumeclaims", "networkpolicies"] {
        let is_ours = |object: &&Value| object["metadata"]["name"].as_str().unwrap().starts_with("scs-2");
        let ours: Vec<&Value> = objects[plural].iter().filter(is_ours).collect();
        assert!(!ours.is_empty(), "{plural}");
        for object in ours {
            let metadata = &object["metadata"];
            assert_eq!(metadata["labels"]["app.kubernetes.io/managed-by"], "scs-conformance", "{object}");
            let run = metadata["labels"]["scs-conformance/run"].as_str().unwrap();
            assert!(metadata["name"].as_str().unwrap().starts_with(&format!("scs-{run}-")), "{object}");
            if plural == "pods" {
                let security = &object["spec"]["containers"][0]["securityContext"];
                assert_eq!(object["spec"]["automountServiceAccountToken"], false, "{object}");
                assert_eq!(security["allowPrivilegeEscalation"], false, "{object}");
                assert_eq!(security["capabilities"]["drop"][0], "ALL", "{object}");
            }
        }
    }
}
