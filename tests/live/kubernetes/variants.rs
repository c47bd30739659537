//! Verdicts for each variant of nodes and of storage.

use super::lab::{Lab, USUAL, User};
use rstest::rstest;
use scs_checks::verdict::{Severity, Verdict};
use scs_reports::SubjectState;

const LABELS: &str = "scs-0214-labels";
const CONTROL_PLANE: &str = "scs-0214-control-plane-nodes";
const WORKER_ZONES: &str = "scs-0214-worker-zones";
const DEFAULT_CLASS: &str = "scs-0211-default-class";
const NODES: [&str; 6] = ["cp-1", "cp-2", "cp-3", "worker-1", "worker-2", "worker-3"];

#[test]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn a_good_cluster_of_an_old_version() {
    let lab = Lab::seeded(USUAL);
    let run = lab.check(User::Admin);
    run.assert_verdicts(&[]);
    assert_eq!((run.code, run.report.subject.state), (Some(1), SubjectState::Tested));
    assert_eq!(run.report.subject.details["version"], "v1.20.2");
    assert_eq!(run.testcase("scs-0217-pod-security-levels").verdict, Verdict::Abort);
    assert!(run.reason("scs-0217-pod-security-levels").contains("server too old"));
    let ended = "1.20 is no longer supported: its support ended on 2022-02-28";
    for id in ["version-policy-check", "scs-0210-kubelet-versions"] {
        let mut violations = run.testcase(id).findings.iter().filter(|finding| finding.severity == Severity::Violation);
        assert!(violations.any(|finding| finding.message.contains(ended)), "{:#?}", run.testcase(id).findings);
    }
    assert!(run.stdout.contains(ended), "{}", run.stdout);
}

/// No network policy in the cluster proves that one is enforced, and no workload makes a cluster better or worse.
#[test]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn workloads_do_not_change_verdicts() {
    let lab = Lab::seeded(["ha", "one", "deny", "bad"]);
    lab.check(User::Admin).assert_verdicts(&[]);
}

#[rstest]
#[case::nolabels("nolabels", &NODES, Verdict::Abort)]
#[case::mixed("mixed", &["worker-2"], Verdict::Pass)]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn nodes_without_labels_are_named(#[case] nodes: &'static str, #[case] blamed: &[&str], #[case] zones: Verdict) {
    let lab = Lab::seeded([nodes, "one", "none", "none"]);
    let run = lab.check(User::Admin);
    run.assert_verdicts(&[(LABELS, Verdict::Fail), (WORKER_ZONES, zones)]);
    assert_eq!(run.blamed(LABELS), blamed);
    for label in ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"] {
        let findings = run.testcase(LABELS).findings.iter();
        assert_eq!(findings.filter(|finding| finding.property.as_deref() == Some(label)).count(), blamed.len());
    }
}

/// No label tells which machine a node runs on, so none is asked for.
#[rstest]
#[case::samehost("samehost", Some("zone-1"))]
#[case::onezone("onezone", Some("zone-1"))]
#[case::nohostid("nohostid", None)]
#[case::twocp("twocp", None)]
#[case::notready("notready", None)]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn node_topology_is_at_most_a_warning(#[case] nodes: &'static str, #[case] only_zone: Option<&str>) {
    let lab = Lab::seeded([nodes, "one", "none", "none"]);
    let run = lab.check(User::Admin);
    // The text only recommends that workers are in several zones.
    let workers = if only_zone.is_some() { Verdict::Fail } else { Verdict::Pass };
    run.assert_verdicts(&[(WORKER_ZONES, workers)]);
    let warnings = run.testcase(CONTROL_PLANE).findings.iter().filter(|finding| finding.severity == Severity::Warning);
    let zones: Vec<_> = warnings.map(|finding| finding.observed.as_deref()).collect();
    assert_eq!(zones, only_zone.map(Some).into_iter().collect::<Vec<_>>());
}

#[test]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn a_control_plane_of_one_node_is_too_small() {
    let lab = Lab::seeded(["single", "one", "none", "none"]);
    let run = lab.check(User::Admin);
    run.assert_verdicts(&[(CONTROL_PLANE, Verdict::Fail), (WORKER_ZONES, Verdict::Fail)]);
    assert_eq!(run.testcase(CONTROL_PLANE).findings[0].observed.as_deref(), Some("1: node-1"));
}

#[test]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn invisible_control_plane_is_not_judged() {
    let lab = Lab::seeded(["workers", "one", "none", "none"]);
    let run = lab.check(User::Admin);
    run.assert_verdicts(&[(CONTROL_PLANE, Verdict::Miss)]);
    assert!(run.reason(CONTROL_PLANE).contains("hosted control plane"), "{}", run.reason(CONTROL_PLANE));
}

#[rstest]
#[case::none("none", "no storage class is the default", "none")]
#[case::two("two", "more than one storage class is the default", "fast, standard")]
#[case::nodefault("nodefault", "no storage class is the default", "none")]
#[case::noprovisioner(
    "noprovisioner",
    "no provisioner creates volumes of the default storage class standard",
    "kubernetes.io/no-provisioner"
)]
#[case::beta("beta", "no storage class is the default", "none")]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn a_claim_without_a_class_has_to_get_a_volume(
    #[case] storage: &'static str,
    #[case] message: &str,
    #[case] observed: &str,
) {
    let lab = Lab::seeded(["ha", storage, "none", "none"]);
    let run = lab.check(User::Admin);
    let local = if storage == "noprovisioner" { Verdict::Fail } else { Verdict::Abort };
    run.assert_verdicts(&[(DEFAULT_CLASS, Verdict::Fail), ("scs-0211-not-node-local", local)]);
    let findings: Vec<_> =
        run.testcase(DEFAULT_CLASS).findings.iter().map(|f| (f.message.as_str(), f.observed.as_deref())).collect();
    assert_eq!(findings, [(message, Some(observed))]);
}
