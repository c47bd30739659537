//! scs-0217 through the program: what the verdicts on whole clusters are, and that what nobody sees is never green.

use super::conformant;
use super::refusals::{authority, certificate};
use crate::program::{Program, verdicts};
use crate::support::now;
use rstest::rstest;
use scs_simcloud::kubernetes::{Anonymous, ClusterState, SimCluster};
use serde_json::Value;
use std::collections::BTreeMap;

/// Checks scs-0217 of a whole cluster, over TLS unless it is to be reached in the clear.
async fn report(state: ClusterState, tls: bool) -> Value {
    let authority = authority();
    let builder = SimCluster::builder(state);
    let builder = match tls {
        true => builder.tls(certificate(&authority, "127.0.0.1", (2020, 2100))).authority(&authority.pem()),
        false => builder,
    };
    let cluster = builder.start().await.unwrap();
    let arguments = "check kaas --version next --select scs-0217-* --kubeconfig k.yaml --data none --output json=-";
    let ended = Program::new(arguments).file("k.yaml", cluster.kubeconfig().unwrap()).run().await;
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

/// Returns the verdicts, without what the ids begin with.
fn of_standard(report: &Value) -> BTreeMap<String, String> {
    let short = |(id, verdict): (String, String)| Some((id.strip_prefix("scs-0217-")?.to_owned(), verdict));
    verdicts(report).into_iter().filter_map(short).collect()
}

fn expected(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
    let words = |(verdict, ids): &(&str, &str)| {
        let verdict = (*verdict).to_owned();
        ids.split_whitespace().map(|id| (id.to_owned(), verdict.clone())).collect::<Vec<_>>()
    };
    rows.iter().flat_map(words).collect()
}

const API_SERVER: &str = "authentication-methods service-account-issuer authorization-modes rbac node-restriction \
                          pod-security-admission etcd-tls insecure-port";

#[rstest]
#[case::conformant("conformant", true, &[
    ("PASS", "api-https api-tls anonymous-access kubelet-anonymous-auth kubelet-authorization kubelet-read-only-port"),
    ("PASS", API_SERVER),
    ("PASS", "pod-security-levels"),
    // No address in the Internet; and a privileged pod needs a permission.
    ("ABORT", "closed-ports"),
    ("MISS", "privileged-pod"),
])]
#[case::typical("typical", true, &[
    ("PASS", "api-https api-tls anonymous-access kubelet-authorization kubelet-read-only-port"),
    ("PASS", API_SERVER),
    ("FAIL", "kubelet-anonymous-auth pod-security-levels"),
    ("ABORT", "closed-ports"),
    ("MISS", "privileged-pod"),
])]
#[case::broken("broken", false, &[
    ("FAIL", "api-https api-tls anonymous-access kubelet-anonymous-auth kubelet-authorization kubelet-read-only-port"),
    ("FAIL", "authentication-methods service-account-issuer authorization-modes rbac node-restriction etcd-tls"),
    ("FAIL", "insecure-port"),
    // Too old for Pod Security.
    ("ABORT", "pod-security-admission pod-security-levels closed-ports"),
    ("MISS", "privileged-pod"),
])]
#[tokio::test]
async fn a_scenario_has_its_verdicts(#[case] name: &str, #[case] tls: bool, #[case] rows: &[(&str, &str)]) {
    let state = ClusterState::scenario(name, now().date_naive()).unwrap().unwrap();
    assert_eq!(of_standard(&report(state, tls).await), expected(rows));
}

/// Q-0217-1: a control plane that nobody sees, or whose flags nobody sees, is never green.
#[rstest]
#[case::hosted(ClusterState::hosted, "service-absent", "hosted elsewhere")]
#[case::hidden(ClusterState::hide_flags, "inconclusive", "no flags, or not all of them")]
#[tokio::test]
async fn flags_out_of_sight_are_never_green(
    #[case] hide: fn(&mut ClusterState),
    #[case] code: &str,
    #[case] words: &str,
) {
    let report = report(conformant(hide), true).await;
    for id in API_SERVER.split_whitespace() {
        let result = &report["testcases"][format!("scs-0217-{id}")];
        assert_eq!((&result["verdict"], &result["reason"]["code"]), (&"ABORT".into(), &code.into()), "{id}: {result}");
        assert!(result["reason"]["message"].as_str().unwrap().contains(words), "{id}: {result}");
    }
}

#[rstest]
#[case::off("disable-admission-plugins", Some("PodSecurity"), "pod-security-admission", "FAIL")]
#[case::not_the_first("enable-admission-plugins", Some("PodSecurity,NodeRestriction"), "node-restriction", "PASS")]
#[case::none("enable-admission-plugins", None, "node-restriction", "FAIL")]
#[case::file("authorization-config", Some("/etc/kubernetes/authorization.yaml"), "authorization-modes", "ABORT")]
#[case::one_way("client-ca-file", None, "authentication-methods", "FAIL")]
#[case::no_issuer("service-account-issuer", None, "service-account-issuer", "FAIL")]
#[case::odd_issuer("service-account-issuer", Some("http://example.com"), "service-account-issuer", "PASS")]
#[case::no_key("etcd-keyfile", None, "etcd-tls", "FAIL")]
#[tokio::test]
async fn a_flag_decides(#[case] flag: &str, #[case] value: Option<&str>, #[case] id: &str, #[case] verdict: &str) {
    let report = report(conformant(|state| state.apiserver_flag(flag, value)), true).await;
    let result = &report["testcases"][format!("scs-0217-{id}")];
    assert_eq!(result["verdict"], verdict, "{result}");
    if verdict == "FAIL" {
        let pods: Vec<&Value> =
            result["findings"].as_array().unwrap().iter().map(|finding| &finding["resource"]["name"]).collect();
        for pod in ["kube-apiserver-cp-1", "kube-apiserver-cp-2", "kube-apiserver-cp-3"] {
            assert!(pods.iter().any(|name| *name == pod), "{pod}: {result}");
        }
    }
}

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";
const OURS: (&str, &str) = ("app.kubernetes.io/managed-by", "scs-conformance");

/// Lets no namespace say which level holds in it.
fn silent(state: &mut ClusterState) {
    for namespace in state.objects_mut("namespaces") {
        namespace["metadata"]["labels"] = Value::Null;
    }
}

/// Q-0217-4: what a namespace does not say is unknown, and what the suite itself has made says nothing of the cluster.
#[rstest]
#[case::one_is_silent(|state: &mut ClusterState| state.add_namespace("acme", &[]), "ABORT")]
#[case::one_is_privileged(|state: &mut ClusterState| state.add_namespace("acme", &[(ENFORCE, "privileged")]), "FAIL")]
#[case::only_ours_speaks(
    |state: &mut ClusterState| {
        silent(state);
        state.add_namespace("scs-1", &[(ENFORCE, "baseline"), OURS]);
    },
    "ABORT"
)]
#[case::ours_is_silent(|state: &mut ClusterState| state.add_namespace("scs-1", &[OURS]), "PASS")]
#[tokio::test]
async fn every_namespace_has_to_say_its_level(#[case] change: fn(&mut ClusterState), #[case] verdict: &str) {
    let report = report(conformant(change), true).await;
    let result = &report["testcases"]["scs-0217-pod-security-levels"];
    assert_eq!(result["verdict"], verdict, "{result}");
}

#[rstest]
#[case(Anonymous::Refused, "PASS")]
#[case(Anonymous::Forbidden, "PASS")]
#[case(Anonymous::Reads, "FAIL")]
#[tokio::test]
async fn anonymous_reading_is_a_violation(#[case] anonymous: Anonymous, #[case] verdict: &str) {
    let report = report(conformant(|state| state.anonymous = anonymous), true).await;
    assert_eq!(report["testcases"]["scs-0217-anonymous-access"]["verdict"], verdict);
}

#[tokio::test]
async fn a_server_from_before_pod_security_is_too_old_to_judge() {
    let report = report(conformant(|state| state.version = "v1.20.2".to_owned()), true).await;
    for id in ["scs-0217-pod-security-admission", "scs-0217-pod-security-levels"] {
        let result = &report["testcases"][id];
        assert_eq!(result["verdict"], "ABORT", "{result}");
        assert!(result["reason"]["message"].as_str().unwrap().starts_with("server too old"), "{result}");
    }
}
