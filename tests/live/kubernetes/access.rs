//! Users without permissions, and refused users: every testcase that cannot be decided says why.

use super::lab::{Lab, USUAL, User};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::SubjectState;

const NODES: &str = "the permission to list nodes in the whole cluster is missing";
const CLASSES: &str = "the permission to list storageclasses.storage.k8s.io in the whole cluster is missing";
const INGRESS: &str = "the permission to list ingressclasses.networking.k8s.io in the whole cluster is missing";

/// Version and kinds of an API are told to everybody who is known.
#[rstest]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn a_missing_permission_is_named(#[values(User::Restricted, User::NoAccess)] user: User) {
    let lab = Lab::seeded(USUAL);
    let run = lab.check(user);
    let unknown = [
        ("scs-0210-kubelet-versions", NODES),
        ("scs-0211-default-class", CLASSES),
        ("scs-0211-not-node-local", CLASSES),
        ("scs-0214-control-plane-nodes", NODES),
        ("scs-0214-labels", NODES),
        ("scs-0214-worker-zones", NODES),
        ("scs-0217-kubelet-anonymous-auth", NODES),
        ("scs-0217-kubelet-authorization", NODES),
        ("scs-0217-kubelet-read-only-port", NODES),
        ("scs-0219-default-ingress-class", INGRESS),
        ("scs-0220-node-systems", NODES),
    ];
    for (id, permission) in unknown {
        assert_eq!(run.testcase(id).verdict, Verdict::Abort, "{id}");
        assert!(run.reason(id).contains(permission), "{id}: {}", run.reason(id));
    }
    let aborted: Vec<_> =
        unknown.iter().filter(|(id, _)| !id.starts_with("scs-0217-")).map(|(id, _)| (*id, Verdict::Abort)).collect();
    run.assert_verdicts(&aborted);
}

#[test]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn an_unknown_user_gets_only_the_reason() {
    let lab = Lab::seeded(USUAL);
    let run = lab.check(User::Untrusted);
    assert_eq!((run.code, run.report.subject.state), (Some(3), SubjectState::Refused));
    let reason = run.report.subject.reason.as_ref().unwrap();
    assert_eq!(reason.code, ReasonCode::CredentialsRefused);
    assert!(reason.message.contains("HTTP 401"), "{}", reason.message);
    for (id, result) in &run.report.testcases {
        assert_eq!((result.verdict, result.reason.as_ref()), (Verdict::Abort, Some(reason)), "{id}");
    }
}
