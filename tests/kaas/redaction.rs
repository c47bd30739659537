//! Redacted recordings of clusters, field by field (the table in `docs/recordings.md`), and as a whole.

use super::{collected_as, conformant};
use crate::support::{Run, embedded, evaluated};
use rstest::rstest;
use scs_checks::facts::{
    AfterMove, ClusterFacts, E2eResults, Facts, KubeletConfig, KubeletSettings, NetworkPolicyResults, PortProbe,
    PortState, PrivilegedPod, Slot, StorageStep, StorageTrial, SuiteResults,
};
use scs_checks::verdict::{Reason, ReasonCode, Verdict};
use scs_reports::judge::{self, Recording, Selection, redact};
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use serde_json::{Value, json};

/// Records a cluster whose owner has left traces everywhere.
async fn recorded(state: ClusterState) -> Recording {
    let cluster = SimCluster::start(marked(state)).await.unwrap();
    Recording::of(collected_as(&cluster, "acme-admin").await, crate::support::tool())
}

fn marked(mut state: ClusterState) -> ClusterState {
    "acme-admin".clone_into(&mut state.users[0].name);
    for node in &mut state.nodes {
        node.labels.insert("acme.example/customer".into(), "acme-gmbh".into());
        node.labels.insert("node-role.kubernetes.io/acme".into(), String::new());
    }
    state.add_namespace("acme-shop", &[("pod-security.kubernetes.io/enforce", "acme-level"), ("team", "acme")]);
    state.storage_classes.iter_mut().for_each(|class| {
        class.annotations.insert("acme.example/owner".into(), "acme".into());
    });
    state
}

fn cluster_facts(recording: &mut Recording) -> &mut ClusterFacts {
    let Facts::Cluster(facts) = &mut recording.collected.facts else { panic!("facts of a cloud") };
    facts
}

fn scenario(name: &str) -> ClusterState {
    ClusterState::scenario(name, crate::support::now().date_naive()).unwrap().unwrap()
}

/// Returns the verdicts of everything that any version asks.
fn verdicts(recording: &Recording) -> Vec<(String, Verdict)> {
    let scope = &embedded().scopes["scs-compatible-kaas"];
    let versions = scope.versions.keys().cloned().collect();
    let selection = Selection { reference: recording.collected.observed_at, versions, ..Run::default().selection };
    let plan = judge::plan(embedded(), scope, &selection).unwrap();
    let report = evaluated(&plan, recording.collected.clone());
    report.testcases.into_iter().map(|(id, result)| (id, result.verdict)).collect()
}

#[rstest]
#[case("conformant", 6)]
#[case("typical", 6)]
// It has neither labels of zones nor ingress classes, and hides where its keys are.
#[case("broken", 4)]
#[tokio::test]
async fn the_verdicts_stay_and_the_names_go(#[case] name: &str, #[case] originals: usize) {
    let recording = recorded(scenario(name)).await;
    let full = recording.to_json().unwrap();
    let redacted = redact(&recording).unwrap();
    let text = redacted.to_json().unwrap();
    let gone = [
        "cp-1",
        "worker-1",
        "acme",
        "zone-1-",
        "10.0.",
        "kube-apiserver-cp",
        "/etc/kubernetes",
        "k8s.io/ingress-nginx",
    ];
    let port = recording.collected.subject.details["server"].trim_end_matches('/');
    for original in gone.into_iter().chain([port]) {
        assert!(!text.contains(original), "{original} survives");
    }
    let there: Vec<&str> = gone.into_iter().filter(|original| full.contains(original)).collect();
    assert!(there.len() >= originals, "there was something to redact: {there:?}");
    assert_eq!(verdicts(&recording), verdicts(&redacted));
    for kept in ["topology.kubernetes.io/zone", "kube-system", "authorization-mode", "1.34"] {
        assert!(text.contains(kept), "{kept} is gone");
    }
    assert_eq!(redact(&recording).unwrap().to_json().unwrap(), text, "the same original gets the same stand-in");
}

/// Asserts fields after redaction: the path, the original, and the result of each.
async fn becomes(rows: &[(&str, Value, Value)]) {
    let recording = recorded(conformant(|_| {})).await;
    let mut json = serde_json::to_value(recording).unwrap();
    // Stand-ins are counted, so nothing else is there to be counted.
    for fact in ["nodes", "namespaces", "storage_classes", "ingress_classes", "kubelet_configs", "api_server_flags"] {
        json["collected"]["facts"]["cluster"][fact] = json!({"known": []});
    }
    for (place, original, _) in rows {
        let (parent, key) = place.rsplit_once('/').unwrap();
        let parent = json["collected"].pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
        parent[key] = original.clone();
    }
    let changed: Recording = serde_json::from_value(json).unwrap();
    let redacted = serde_json::to_value(redact(&changed).unwrap()).unwrap();
    for (place, _, expected) in rows {
        assert_eq!(redacted["collected"].pointer(place), Some(expected), "{place}");
    }
}

#[rstest]
#[case::debian("Debian GNU/Linux 12 (bookworm)", "Debian GNU/Linux 12 (bookworm)")]
#[case::ubuntu("Ubuntu 24.04.3 LTS", "Ubuntu 24.04.3 LTS")]
#[case::other("Acme Linux 12", "system-1")]
#[case::with_a_name("Ubuntu 24.04.3 LTS acme build", "system-1")]
#[case::with_a_word("Debian GNU/Linux 12 (Acme)", "system-1")]
#[tokio::test]
async fn only_known_operating_systems_stay(#[case] original: &str, #[case] expected: &str) {
    let node = |name: &str, system: &str| {
        json!({
            "name": name, "kubelet_version": "v1.34.2", "os_image": system, "ready": true, "unschedulable": false,
            "labels": {}, "addresses": [],
        })
    };
    let (original, expected) = (json!([node("acme-1", original)]), json!([node("node-1", expected)]));
    becomes(&[("/facts/cluster/nodes/known", original, expected)]).await;
}

#[tokio::test]
async fn nodes_and_what_belongs_to_them() {
    let node = |name: &str, other: &str, labels: Value| {
        json!({
            "name": name, "kubelet_version": "v1.34.2-acme.1", "ready": true, "unschedulable": false, "labels": labels,
            "addresses": [{"kind": "InternalIP", "address": other}, {"kind": "Hostname", "address": name}],
        })
    };
    let labels = json!({
        "kubernetes.io/hostname": "acme-1", "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": "acme-west",
        "topology.kubernetes.io/region": "", "node-role.kubernetes.io/control-plane": "",
        "node-role.kubernetes.io/acme": "x", "node.kubernetes.io/instance-type": "acme.large",
    });
    let redacted = json!({
        "kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": "zone-1",
        "topology.kubernetes.io/region": "", "node-role.kubernetes.io/control-plane": "",
        "label-1": "value-1", "node.kubernetes.io/instance-type": "instance-type-1",
    });
    becomes(&[(
        "/facts/cluster/nodes/known",
        json!([node("acme-1", "10.9.8.7", labels), node("acme-2", "10.9.8.8", json!({}))]),
        json!([node("node-1", "address-1", redacted), node("node-2", "address-2", json!({}))]),
    )])
    .await;
}

#[tokio::test]
async fn namespaces_and_classes() {
    let class = |name: &str, annotations: Value, parameters: Value| {
        json!({
            "name": name, "provisioner": "cinder.csi.openstack.org", "annotations": annotations,
            "parameters": parameters, "allow_volume_expansion": true, "volume_binding_mode": "Immediate",
            "reclaim_policy": "Delete",
        })
    };
    let default = "storageclass.kubernetes.io/is-default-class";
    becomes(&[
        (
            "/facts/cluster/namespaces/known",
            json!([
                {"name": "kube-system", "labels": {"kubernetes.io/metadata.name": "kube-system"}},
                {"name": "acme", "labels": {"kubernetes.io/metadata.name": "acme", "team": "x",
                    "pod-security.kubernetes.io/enforce": "baseline"}},
                {"name": "ours", "labels": {"app.kubernetes.io/managed-by": "scs-conformance"}},
                {"name": "theirs", "labels": {"app.kubernetes.io/managed-by": "acme-operator"}},
            ]),
            json!([
                {"name": "kube-system", "labels": {"kubernetes.io/metadata.name": "kube-system"}},
                {"name": "namespace-1", "labels": {"kubernetes.io/metadata.name": "namespace-1", "label-1": "value-1",
                    "pod-security.kubernetes.io/enforce": "baseline"}},
                {"name": "namespace-2", "labels": {"app.kubernetes.io/managed-by": "scs-conformance"}},
                {"name": "namespace-3", "labels": {"app.kubernetes.io/managed-by": "value-2"}},
            ]),
        ),
        (
            "/facts/cluster/storage_classes/known",
            json!([class("acme-fast", json!({default: "true", "note": "for acme"}), json!({"pool": "acme"}))]),
            json!([class(
                "storage-class-1",
                json!({default: "true", "annotation-1": "value-3"}),
                json!({"parameter-1": "value-4"})
            )]),
        ),
        (
            "/facts/cluster/ingress_classes/known",
            json!([{"name": "acme", "controller": "acme.example/in", "annotations": {}}]),
            json!([{"name": "ingress-class-1", "controller": "controller-1", "annotations": {}}]),
        ),
    ])
    .await;
}

#[rstest]
#[case("/etc/kubernetes/pki/ca.crt", "/redacted/path-1")]
#[case("https://login.acme.example/realms/x", "https://host-2.example.org/redacted")]
#[case(
    "https://10.1.2.3:2379,https://10.1.2.4:2379",
    "https://host-2.example.org:2379,https://host-3.example.org:2379"
)]
#[case(
    "/events#https://10.1.2.3;http://10.1.2.4",
    "/redacted/path-1#https://host-2.example.org;http://host-3.example.org"
)]
#[case("https://kubernetes.default.svc.cluster.local", "https://kubernetes.default.svc.cluster.local")]
#[case("kubernetes/serviceaccount", "kubernetes/serviceaccount")]
#[case("10.96.0.0/12", "value-1")]
#[case("1.2.3.4", "value-1")]
#[case("acme", "value-1")]
#[case("true", "true")]
#[case("720h0m0s", "720h0m0s")]
#[case("6443", "6443")]
#[case("", "")]
#[tokio::test]
async fn values_of_flags_keep_their_form(#[case] value: &str, #[case] expected: &str) {
    let servers = |pod: &str, value: &str| json!([{"pod": pod, "flags": {"anything": [value], "authorization-mode": ["Node,RBAC"]}}]);
    becomes(&[(
        "/facts/cluster/api_server_flags/known",
        servers("kube-apiserver-acme-1", value),
        servers("pod-1", expected),
    )])
    .await;
}

#[tokio::test]
async fn the_subject_and_its_api_server() {
    becomes(&[
        ("/subject/name", json!("Acme production"), json!("subject")),
        ("/subject/details/cluster", json!("acme"), json!("cluster-1")),
        ("/subject/details/context", json!("acme-admin@acme"), json!("context-1")),
        ("/subject/details/user", json!("erika"), json!("user-1")),
        ("/subject/details/version", json!("v1.34.2"), json!("v1.34.2")),
        (
            "/subject/details/server",
            json!("https://api.acme.example:6443/k8s/clusters/c-1"),
            json!("https://host-1.example.org:6443/redacted"),
        ),
        (
            "/facts/cluster/api_server/known",
            json!({"url": "https://api.acme.example:6443/k8s/clusters/c-1", "https": true, "anonymous": [],
                "tls": {"version": "TLSv1.3", "issuer": "CN=Acme CA", "not_before": null, "not_after": null}}),
            json!({"url": "https://host-1.example.org:6443/redacted", "https": true, "anonymous": [],
                "tls": {"version": "TLSv1.3", "issuer": "issuer-1", "not_before": null, "not_after": null}}),
        ),
        (
            "/records/nodes/requests/0/url",
            json!("https://api.acme.example:6443/k8s/clusters/c-1/api/v1/nodes?limit=500&continue=YWNtZQ"),
            json!("https://host-1.example.org:6443/redacted/api/v1/nodes?limit=500&continue=redacted"),
        ),
        (
            "/records/kubelet-configs/requests/0/url",
            json!("https://api.acme.example:6443/k8s/clusters/c-1/api/v1/nodes/acme-9/proxy/configz"),
            json!("https://host-1.example.org:6443/redacted/api/v1/nodes/node-1/proxy/configz"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn places_of_public_documents_are_redacted() {
    let source = |way: &str, address: &str| json!({"name": "schedule", "data": "branches", "address": address, "way": way, "as_of": "2026-11-20T10:00:00Z"});
    let world = |sources: [Value; 4], problem: &str| {
        json!({"sources": sources, "problems": [problem], "releases": [], "branches": [],
            "vulnerabilities": [{"id": "CVE-2024-0001", "from": "cve-record", "problem": problem}]})
    };
    let public = "https://raw.githubusercontent.com/kubernetes/website/main/data/releases/schedule.yaml";
    let kept = [source("live", public), source("bundle", "https://github.com/kubernetes/website, commit 39629562bd15")];
    let [live, bundle] = kept;
    becomes(&[(
        "/facts/cluster/kubernetes_world/known",
        world(
            [
                live.clone(),
                bundle.clone(),
                source("live", "https://mirror.acme.example/s"),
                source("folder", "/home/erika"),
            ],
            "https://mirror.acme.example: HTTP 500",
        ),
        world(
            [live, bundle, source("live", "https://host-1.example.org/redacted"), source("folder", "redacted")],
            "redacted",
        ),
    )])
    .await;
}

/// The facts that only experiments find, or that are brought along.
#[tokio::test]
async fn messages_of_services_are_redacted() {
    const SECRET: &str = "Acme GmbH";
    let mut recording = recorded(conformant(|_| {})).await;
    let facts = cluster_facts(&mut recording);
    let results = SuiteResults { source: SECRET.into(), passed: vec!["a".into()], ..SuiteResults::default() };
    facts.e2e_results = Slot::Known(E2eResults(results.clone()));
    facts.network_policy_results = Slot::Known(NetworkPolicyResults(results));
    facts.storage_trial = Slot::Known(StorageTrial::Refused { step: StorageStep::Bind, how: SECRET.into() });
    facts.privileged_pod = Slot::Known(PrivilegedPod::Refused { message: format!("{SECRET} violates PodSecurity") });
    let reason = Reason::new(ReasonCode::Forbidden, SECRET);
    if let Slot::Known(kubelets) = &mut facts.kubelet_configs {
        kubelets.0.push(KubeletConfig { node: SECRET.into(), config: KubeletSettings::Unreadable(reason.clone()) });
    }
    let port = PortProbe { node: SECRET.into(), address: SECRET.into(), port: 2379, state: PortState::Closed };
    facts.open_ports = Slot::Known(scs_checks::facts::OpenPorts(vec![port]));
    facts.ingress_classes = Slot::Failed(reason);
    let mut redacted = redact(&recording).unwrap();
    assert!(!redacted.to_json().unwrap().contains(SECRET));
    assert_eq!(verdicts(&recording), verdicts(&redacted));
    let said = &cluster_facts(&mut redacted).privileged_pod;
    assert_eq!(said, &Slot::Known(PrivilegedPod::Refused { message: "violates PodSecurity".into() }));
    let moved = |from: &str, to: &str, class: &str| StorageTrial::Kept {
        storage_class: class.into(),
        access_modes: vec!["ReadWriteOnce".into()],
        ready_seconds: 3,
        after_move: AfterMove::Kept { from: from.into(), to: to.into() },
    };
    cluster_facts(&mut recording).storage_trial = Slot::Known(moved("worker-1", "worker-2", "acme"));
    let mut redacted = redact(&recording).unwrap();
    let trial = serde_json::to_string(&cluster_facts(&mut redacted).storage_trial).unwrap();
    assert!(!trial.contains("worker") && !trial.contains("acme"), "{trial}");
}
