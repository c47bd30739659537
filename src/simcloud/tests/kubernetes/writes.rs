//! Life cycles: namespaces, pods, claims, policies; what is refused, and what is left.

use super::support::{Asked, conformant, names, start};
use reqwest::Method;
use rstest::rstest;
use scs_simcloud::kubernetes::{ClusterState, PodCourse, PodEnd, StorageVariant, Supply};
use scs_simcloud::{Failure, Fault};
use serde_json::{Value, json};

const SPACES: &str = "/api/v1/namespaces";

fn pod(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"app": name}, "annotations": {"note": "kept"}},
        "spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "main", "image": "probe:1", "env": [{"name": "TOKEN", "value": "abc"}]}],
        },
    })
}

fn claim(class: Option<&str>) -> Value {
    let mut claim = json!({
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    if let Some(class) = class {
        claim["spec"]["storageClassName"] = json!(class);
    }
    claim
}

fn using_claim(name: &str) -> Value {
    let mut pod = pod(name);
    pod["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    pod
}

/// Returns a field of an object at each observation, until it no longer changes, or the object is gone.
async fn course(cluster: &Asked, path: &str, pointer: &str) -> Vec<String> {
    let mut seen = Vec::<String>::new();
    for _ in 0..12 {
        let answer = cluster.get(path).await;
        let value = answer.json().pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        seen.push(if answer.status == 200 { value.unwrap_or_default() } else { answer.status.to_string() });
    }
    seen.dedup();
    seen
}

async fn made(cluster: &Asked, path: &str, object: &Value) -> Value {
    let answer = cluster.post(path, object).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_namespace_goes_with_all_that_is_in_it() {
    let cluster = start(conformant()).await;
    let before = cluster.sim.inventory();
    let space = made(&cluster, SPACES, &json!({"metadata": {"generateName": "scs-", "labels": {"run": "1"}}})).await;
    let name = space["metadata"]["name"].as_str().unwrap();
    assert!(name.len() == 9 && name.starts_with("scs-"), "{name}");
    assert_eq!((&space["status"]["phase"], &space["metadata"]["labels"]["run"]), (&json!("Active"), &json!("1")));
    let inside = format!("{SPACES}/{name}");
    assert_eq!(cluster.get(&format!("{inside}/serviceaccounts/default")).await.status, 200);
    made(&cluster, &format!("{inside}/pods"), &pod("probe")).await;
    made(&cluster, &format!("{inside}/persistentvolumeclaims"), &claim(Some("fast"))).await;
    assert_eq!(
        course(&cluster, &format!("{inside}/persistentvolumeclaims/data"), "/status/phase").await,
        ["Pending", "Bound"]
    );
    let policies = format!("/apis/networking.k8s.io/v1/namespaces/{name}/networkpolicies");
    made(&cluster, &policies, &json!({"metadata": {"name": "deny"}, "spec": {"podSelector": {}}})).await;
    assert_eq!(cluster.sim.inventory().len(), before.len() + 5);
    let deleted = cluster.delete(&inside).await.json();
    assert_eq!(deleted["status"]["phase"], "Terminating");
    let late = cluster.post(&format!("{inside}/configmaps"), &json!({"metadata": {"name": "late"}})).await;
    assert_eq!((late.status, &late.json()["details"]["causes"][0]["reason"]), (403, &json!("NamespaceTerminating")));
    assert_eq!(course(&cluster, &inside, "/status/phase").await, ["Terminating", "404"]);
    assert_eq!(cluster.sim.inventory(), before);
    assert_eq!(cluster.get("/api/v1/persistentvolumes").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_finalizer_keeps_a_namespace() {
    let cluster = start(conformant()).await;
    made(&cluster, SPACES, &json!({"metadata": {"name": "x"}})).await;
    let path = "/api/v1/namespaces/x/configmaps";
    made(&cluster, path, &json!({"metadata": {"name": "held", "finalizers": ["example.org/wait"]}})).await;
    cluster.delete("/api/v1/namespaces/x").await;
    assert_eq!(course(&cluster, "/api/v1/namespaces/x", "/status/phase").await, ["Terminating"]);
    let patch = json!({"metadata": {"finalizers": null}});
    let answer = cluster.call("admin", Method::PATCH, &format!("{path}/held"), Some(&patch)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(course(&cluster, "/api/v1/namespaces/x", "/status/phase").await, ["Terminating", "404"]);
}

#[rstest]
#[case(PodEnd::Succeeds, &["Pending", "Running", "Succeeded"])]
#[case(PodEnd::Fails, &["Pending", "Running", "Failed"])]
#[case(PodEnd::Runs, &["Pending", "Running"])]
#[case(PodEnd::NoImage, &["Pending"])]
#[case(PodEnd::Unschedulable, &["Pending"])]
#[case(PodEnd::Stuck, &["Pending"])]
#[tokio::test]
async fn pods_take_their_course(#[case] end: PodEnd, #[case] phases: &[&str]) {
    let mut state = conformant();
    state.pod_courses.push(PodCourse {
        image: "probe".to_owned(),
        end,
        log: "{env:TOKEN} on {node}\n".to_owned(),
        ..PodCourse::default()
    });
    let cluster = start(state).await;
    let created = made(&cluster, "/api/v1/namespaces/lab/pods", &pod("p")).await;
    assert_eq!(
        (&created["status"]["phase"], &created["metadata"]["annotations"]["note"]),
        (&json!("Pending"), &json!("kept"))
    );
    assert!(created["spec"]["nodeName"].is_null());
    let path = "/api/v1/namespaces/lab/pods/p";
    assert_eq!(course(&cluster, path, "/status/phase").await, phases);
    let pod = cluster.get(path).await.json();
    let first = &pod["status"]["containerStatuses"][0]["state"];
    let log = cluster.get(&format!("{path}/log")).await;
    match end {
        PodEnd::NoImage => assert_eq!(first["waiting"]["reason"], "ImagePullBackOff"),
        PodEnd::Unschedulable => assert_eq!(pod["status"]["conditions"][0]["reason"], "Unschedulable"),
        PodEnd::Stuck => assert_eq!(pod["spec"]["nodeName"], "worker-1"),
        PodEnd::Fails => assert_eq!(first["terminated"]["exitCode"], 1),
        PodEnd::Succeeds => assert_eq!(first["terminated"]["exitCode"], 0),
        PodEnd::Runs => assert!(first["running"].is_object()),
    }
    if phases.len() > 1 {
        assert_eq!((log.status, log.text.as_str()), (200, "abc on worker-1\n"));
    } else {
        assert_eq!(log.status, if end == PodEnd::Unschedulable { 204 } else { 400 });
    }
    assert_eq!(cluster.get(&format!("{path}/exec?command=ls")).await.status, 400);
}

#[tokio::test]
async fn pods_go_where_they_may() {
    let cluster = start(conformant()).await;
    let pods = "/api/v1/namespaces/lab/pods";
    let home = async |name: &str, more: Value| {
        let mut wanted = pod(name);
        wanted["spec"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        made(&cluster, pods, &wanted).await;
        cluster.get(&format!("{pods}/{name}")).await.json()["spec"]["nodeName"].as_str().map(str::to_owned)
    };
    assert_eq!(home("free", json!({})).await.as_deref(), Some("worker-1"));
    assert_eq!(home("next", json!({})).await.as_deref(), Some("worker-2"));
    assert_eq!(home("named", json!({"nodeName": "cp-1"})).await.as_deref(), Some("cp-1"));
    let here = json!({"nodeSelector": {"kubernetes.io/hostname": "worker-2"}});
    assert_eq!(home("chosen", here).await.as_deref(), Some("worker-2"));
    let tainted = json!({"nodeSelector": {"kubernetes.io/hostname": "cp-2"}});
    assert_eq!(home("tainted", tainted).await, None);
    let term = json!({"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["worker-1", "worker-3"]}]});
    let affinity =
        json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}});
    assert_eq!(home("near", json!({"affinity": affinity})).await.as_deref(), Some("worker-2"));
    let rule = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "free"}}});
    let apart = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [rule]}});
    assert_eq!(home("apart", json!({"affinity": apart})).await.as_deref(), Some("worker-3"));
}

#[tokio::test]
async fn a_running_pod_takes_time_to_go() {
    let mut state = conformant();
    state.pod_courses.push(PodCourse { end: PodEnd::Runs, ..PodCourse::default() });
    let cluster = start(state).await;
    let path = "/api/v1/namespaces/lab/pods/p";
    for (query, states) in [("", &["2", "404"][..]), ("?gracePeriodSeconds=0", &["404"][..])] {
        made(&cluster, "/api/v1/namespaces/lab/pods", &pod("p")).await;
        course(&cluster, path, "/status/phase").await;
        assert_eq!(cluster.delete(&format!("{path}{query}")).await.status, 200);
        let seen = course(&cluster, path, "/metadata/deletionTimestamp").await;
        let seen: Vec<String> =
            seen.iter().map(|it| if it.len() > 3 { it[..1].to_owned() } else { it.clone() }).collect();
        assert_eq!(seen, states, "{query}");
    }
}

#[rstest]
#[case(None, true)]
#[case(Some("standard"), true)]
#[case(Some("unheard-of"), false)]
#[tokio::test]
async fn claims_wait_for_their_first_consumer(#[case] class: Option<&str>, #[case] binds: bool) {
    let cluster = start(conformant()).await;
    let path = "/api/v1/namespaces/lab/persistentvolumeclaims";
    made(&cluster, path, &claim(class)).await;
    assert_eq!(course(&cluster, &format!("{path}/data"), "/status/phase").await, ["Pending"]);
    made(&cluster, "/api/v1/namespaces/lab/pods", &using_claim("p")).await;
    let phases = course(&cluster, "/api/v1/namespaces/lab/pods/p", "/status/phase").await;
    assert_eq!(phases, if binds { vec!["Pending", "Running", "Succeeded"] } else { vec!["Pending"] });
    let bound = cluster.get(&format!("{path}/data")).await.json();
    assert_eq!(bound["status"]["phase"], if binds { "Bound" } else { "Pending" });
    let volumes = names(&cluster.get("/api/v1/persistentvolumes").await.json());
    assert_eq!(volumes.len(), usize::from(binds));
}

#[rstest]
#[case(StorageVariant::None, None)]
#[case(StorageVariant::NoProvisioner, None)]
#[case(StorageVariant::One, Some(Supply::Stuck))]
#[tokio::test]
async fn claims_can_be_stuck(#[case] variant: StorageVariant, #[case] supply: Option<Supply>) {
    let mut state = conformant();
    state.storage(variant);
    state.supply = supply.unwrap_or_default();
    let cluster = start(state).await;
    made(&cluster, "/api/v1/namespaces/lab/persistentvolumeclaims", &claim(None)).await;
    made(&cluster, "/api/v1/namespaces/lab/pods", &using_claim("p")).await;
    assert_eq!(course(&cluster, "/api/v1/namespaces/lab/pods/p", "/status/phase").await, ["Pending"]);
    let path = "/api/v1/namespaces/lab/persistentvolumeclaims/data";
    assert_eq!(course(&cluster, path, "/status/phase").await, ["Pending"]);
}

#[tokio::test]
async fn a_claim_in_use_does_not_go() {
    let mut state = conformant();
    state.pod_courses.push(PodCourse { end: PodEnd::Runs, ..PodCourse::default() });
    let cluster = start(state).await;
    let (claims, pods) = ("/api/v1/namespaces/lab/persistentvolumeclaims", "/api/v1/namespaces/lab/pods");
    made(&cluster, claims, &claim(None)).await;
    made(&cluster, pods, &using_claim("p")).await;
    course(&cluster, &format!("{pods}/p"), "/status/phase").await;
    cluster.delete(&format!("{claims}/data")).await;
    assert_eq!(course(&cluster, &format!("{claims}/data"), "/status/phase").await, ["Bound"]);
    cluster.delete(&format!("{pods}/p?gracePeriodSeconds=0")).await;
    cluster.sim.settle();
    assert_eq!(cluster.get(&format!("{claims}/data")).await.status, 404);
    assert_eq!(names(&cluster.get("/api/v1/persistentvolumes").await.json()), Vec::<String>::new());
}

fn privileged() -> Value {
    let mut pod = pod("p");
    pod["spec"]["containers"][0]["securityContext"] = json!({"privileged": true});
    pod
}

fn hardened() -> Value {
    let mut pod = pod("p");
    pod["spec"]["securityContext"] = json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    pod["spec"]["containers"][0]["securityContext"] =
        json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    pod
}

#[rstest]
#[case("v1.34.2", "privileged", privileged(), 201)]
#[case("v1.34.2", "baseline", privileged(), 403)]
#[case("v1.34.2", "baseline", pod("p"), 201)]
#[case("v1.34.2", "restricted", pod("p"), 403)]
#[case("v1.34.2", "restricted", hardened(), 201)]
#[case("v1.23.0", "baseline", privileged(), 403)]
#[case("v1.22.17", "baseline", privileged(), 201)]
#[case("v1.20.2", "restricted", privileged(), 201)]
#[tokio::test]
async fn pod_security(#[case] version: &str, #[case] level: &str, #[case] pod: Value, #[case] status: u16) {
    let cluster = start(ClusterState { version: version.to_owned(), ..conformant() }).await;
    let labels = json!({"pod-security.kubernetes.io/enforce": level});
    made(&cluster, SPACES, &json!({"metadata": {"name": "x", "labels": labels}})).await;
    let before = cluster.sim.inventory();
    let answer = cluster.post("/api/v1/namespaces/x/pods?dryRun=All", &pod).await;
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(cluster.sim.inventory(), before, "a dry run leaves nothing");
    if status == 403 {
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        let start = format!("pods \"p\" is forbidden: violates PodSecurity \"{level}:latest\": ");
        assert!(message.starts_with(&start), "{message}");
    }
}

#[tokio::test]
async fn the_message_about_a_privileged_pod_is_the_real_one() {
    let cluster = start(ClusterState { default_level: Some("baseline".to_owned()), ..conformant() }).await;
    let answer = cluster.post("/api/v1/namespaces/lab/pods?dryRun=All", &privileged()).await;
    assert_eq!(
        answer.json()["message"],
        "pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container \"main\" must not set \
         securityContext.privileged=true)"
    );
}

#[rstest]
#[case("admin", "/api/v1/namespaces/nowhere/pods", pod("p"), 404, "NotFound")]
#[case("admin", "/api/v1/namespaces/lab/pods", json!({"metadata": {"name": "p"}}), 422, "Invalid")]
#[case("admin", "/api/v1/namespaces/lab/pods", json!({"kind": "Node"}), 400, "BadRequest")]
#[case("admin", "/api/v1/namespaces", json!({"metadata": {"name": "Upper"}}), 422, "Invalid")]
#[case("admin", "/api/v1/namespaces", json!({"metadata": {}}), 422, "Invalid")]
#[case("admin", "/api/v1/namespaces", json!({"metadata": {"name": "lab"}}), 409, "AlreadyExists")]
#[case("admin", "/api/v1/pods", pod("p"), 405, "MethodNotAllowed")]
#[case("restricted", "/api/v1/namespaces/lab/pods", pod("p"), 403, "Forbidden")]
#[case("noaccess", "/api/v1/namespaces", json!({"metadata": {"name": "x"}}), 403, "Forbidden")]
#[tokio::test]
async fn refusals(
    #[case] user: &str,
    #[case] path: &str,
    #[case] body: Value,
    #[case] status: u16,
    #[case] reason: &str,
) {
    let cluster = start(conformant()).await;
    let before = cluster.sim.inventory();
    let answer = cluster.post_as(user, path, &body).await;
    assert_eq!((answer.status, answer.json()["reason"].as_str()), (status, Some(reason)), "{}", answer.text);
    assert_eq!(cluster.sim.inventory(), before);
}

#[tokio::test]
async fn system_namespaces_and_other_peoples_uids_are_safe() {
    let cluster = start(conformant()).await;
    assert_eq!(cluster.delete("/api/v1/namespaces/kube-system").await.status, 403);
    let options = json!({"preconditions": {"uid": "another"}});
    let answer = cluster.call("admin", Method::DELETE, "/api/v1/namespaces/lab", Some(&options)).await;
    assert_eq!((answer.status, answer.json()["reason"].as_str()), (409, Some("Conflict")));
    let stale = json!({"metadata": {"resourceVersion": "0", "labels": {"a": "b"}}});
    assert_eq!(cluster.call("admin", Method::PATCH, "/api/v1/namespaces/lab", Some(&stale)).await.status, 409);
}

#[tokio::test]
async fn a_quota_holds() {
    let mut state = conformant();
    let quota = json!({"metadata": {"name": "few", "namespace": "lab"}, "spec": {"hard": {"pods": "1"}}});
    state.objects_mut("resourcequotas").push(quota);
    let cluster = start(state).await;
    made(&cluster, "/api/v1/namespaces/lab/pods", &pod("first")).await;
    let answer = cluster.post("/api/v1/namespaces/lab/pods", &pod("second")).await;
    assert!(answer.status == 403 && answer.text.contains("exceeded quota: few"), "{}", answer.text);
}

#[tokio::test]
async fn collections_go_by_label() {
    let cluster = start(conformant()).await;
    let path = "/api/v1/namespaces/lab/configmaps";
    for (name, run) in [("a", "1"), ("b", "2")] {
        made(&cluster, path, &json!({"metadata": {"name": name, "labels": {"run": run}}})).await;
    }
    assert_eq!(cluster.delete(&format!("{path}?labelSelector=run%3D1")).await.status, 200);
    assert_eq!(names(&cluster.get(path).await.json()), ["b", "kube-root-ca.crt"]);
}

#[tokio::test]
async fn a_change_with_a_lost_answer_is_in_the_inventory() {
    let cluster = start(conformant()).await;
    let before = cluster.sim.inventory().len();
    cluster.sim.plant(Fault::new(Failure::answer_status(500)).method("POST"));
    let answer = cluster.post(SPACES, &json!({"metadata": {"name": "x"}})).await;
    assert_eq!((answer.status, cluster.sim.inventory().len()), (500, before + 1));
    cluster.sim.clear_faults();
    cluster.sim.plant(Fault::new(Failure::RetryAfter { status: 429, after: "1".to_owned() }));
    let busy = cluster.delete("/api/v1/namespaces/x").await;
    assert_eq!((busy.status, busy.json()["reason"].as_str()), (429, Some("TooManyRequests")));
    assert_eq!(busy.header("retry-after").as_deref(), Some("1"));
    cluster.sim.clear_faults();
    cluster.delete("/api/v1/namespaces/x").await;
    assert_eq!(cluster.sim.inventory().len(), before + 1, "until somebody looks, or time passes");
    cluster.sim.settle();
    assert_eq!(cluster.sim.inventory().len(), before);
}
