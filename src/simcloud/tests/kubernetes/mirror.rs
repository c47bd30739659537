//! The simulated cluster against the recordings of a real API server: same request, same answer, but for what must differ.

use super::support::{Asked, conformant, start};
use reqwest::Method;
use scs_simcloud::kubernetes::{ClusterState, Node, PodCourse, PodEnd, StorageClass};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The fields that are new each time, or belong to the machine that was recorded.
const VOLATILE: [&str; 29] = [
    "clientCAFile",
    "startTime",
    "startedAt",
    "finishedAt",
    "containerID",
    "imageID",
    "podIP",
    "hostIP",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "lastHeartbeatTime",
    "lastTransitionTime",
    "continue",
    "machineID",
    "systemUUID",
    "bootID",
    "containerRuntimeVersion",
    "podCIDR",
    "podCIDRs",
    "Port",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "serverAddress",
    "paths",
    "preferredVersion",
];
/// Lists of which the simulation serves a part.
const PARTS: [&str; 3] = ["groups", "resources", "versions"];

/// A request to the lab and its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recording {
    user: String,
    method: String,
    path: String,
    request: Option<Value>,
    status: u16,
    content_type: Option<String>,
    body: Value,
}

/// Returns name and content of all of them, in the order in which they were made.
fn recordings(folder: &str) -> Vec<(String, Recording)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/recorded").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let recording = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, recording)
    };
    files.into_iter().map(read).collect()
}

fn items(recordings: &[(String, Recording)], name: &str) -> Vec<Value> {
    let (_, found) = recordings.iter().find(|(known, _)| known[3..] == *name).unwrap_or_else(|| panic!("no {name}"));
    found.body["items"].as_array().unwrap().clone()
}

fn map<T: for<'a> Deserialize<'a> + Default>(value: &Value) -> T {
    if value.is_null() { T::default() } else { serde_json::from_value(value.clone()).unwrap() }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn node(item: &Value) -> Node {
    let taints = item["spec"]["taints"].as_array().into_iter().flatten();
    Node {
        name: text(&item["metadata"]["name"]),
        labels: map(&item["metadata"]["labels"]),
        annotations: map(&item["metadata"]["annotations"]),
        taints: taints.map(|taint| text(&taint["key"])).collect(),
        ready: "True".to_owned(),
        address: text(&item["status"]["addresses"][0]["address"]),
        ..Node::default()
    }
}

fn class(item: &Value) -> StorageClass {
    StorageClass {
        name: text(&item["metadata"]["name"]),
        labels: map(&item["metadata"]["labels"]),
        annotations: map(&item["metadata"]["annotations"]),
        provisioner: text(&item["provisioner"]),
        waits: item["volumeBindingMode"] == "WaitForFirstConsumer",
        supply: None,
        ..StorageClass::default()
    }
}

/// Returns the lab as a state: what the recordings say is there.
fn lab(recordings: &[(String, Recording)]) -> ClusterState {
    let mut state = ClusterState { version: "v1.20.2".to_owned(), ..conformant() };
    for user in &mut state.users {
        user.name = format!("lab-{}", user.name);
    }
    state.nodes = items(recordings, "nodes").iter().map(node).collect();
    state.storage_classes = items(recordings, "storageclasses").iter().map(class).collect();
    for kind in ["ingressclasses", "customresourcedefinitions", "pods"] {
        state.objects_mut(kind).clear();
    }
    for space in items(recordings, "namespaces") {
        let name = text(&space["metadata"]["name"]);
        if !state.objects_mut("namespaces").iter().any(|known| known["metadata"]["name"] == name.as_str()) {
            state.add_namespace(&name, &[]);
        }
        let own = state.objects_mut("namespaces").iter_mut().find(|known| known["metadata"]["name"] == name.as_str());
        let own = own.and_then(|own| own["metadata"].as_object_mut()).unwrap();
        for key in ["annotations", "labels"] {
            match &space["metadata"][key] {
                recorded @ Value::Object(_) => own.insert(key.to_owned(), recorded.clone()),
                _ => own.remove(key),
            };
        }
    }
    state
}

/// Sends a recorded request; the untrusted user has no right token.
async fn differences(cluster: &Asked, recording: &Recording) -> Vec<String> {
    let user = if recording.user.is_empty() { String::new() } else { format!("lab-{}", recording.user) };
    let method = Method::from_bytes(recording.method.as_bytes()).unwrap();
    let answer = cluster.call(&user, method, &recording.path, recording.request.as_ref()).await;
    let mut found = Vec::new();
    if answer.status != recording.status {
        found.push(format!("status {} instead of {}", answer.status, recording.status));
    }
    if answer.header("content-type") != recording.content_type {
        found.push(format!("content type {:?}", answer.header("content-type")));
    }
    match &recording.body {
        Value::String(recorded) if *recorded != answer.text => {
            found.push(format!("{:?} instead of {recorded:?}", answer.text))
        }
        Value::String(_) => {}
        recorded => compare("", recorded, &answer.json(), &mut found),
    }
    found
}

fn compare(at: &str, recorded: &Value, simulated: &Value, found: &mut Vec<String>) {
    let key = at.rsplit('/').next().unwrap_or_default();
    match (recorded, simulated) {
        // Why something is allowed, the simulation does not say.
        (Value::Object(recorded), Value::Object(simulated)) => {
            let missing = recorded
                .keys()
                .filter(|key| !simulated.contains_key(*key) && format!("{at}/{key}") != "/status/reason");
            missing.for_each(|key| found.push(format!("{at}/{key} is missing")));
            for (key, value) in simulated {
                match recorded.get(key) {
                    Some(recorded) => compare(&format!("{at}/{key}"), recorded, value, found),
                    None => found.push(format!("{at}/{key} is too much")),
                }
            }
        }
        _ if VOLATILE.contains(&key) => {
            if std::mem::discriminant(recorded) != std::mem::discriminant(simulated) {
                found.push(format!("{at}: {simulated} instead of {recorded}"));
            }
        }
        (Value::Array(recorded), Value::Array(simulated)) if PARTS.contains(&key) && at.len() == key.len() + 1 => {
            part(at, recorded, simulated, found);
        }
        (Value::Array(_), Value::Array(_)) if key == "versions" => {}
        (Value::Array(recorded), Value::Array(simulated)) => {
            if recorded.len() != simulated.len() {
                found.push(format!("{at}: {} items instead of {}", simulated.len(), recorded.len()));
            }
            let pairs = recorded.iter().zip(simulated);
            pairs.for_each(|(recorded, simulated)| compare(&format!("{at}/"), recorded, simulated, found));
        }
        (Value::String(_), Value::String(_)) if at.ends_with("/podIPs//ip") => {}
        // The lab's conditions all say "lab", and ours what the kubelet would.
        _ if at.contains("/conditions/") && key == "message" => {}
        (Value::String(recorded), Value::String(simulated)) if plain(recorded) == plain(simulated) => {}
        (recorded, simulated) if recorded == simulated => {}
        _ => found.push(format!("{at}: {simulated} instead of {recorded}")),
    }
}

/// Checks that every resource that is served is served by the real server, under the same kind and scope.
fn part(at: &str, recorded: &[Value], simulated: &[Value], found: &mut Vec<String>) {
    for item in simulated {
        let real = recorded.iter().find(|real| real["name"] == item["name"]);
        let fits = real.is_some_and(|real| real["kind"] == item["kind"] && real["namespaced"] == item["namespaced"]);
        if !fits {
            found.push(format!("{at}: {item} is not served by the real one"));
        }
    }
    if simulated.is_empty() {
        found.push(format!("{at} is empty"));
    }
}

/// Returns a text without what is new each time: a uid at its end.
fn plain(text: &str) -> &str {
    text.split("UID in object meta: ").next().unwrap_or_default()
}

#[tokio::test]
async fn the_simulated_cluster_answers_as_the_real_one() {
    let all = recordings("kubernetes");
    assert!(all.len() > 50, "only {} recordings", all.len());
    let cluster = start(lab(&all)).await;
    let mut found = Vec::new();
    for (name, recording) in &all {
        let differences = differences(&cluster, recording).await;
        found.extend(differences.into_iter().map(|difference| format!("{name}: {difference}")));
    }
    assert!(found.is_empty(), "{} differences\n{}", found.len(), found.join("\n"));
}

/// Returns the real node, and what became of the pods on it.
fn node_of_lab() -> ClusterState {
    let mut state = ClusterState { version: "v1.20.2".to_owned(), ..conformant() };
    state.users[0].name = "lab-admin".to_owned();
    let labels = [("kubernetes.io/hostname".to_owned(), "real-1".to_owned())];
    state.nodes =
        vec![Node { name: "real-1".to_owned(), labels: labels.into(), ready: "True".to_owned(), ..Node::default() }];
    let course = |name: &str, end: PodEnd, log: &str| PodCourse {
        name: name.to_owned(),
        end,
        log: log.to_owned(),
        ..PodCourse::default()
    };
    state.pod_courses = vec![course("well", PodEnd::Succeeds, "hello\n"), course("badly", PodEnd::Fails, "no\n")];
    state
}

#[tokio::test]
async fn simulated_pods_end_as_on_a_real_node() {
    let all = recordings("kubernetes-node");
    assert!(all.len() > 10, "only {} recordings", all.len());
    let cluster = start(node_of_lab()).await;
    let mut found = Vec::new();
    for (name, recording) in &all {
        if recording.method == "GET" {
            cluster.sim.settle();
        }
        let mut differences = differences(&cluster, recording).await;
        // Of the settings of a kubelet there are those that somebody asks about.
        differences.retain(|it| {
            !it.starts_with("/kubeletconfig") || it.contains("/authentication") || it.contains("/authorization")
        });
        found.extend(differences.into_iter().map(|difference| format!("{name}: {difference}")));
    }
    assert!(found.is_empty(), "{} differences\n{}", found.len(), found.join("\n"));
}

#[test]
fn differences_are_seen() {
    let recorded = json!({"kind": "A", "metadata": {"uid": "1"}, "items": [{"x": 1}]});
    let same = json!({"kind": "A", "metadata": {"uid": "2"}, "items": [{"x": 1}]});
    let others = [
        json!({"kind": "B", "metadata": {"uid": "2"}, "items": [{"x": 1}]}),
        json!({"kind": "A", "metadata": {"uid": 2}, "items": [{"x": 1}]}),
        json!({"kind": "A", "metadata": {}, "items": [{"x": 1}]}),
        json!({"kind": "A", "metadata": {"uid": "2"}, "items": []}),
        json!({"kind": "A", "metadata": {"uid": "2"}, "items": [{"x": 1, "y": 1}]}),
    ];
    let count = |simulated: &Value| {
        let mut found = Vec::new();
        compare("", &recorded, simulated, &mut found);
        found.len()
    };
    assert_eq!(count(&same), 0);
    assert_eq!(others.each_ref().map(count), [1; 5]);
}
