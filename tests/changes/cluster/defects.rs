//! Clusters where something does not work: what the cluster does not do is a fact, what could not be tried is not.

use super::bench::{Trial, cluster};
use crate::clusters::{failed, known};
use crate::simulated::asked;
use rstest::rstest;
use scs_checks::facts::{AfterMove, FactKind, PrivilegedPod, StorageStep, StorageTrial, Traffic};
use scs_checks::verdict::ReasonCode;
use scs_simcloud::kubernetes::{ClusterState, PodCourse, PodEnd, StorageVariant, Supply};

/// Sets the course of pods with this in their names.
fn course(name: &str, end: PodEnd, log: &str) -> PodCourse {
    PodCourse { name: name.to_owned(), end, log: log.to_owned(), ..PodCourse::default() }
}

/// Puts a course before all others, so that it counts.
fn instead(state: &mut ClusterState, course: PodCourse) {
    state.pod_courses.insert(0, course);
}

fn supply(state: &mut ClusterState, waits: bool, supply: Supply) {
    for class in &mut state.storage_classes {
        (class.waits, class.supply) = (waits, Some(supply));
    }
}

#[rstest]
#[case::no_default(|state: &mut ClusterState| state.storage(StorageVariant::NoDefault), StorageStep::Bind, "no class")]
#[case::stuck(|state: &mut ClusterState| supply(state, false, Supply::Stuck), StorageStep::Bind, "olume")]
#[case::stuck_later(|state: &mut ClusterState| supply(state, true, Supply::Stuck), StorageStep::Bind, "olume")]
#[case::unwritten(|state: &mut ClusterState| {
    instead(state, course("-writer", PodEnd::Succeeds, "unwritten sh: Read-only file system\n"));
}, StorageStep::Write, "Read-only")]
#[case::other_content(|state: &mut ClusterState| {
    instead(state, course("-writer", PodEnd::Succeeds, "read 1\n"));
}, StorageStep::ReadBack, "read \"1\"")]
#[case::lost(|state: &mut ClusterState| {
    instead(state, course("-reader", PodEnd::Succeeds, "read \n"));
}, StorageStep::ReadAfterMove, "something else")]
#[tokio::test]
async fn a_storage_defect_is_a_fact(
    #[case] change: fn(&mut ClusterState),
    #[case] expected: StorageStep,
    #[case] words: &str,
) {
    let cluster = cluster(change).await;
    let before = cluster.inventory();
    let outcome = Trial::of(&[FactKind::StorageTrial]).run(&cluster).await;
    match known(&outcome.facts.storage_trial) {
        StorageTrial::Refused { step, how } => {
            assert_eq!(*step, expected, "{how}");
            assert!(how.contains(words), "{how}");
        }
        other => panic!("{other:?}; {:#?}", asked(&cluster)),
    }
    assert_eq!(cluster.inventory(), before);
}

#[rstest]
#[case::no_image(|state: &mut ClusterState| instead(state, course("-writer", PodEnd::NoImage, "")), "--probe-image")]
#[case::no_room(|state: &mut ClusterState| instead(state, course("-writer", PodEnd::Unschedulable, "")), "Insufficient cpu")]
#[case::node_in_name_only(|state: &mut ClusterState| instead(state, course("-writer", PodEnd::Stuck, "")), "not for its volume")]
#[case::says_nothing(|state: &mut ClusterState| instead(state, course("-writer", PodEnd::Succeeds, "")), "printed no result")]
#[case::fails(|state: &mut ClusterState| instead(state, course("-writer", PodEnd::Fails, "sh: not found\n")), "not found")]
#[case::not_ours(|state: &mut ClusterState| {
    instead(state, course("-writer", PodEnd::Succeeds, "unwritten sh: Permission denied\n"));
}, "another user")]
#[case::prepared(|state: &mut ClusterState| {
    let volume = serde_json::json!({"metadata": {"name": "pv-of-somebody"}, "spec": {"storageClassName": ""}, "status": {"phase": "Available"}});
    state.objects_mut("persistentvolumes").push(volume);
}, "pv-of-somebody")]
#[case::kept(|state: &mut ClusterState| {
    for class in &mut state.storage_classes {
        class.reclaim = Some("Retain".to_owned());
    }
}, "Retain")]
#[tokio::test]
async fn an_experiment_that_could_not_be_made_is_no_fact(#[case] change: fn(&mut ClusterState), #[case] words: &str) {
    let cluster = cluster(change).await;
    let before = cluster.inventory();
    let outcome = Trial::of(&[FactKind::StorageTrial]).run(&cluster).await;
    let reason = failed(&outcome.facts.storage_trial);
    assert!(reason.message.contains(words), "{}", reason.message);
    assert_eq!(cluster.inventory(), before);
}

#[tokio::test]
async fn a_single_node_has_no_other_one() {
    let cluster = cluster(|state| {
        let name = state.nodes.iter().find(|node| node.taints.is_empty()).unwrap().name.clone();
        state.nodes.retain(|node| node.name == name);
    })
    .await;
    let outcome = Trial::of(&[FactKind::StorageTrial]).run(&cluster).await;
    let trial = known(&outcome.facts.storage_trial);
    assert!(matches!(trial, StorageTrial::Kept { after_move: AfterMove::NoOtherNode, .. }), "{trial:?}");
}

#[tokio::test]
async fn only_nodes_with_the_label_are_used() {
    let cluster = cluster(|state| {
        state.nodes.iter_mut().filter(|node| node.taints.is_empty()).enumerate().for_each(|(number, node)| {
            node.labels.insert("probe".to_owned(), if number == 0 { "yes" } else { "no" }.to_owned());
        });
    })
    .await;
    let mut trial = Trial::of(&[FactKind::StorageTrial]);
    trial.terms.probe.nodes = Some(("probe".to_owned(), "yes".to_owned()));
    let outcome = trial.run(&cluster).await;
    let trial = known(&outcome.facts.storage_trial);
    assert!(matches!(trial, StorageTrial::Kept { after_move: AfterMove::NoOtherNode, .. }), "{trial:?}");
}

#[rstest]
#[case::without_admission(|state: &mut ClusterState| state.pod_security = Some(false), true)]
#[case::with_admission(|state: &mut ClusterState| state.pod_security = Some(true), false)]
#[tokio::test]
async fn a_privileged_pod_is_admitted_or_not(#[case] change: fn(&mut ClusterState), #[case] admitted: bool) {
    let cluster = cluster(change).await;
    let before = cluster.inventory();
    let outcome = Trial::of(&[FactKind::PrivilegedPod]).run(&cluster).await;
    assert_eq!(matches!(known(&outcome.facts.privileged_pod), PrivilegedPod::Admitted { .. }), admitted);
    let pods = cluster.count(|record| record.path().ends_with("/pods") && !record.target.contains("dryRun=All"));
    assert_eq!((cluster.inventory(), pods), (before, 0));
}

#[tokio::test]
async fn a_plugin_without_policies_is_seen() {
    let cluster = cluster(|state| state.enforces_policies = false).await;
    let outcome = Trial::of(&[FactKind::NetworkPolicyProbe]).run(&cluster).await;
    let probe = known(&outcome.facts.network_policy_probe);
    let all = [probe.without_policy, probe.denied, probe.labelled, probe.unlabelled];
    assert_eq!(all, [Traffic::Passed; 4]);
}

#[rstest]
#[case::nobody_answers(|state: &mut ClusterState| {
    instead(state, course("-server", PodEnd::Runs, "serving\n"));
}, None)]
#[case::somebody_else_answers(|state: &mut ClusterState| {
    instead(state, PodCourse { serves: "42".into(), ..course("-server", PodEnd::Runs, "serving\n") });
}, Some("from another server"))]
#[case::no_tool(|state: &mut ClusterState| {
    instead(state, course("-labelled", PodEnd::Runs, "1 failed 127\n"));
}, Some("ended with 127"))]
#[case::no_image(|state: &mut ClusterState| instead(state, course("-server", PodEnd::NoImage, "")), Some("--probe-image"))]
#[case::never_started(|state: &mut ClusterState| instead(state, course("-unlabelled", PodEnd::Stuck, "")), Some("does not run"))]
#[tokio::test]
async fn traffic_that_says_nothing_of_policies_is_no_proof(
    #[case] change: fn(&mut ClusterState),
    #[case] words: Option<&str>,
) {
    let cluster = cluster(change).await;
    let before = cluster.inventory();
    let outcome = Trial::of(&[FactKind::NetworkPolicyProbe]).run(&cluster).await;
    match words {
        // The rule calls that undecided.
        None => assert_eq!(known(&outcome.facts.network_policy_probe).without_policy, Traffic::Blocked),
        Some(words) => {
            let reason = failed(&outcome.facts.network_policy_probe);
            assert!(reason.message.contains(words), "{}", reason.message);
        }
    }
    let verdict = outcome.report.testcases["scs-0219-network-policy-probe"].verdict;
    assert_eq!(verdict.to_string(), "ABORT");
    assert_eq!(cluster.inventory(), before);
}

/// An experiment that is known to be forbidden is not begun.
#[tokio::test]
async fn a_missing_permission_is_named_and_nothing_is_created() {
    let cluster = cluster(|state| state.users.rotate_left(1)).await;
    let user = cluster.state().users[0].name.clone();
    let outcome = Trial::of_all().run(&cluster).await;
    let reasons = [
        failed(&outcome.facts.storage_trial),
        failed(&outcome.facts.privileged_pod),
        failed(&outcome.facts.network_policy_probe),
    ];
    for reason in reasons {
        assert_eq!(reason.code, ReasonCode::Forbidden, "{user}: {}", reason.message);
        assert!(
            reason.message.contains("the permission to get namespaces in the whole cluster is missing"),
            "{user}: {}",
            reason.message
        );
    }
    assert_eq!(cluster.count(|record| record.method == "POST" && !record.path().contains("reviews")), 0);
}
