//! Clusters in a management cluster: the states that their controllers walk through, up to a kubeconfig.

use super::api::{Api, Creation};
use super::fixture::{Fixture, provisioner};
use crate::provision::ProvisionError;
use rstest::rstest;
use scs_checks::verdict::ReasonCode;
use serde_json::{Value, json};
use std::time::Duration;

/// Returns the status of a Cluster in the phase, with a condition.
fn capi(phase: &str, condition: (&str, &str)) -> Value {
    let condition = json!({"type": condition.0, "status": condition.1, "reason": "R", "observedGeneration": 1});
    json!({"phase": phase, "observedGeneration": 1, "conditions": [condition]})
}

fn capi_old(phase: &str, generation: u32) -> Value {
    let condition = json!({"type": "Available", "status": "True", "observedGeneration": generation});
    json!({"phase": phase, "observedGeneration": generation, "conditions": [condition]})
}

fn capi_workers(available: u32) -> Value {
    let mut status = capi("Provisioned", ("Available", "True"));
    status["workers"] = json!({"desiredReplicas": 3, "availableReplicas": available});
    status
}

/// Returns the status of a Shoot after an operation, with an error of this code, and these conditions that are not true.
fn shoot(kind: &str, state: &str, code: Option<&str>, unhealthy: &[&str]) -> Value {
    let all = [
        "APIServerAvailable",
        "ControlPlaneHealthy",
        "EveryNodeReady",
        "SystemComponentsHealthy",
        "ObservabilityComponentsHealthy",
    ];
    let status = |name: &&str| if unhealthy.contains(name) { "Progressing" } else { "True" };
    let conditions: Vec<Value> = all.iter().map(|name| json!({"type": name, "status": status(name)})).collect();
    let errors: Vec<Value> = code.iter().map(|code| json!({"description": "no luck", "codes": [code]})).collect();
    json!({
        "observedGeneration": 1, "conditions": conditions, "lastErrors": errors,
        "lastOperation": {"type": kind, "state": state, "progress": 40, "description": "work"},
    })
}

fn unseen_shoot() -> Value {
    let mut status = shoot("Create", "Succeeded", None, &[]);
    status["observedGeneration"] = 0.into();
    status
}

/// Returns the status of a HelmRelease of a generation, with conditions.
fn release(generation: u32, conditions: &[(&str, &str, &str)]) -> Value {
    let condition =
        |(name, status, reason): &(&str, &str, &str)| json!({"type": name, "status": status, "reason": reason});
    json!({"observedGeneration": generation, "conditions": conditions.iter().map(condition).collect::<Vec<_>>()})
}

/// Returns what a management cluster needs to make clusters of version 1.35.
pub(super) fn offers(state: &mut super::api::State) {
    let release = |name: &str, version: &str| json!({"metadata": {"name": name}, "status": {"ready": true, "kubernetesVersion": version}});
    let releases = json!({"items": [release("scs-1-35-v9", "v1.35.9"), release("scs-1-35-v10", "v1.35.10")]});
    let path = "/apis/clusterstack.x-k8s.io/v1alpha1/namespaces/kaas/clusterstackreleases";
    state.objects.insert(path.to_owned(), releases);
    let versions = json!([{"version": "1.35.10", "classification": "supported"}]);
    let profile = json!({"status": {"kubernetes": {"versions": versions}}});
    state.objects.insert("/apis/core.gardener.cloud/v1beta1/cloudprofiles/p".to_owned(), profile);
}

/// Returns the state of a cluster that is ready.
pub(super) fn ready(kind: &str) -> Value {
    match kind {
        "clusterstacks" => capi("Provisioned", ("Available", "True")),
        "gardener" => shoot("Create", "Succeeded", None, &[]),
        _ => release(1, &[("Ready", "True", "InstallSucceeded")]),
    }
}

#[rstest]
#[case::capi("clusterstacks", vec![json!({}), capi("Pending", ("Available", "Unknown")), capi("Provisioning", ("Available", "False")), capi("Provisioned", ("Available", "False")), capi("Provisioned", ("Available", "True"))])]
#[case::capi_unknown_phase("clusterstacks", vec![capi("Unknown", ("Available", "Unknown")), capi("Provisioned", ("Available", "True"))])]
#[case::capi_old_generation("clusterstacks", vec![capi_old("Provisioned", 0), capi_old("Provisioned", 1)])]
#[case::capi_workers("clusterstacks", vec![capi_workers(0), capi_workers(2), capi_workers(3)])]
#[case::shoot("gardener", vec![json!({}), shoot("Create", "Pending", None, &[]), shoot("Create", "Processing", None, &[]), shoot("Create", "Succeeded", None, &[])])]
#[case::shoot_error_then_succeeded("gardener", vec![shoot("Create", "Error", Some("ERR_RETRYABLE_INFRA_DEPENDENCIES"), &[]), shoot("Create", "Succeeded", None, &[])])]
#[case::shoot_aborted_then_succeeded("gardener", vec![shoot("Create", "Aborted", None, &[]), shoot("Reconcile", "Succeeded", None, &[])])]
#[case::shoot_nodes_late("gardener", vec![shoot("Create", "Succeeded", None, &["EveryNodeReady"]), shoot("Create", "Succeeded", None, &[])])]
#[case::shoot_unobserved("gardener", vec![unseen_shoot(), shoot("Create", "Succeeded", None, &[])])]
#[case::shoot_without_observability("gardener", vec![shoot("Create", "Succeeded", None, &["ObservabilityComponentsHealthy"])])]
#[case::release("t8s", vec![json!({}), release(1, &[("Reconciling", "True", "Progressing"), ("Ready", "Unknown", "Progressing")]), release(1, &[("Ready", "True", "InstallSucceeded")])])]
#[case::release_old_generation("t8s", vec![release(0, &[("Ready", "True", "UpgradeSucceeded")]), release(1, &[("Ready", "True", "UpgradeSucceeded")])])]
#[case::release_failed_then_ready("t8s", vec![release(1, &[("Ready", "False", "InstallFailed")]), release(1, &[("Ready", "False", "ArtifactFailed")]), release(1, &[("Ready", "True", "InstallSucceeded")])])]
#[tokio::test]
async fn cluster_becomes_ready_and_is_removed(#[case] kind: &str, #[case] course: Vec<Value>) {
    let api = Api::start(|state| {
        offers(state);
        state.course = course;
        state.looks_without_kubeconfig = 2;
    })
    .await;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    let made = fixture.make().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(made.version, "v1.35.10");
    let record = fixture.record().await.unwrap();
    assert_eq!((record.name.as_str(), record.kind.as_str(), record.subject.as_str()), ("kaas-1-35", kind, "kaas-1.35"));
    let metadata = api.clusters()[0]["metadata"].clone();
    assert_eq!(metadata["labels"]["app.kubernetes.io/managed-by"], "scs-conformance");
    assert_eq!(metadata["labels"]["scs-conformance/run"], record.run.as_str());
    assert_eq!(record.uid.as_deref(), metadata["uid"].as_str());
    fixture.remove().await.unwrap();
    assert_eq!((api.clusters(), fixture.files()), (vec![], vec![]));
}

#[rstest]
#[case::capi_failed("clusterstacks", capi("Failed", ("Available", "False")), "has failed: phase Failed; Available is False (R)")]
#[case::shoot_failed("gardener", shoot("Create", "Failed", None, &[]), "has failed: Create Failed: work")]
#[case::shoot_quota("gardener", shoot("Create", "Error", Some("ERR_INFRA_QUOTA_EXCEEDED"), &[]), "no luck (ERR_INFRA_QUOTA_EXCEEDED)")]
#[case::shoot_unauthorized("gardener", shoot("Create", "Error", Some("ERR_INFRA_UNAUTHORIZED"), &[]), "(ERR_INFRA_UNAUTHORIZED)")]
#[case::shoot_deleted("gardener", shoot("Delete", "Succeeded", None, &[]), "somebody else removes it")]
#[case::release_stalled("t8s", release(1, &[("Stalled", "True", "RetriesExceeded"), ("Ready", "False", "InstallFailed")]), "Stalled is True (RetriesExceeded); Ready is False (InstallFailed)")]
#[tokio::test]
async fn failure_for_good_ends_the_wait(#[case] kind: &str, #[case] status: Value, #[case] expected: &str) {
    let api = Api::start(|state| {
        offers(state);
        state.course = vec![status];
    })
    .await;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    let error = fixture.make().await.unwrap_err();
    assert!(matches!(error, ProvisionError::Failed { .. }), "{error}");
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(error.reason().code, ReasonCode::RequestFailed);
    fixture.remove().await.unwrap();
    assert_eq!((api.clusters(), fixture.files()), (vec![], vec![]));
}

#[rstest]
#[case::capi("clusterstacks", capi("Provisioning", ("Available", "False")), "last seen: phase Provisioning; Available is False (R)")]
#[case::capi_only_provisioned("clusterstacks", json!({"phase": "Provisioned"}), "last seen: phase Provisioned; Available is not known yet")]
#[case::capi_old_generation(
    "clusterstacks",
    capi_old("Provisioned", 0),
    "last seen: its controller has not seen it yet"
)]
#[case::capi_workers("clusterstacks", capi_workers(2), "last seen: 2 of 3 workers are available")]
#[case::shoot("gardener", shoot("Create", "Processing", None, &[]), "last seen: Create Processing (40 %)")]
#[case::shoot_error_for_ever("gardener", shoot("Create", "Error", None, &[]), "last seen: Create Error (40 %): work")]
#[case::shoot_nodes("gardener", shoot("Create", "Succeeded", None, &["EveryNodeReady"]), "last seen: EveryNodeReady is Progressing")]
#[case::release("t8s", release(1, &[("Ready", "False", "InstallFailed")]), "last seen: Ready is False (InstallFailed)")]
#[case::release_old_generation("t8s", release(0, &[("Ready", "True", "UpgradeSucceeded")]), "last seen: Flux has not seen it yet")]
#[case::release_unobserved("t8s", json!({"conditions": [{"type": "Ready", "status": "True"}]}), "last seen: Flux has not seen it yet")]
#[tokio::test]
async fn cluster_that_is_never_ready_ends_at_the_deadline(
    #[case] kind: &str,
    #[case] status: Value,
    #[case] expected: &str,
) {
    let api = Api::start(|state| {
        offers(state);
        state.course = vec![status];
    })
    .await;
    let mut fixture = Fixture::new(provisioner(kind), Some(&api));
    fixture.hurry(|provisioner| provisioner.deadlines.ready = Duration::from_millis(200));
    let error = fixture.make().await.unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(error.reason().code, ReasonCode::Deadline);
    fixture.remove().await.unwrap();
    assert_eq!((api.clusters(), fixture.files()), (vec![], vec![]));
}

/// A management cluster that serves only v1beta1 has `topology.class` and the condition `Ready`.
#[rstest]
#[case::both(vec!["v1beta1", "v1beta2"], vec![], "Available", "/spec/topology/classRef/name")]
#[case::new(vec!["v1beta2"], vec![], "Available", "/spec/topology/classRef/name")]
#[case::old(vec!["v1beta1"], vec![], "Ready", "/spec/topology/class")]
#[case::new_for_other_resources(vec!["v1beta2", "v1beta1"], vec!["v1beta2"], "Ready", "/spec/topology/class")]
#[tokio::test]
async fn version_of_cluster_api_is_discovered(
    #[case] versions: Vec<&'static str>,
    #[case] elsewhere: Vec<&'static str>,
    #[case] condition: &str,
    #[case] class: &str,
) {
    let api = Api::start(|state| {
        offers(state);
        state.groups.insert("cluster.x-k8s.io", versions);
        state.elsewhere = elsewhere;
        state.course = vec![capi("Provisioned", (condition, "True"))];
    })
    .await;
    let fixture = Fixture::new(provisioner("clusterstacks"), Some(&api));
    fixture.make().await.unwrap();
    let cluster = api.clusters().remove(0);
    assert_eq!(cluster.pointer(class), Some(&json!("scs-1-35-v10")), "{cluster}");
    assert_eq!(cluster["spec"]["topology"]["version"], "v1.35.10");
    assert_eq!(cluster["spec"]["topology"]["workers"]["machineDeployments"][0]["replicas"], 3);
}

#[rstest]
#[case::no_group("clusterstacks", "cluster.x-k8s.io", vec![], "does not serve cluster.x-k8s.io")]
#[case::no_version("clusterstacks", "cluster.x-k8s.io", vec!["v1alpha4"], "in the versions v1alpha4, and this program knows clusters in v1beta2 and v1beta1")]
#[case::no_gardener("gardener", "core.gardener.cloud", vec![], "does not serve core.gardener.cloud")]
#[case::no_flux("t8s", "helm.toolkit.fluxcd.io", vec!["v2beta1"], "and this program knows helmreleases in v2")]
#[tokio::test]
async fn missing_api_is_named(
    #[case] kind: &str,
    #[case] group: &'static str,
    #[case] versions: Vec<&'static str>,
    #[case] expected: &str,
) {
    let api = Api::start(|state| {
        state.groups.remove(group);
        if !versions.is_empty() {
            state.groups.insert(group, versions);
        }
    })
    .await;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    let error = fixture.make().await.unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(error.reason().code, ReasonCode::Configuration);
    assert_eq!((api.requests("POST"), fixture.files()), (vec![], vec![]));
}

#[rstest]
#[case::minor("v1.34.7", "was asked for with Kubernetes 1.35.10, and v1.34.7 answers")]
#[case::patch("v1.35.9", "was asked for with Kubernetes 1.35.10, and v1.35.9 answers")]
#[case::not_a_version("nightly", "and nightly answers")]
#[tokio::test]
async fn other_version_is_not_tested(#[case] version: &'static str, #[case] expected: &str) {
    let api = Api::start(|state| {
        offers(state);
        state.course = vec![ready("gardener")];
        state.version = version;
    })
    .await;
    let fixture = Fixture::new(provisioner("gardener"), Some(&api));
    let error = fixture.make().await.unwrap_err().to_string();
    assert!(error.contains(expected) && error.contains("nothing was tested"), "{error}");
    fixture.remove().await.unwrap();
    assert_eq!(api.clusters(), Vec::<Value>::new());
}

#[tokio::test]
async fn shortened_lifetime_of_a_kubeconfig_is_told() {
    let api = Api::start(|state| {
        offers(state);
        state.course = vec![ready("gardener")];
        state.expires_at = Some("2026-11-30T04:00:00Z".to_owned());
    })
    .await;
    let fixture = Fixture::new(provisioner("gardener"), Some(&api));
    let made = fixture.make().await.unwrap();
    assert_eq!(made.expires_at, Some("2026-11-30T04:00:00Z".parse().unwrap()));
    let mode = std::os::unix::fs::PermissionsExt::mode(&made.kubeconfig.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[rstest]
#[case::kubeconfig("clusterstacks")]
#[case::of_flux("t8s")]
#[tokio::test]
async fn kubeconfig_that_never_comes_ends_at_the_deadline(#[case] kind: &str) {
    let api = Api::start(|state| {
        offers(state);
        state.course = vec![ready(kind)];
        state.looks_without_kubeconfig = usize::MAX;
    })
    .await;
    let mut fixture = Fixture::new(provisioner(kind), Some(&api));
    fixture.hurry(|provisioner| provisioner.deadlines.kubeconfig = Duration::from_millis(200));
    let error = fixture.make().await.unwrap_err().to_string();
    let expected = "getting the kubeconfig of the cluster kaas-1-35 did not end within 200ms; last seen: there is no \
                    kubeconfig yet";
    assert!(error.contains("there is no kubeconfig yet") && error.starts_with(&expected[..40]), "{error}");
    fixture.remove().await.unwrap();
}

/// The subject's own deadline ends every step.
#[tokio::test]
async fn deadline_of_the_subject_counts_before_that_of_a_step() {
    let api = Api::start(|state| {
        offers(state);
        state.course = vec![json!({})];
    })
    .await;
    let fixture = Fixture::new(provisioner("gardener"), Some(&api));
    let error = fixture.make_within(Duration::from_millis(300)).await.unwrap_err();
    assert!(matches!(error, ProvisionError::Deadline { .. }), "{error}");
    fixture.remove().await.unwrap();
    assert_eq!((api.clusters(), fixture.files()), (vec![], vec![]));
}

#[rstest]
#[case::server_error(vec![503, 500, 502], true)]
#[case::rate_limit(vec![429], true)]
#[case::forbidden(vec![403], false)]
#[case::unauthorized(vec![401], false)]
#[tokio::test]
async fn only_faults_that_may_pass_are_waited_out(#[case] faults: Vec<u16>, #[case] passes: bool) {
    let api = Api::start(|state| {
        offers(state);
        state.course = vec![json!({}), ready("gardener")];
    })
    .await;
    let fixture = Fixture::new(provisioner("gardener"), Some(&api));
    let making = fixture.make();
    let failing = async {
        while api.clusters().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        api.state.lock().unwrap().faults = faults;
    };
    let (made, ()) = tokio::join!(making, failing);
    assert_eq!(made.is_ok(), passes, "{:?}", made.map_err(|error| error.to_string()));
    fixture.remove().await.unwrap();
    assert_eq!((api.clusters(), fixture.files()), (vec![], vec![]));
}

#[rstest]
#[case::forbidden("gardener", 403, ReasonCode::Forbidden)]
#[case::invalid("clusterstacks", 422, ReasonCode::RequestFailed)]
#[case::of_flux("t8s", 403, ReasonCode::Forbidden)]
#[tokio::test]
async fn refused_creation_leaves_nothing_and_shows_no_secret(
    #[case] kind: &str,
    #[case] status: u16,
    #[case] code: ReasonCode,
) {
    let api = Api::start(|state| {
        offers(state);
        state.creation = Creation::Refused(status);
    })
    .await;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    let error = fixture.make().await.unwrap_err();
    assert_eq!(error.reason().code, code, "{error}");
    let is_secret = kind == "t8s";
    assert_eq!(error.to_string().contains("sesame"), !is_secret, "{error}");
    assert_eq!(fixture.files(), [""; 0]);
    fixture.remove().await.unwrap();
    assert_eq!(api.requests("DELETE"), [""; 0]);
}
