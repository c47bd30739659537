//! Phases of a pod on its node, and its log.

use super::objects::{Cluster, Entry, now, uid};
use super::progress::Next;
use super::resources::Resource;
use super::state::PodEnd;
use super::status;
use super::target::Target;
use crate::http::{Call, Reply};
use serde_json::{Value, json};

/// Takes a pod that has a node to its next phase.
pub(crate) fn advance(cluster: &mut Cluster, mut pod: Value) -> Next {
    if !pod["spec"]["nodeName"].is_string() || !mounted(cluster, &pod) {
        return Next::Waits;
    }
    let end = cluster.end_of(&pod);
    let again = pod["spec"]["restartPolicy"] != "Never";
    let next = match (pod["status"]["phase"].as_str(), end) {
        (Some("Pending"), PodEnd::Stuck | PodEnd::Unschedulable) => return Next::Waits,
        (Some("Pending"), PodEnd::NoImage) if is_waiting(&pod) => return Next::Waits,
        (Some("Pending"), PodEnd::NoImage) => {
            waiting(cluster, &mut pod, "Pending", "ImagePullBackOff", "Back-off pulling image");
            Next::More
        }
        (Some("Pending"), _) => {
            running(cluster, &mut pod);
            Next::More
        }
        (Some("Running"), PodEnd::Succeeds) if pod["spec"]["restartPolicy"] != "Always" => {
            ended(&mut pod, "Succeeded", 0, "Completed");
            Next::Ends
        }
        (Some("Running"), PodEnd::Fails) if again && is_waiting(&pod) => return Next::Waits,
        (Some("Running"), PodEnd::Fails) if again => {
            waiting(cluster, &mut pod, "Running", "CrashLoopBackOff", "back-off restarting failed container");
            Next::More
        }
        (Some("Running"), PodEnd::Fails) => {
            ended(&mut pod, "Failed", 1, "Error");
            Next::Ends
        }
        _ => return Next::Ends,
    };
    cluster.replace("pods", &mut pod);
    next
}

/// Tells whether all claims of the pod have a volume; those that wait for the pod get theirs now.
fn mounted(cluster: &mut Cluster, pod: &Value) -> bool {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    let names: Vec<Value> = volumes.map(|volume| volume["persistentVolumeClaim"]["claimName"].clone()).collect();
    names.into_iter().filter(Value::is_string).all(|name| {
        let claims = cluster.state.objects.get("persistentvolumeclaims").into_iter().flatten();
        let own = |claim: &&Value| {
            claim["metadata"]["name"] == name && claim["metadata"]["namespace"] == pod["metadata"]["namespace"]
        };
        let claim = claims.into_iter().find(own).cloned();
        claim.is_some_and(|claim| {
            let bound = claim["status"]["phase"] == "Bound";
            let id = uid(&claim);
            let now_bound = bound || cluster.bind(claim) == Next::Ends;
            if now_bound {
                cluster.looks.remove(&id);
            }
            now_bound
        })
    })
}

fn is_waiting(pod: &Value) -> bool {
    !pod["status"]["containerStatuses"][0]["state"]["waiting"].is_null()
}

/// Returns the conditions in the order in which a kubelet writes them.
fn conditions(ready: bool, reason: Option<&str>, pod: &Value) -> Value {
    let one = |kind: &str, holds: bool| {
        let status = if holds { "True" } else { "False" };
        let mut condition = json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": now()});
        let over = reason == Some("PodCompleted") && kind == "Initialized";
        if let (Some(reason), true) = (reason, over || !holds) {
            condition["reason"] = json!(reason);
        }
        if reason == Some("ContainersNotReady") && !holds {
            let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
            let names: Vec<&str> = containers.filter_map(|container| container["name"].as_str()).collect();
            condition["message"] = json!(format!("containers with unready status: [{}]", names.join(" ")));
        }
        condition
    };
    json!([one("Initialized", true), one("Ready", ready), one("ContainersReady", ready), one("PodScheduled", true)])
}

fn container_id(pod: &Value) -> String {
    format!("containerd://{0}{0}", crate::ids::hex_id(&uid(pod)))
}

/// Returns the states of all containers, each with this state.
fn states(pod: &Value, ready: bool, restarts: u32, state: &Value) -> Vec<Value> {
    let begun = state["waiting"].is_null() || restarts > 0;
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let state = |container: &Value| {
        let mut told = json!({
            "name": container["name"], "state": state, "lastState": {}, "ready": ready, "restartCount": restarts,
            "image": container["image"], "imageID": "", "started": ready,
        });
        if begun {
            told["containerID"] = json!(container_id(pod));
        }
        if restarts > 0 {
            told["lastState"] = terminated(pod, 1, "Error");
        }
        told
    };
    containers.map(state).collect()
}

fn terminated(pod: &Value, code: i32, reason: &str) -> Value {
    json!({"terminated": {
        "exitCode": code, "reason": reason, "startedAt": now(), "finishedAt": now(), "containerID": container_id(pod),
    }})
}

/// Gives a pod the addresses that it has on its node.
fn located(cluster: &Cluster, pod: &mut Value) {
    let node = cluster.state.nodes.iter().find(|node| pod["spec"]["nodeName"] == node.name.as_str());
    let address = format!("10.244.{}.{}", cluster.revision / 250 % 250, cluster.revision % 250 + 2);
    pod["status"]["hostIP"] = json!(node.map(|node| node.address.clone()).unwrap_or_default());
    pod["status"]["podIP"] = json!(address);
    pod["status"]["podIPs"] = json!([{"ip": address}]);
    pod["status"]["startTime"] = json!(now());
}

fn running(cluster: &Cluster, pod: &mut Value) {
    located(cluster, pod);
    pod["status"]["phase"] = json!("Running");
    pod["status"]["conditions"] = conditions(true, None, pod);
    let states = states(pod, true, 0, &json!({"running": {"startedAt": now()}}));
    pod["status"]["containerStatuses"] = json!(states);
}

fn waiting(cluster: &Cluster, pod: &mut Value, phase: &str, reason: &str, message: &str) {
    located(cluster, pod);
    pod["status"]["phase"] = json!(phase);
    pod["status"]["conditions"] = conditions(false, Some("ContainersNotReady"), pod);
    let restarts = if phase == "Running" { 3 } else { 0 };
    let states = states(pod, false, restarts, &json!({"waiting": {"reason": reason, "message": message}}));
    pod["status"]["containerStatuses"] = json!(states);
}

fn ended(pod: &mut Value, phase: &str, code: i32, reason: &str) {
    let why = if code == 0 { "PodCompleted" } else { "ContainersNotReady" };
    pod["status"]["phase"] = json!(phase);
    pod["status"]["conditions"] = conditions(false, Some(why), pod);
    let states = states(pod, false, 0, &terminated(pod, code, reason));
    pod["status"]["containerStatuses"] = json!(states);
}

/// Answers what is asked of a pod besides itself: its log. Nothing can be run in it.
pub(crate) fn answer(cluster: &mut Cluster, call: &Call, resource: &Resource, target: &Target, name: &str) -> Reply {
    let Some(Entry::Other(pod)) = cluster.find(resource, target.namespace.as_deref(), name) else {
        return status::not_found(resource, name);
    };
    let pod = pod.clone();
    match target.sub.as_deref() {
        Some("log") if call.is_get() => log(cluster, call, &pod, name),
        Some("exec" | "attach" | "portforward") => status::bad_request("Upgrade request required"),
        _ => status::no_resource(),
    }
}

fn log(cluster: &mut Cluster, call: &Call, pod: &Value, name: &str) -> Reply {
    let containers = pod["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let wanted = call.query.get("container").filter(|name| !name.is_empty());
    let container = match wanted {
        Some(wanted) => containers.iter().find(|container| container["name"] == wanted),
        None => containers.first(),
    };
    let Some(container) = container else {
        return status::bad_request(&format!("container {} is not valid for pod {name}", wanted.unwrap_or_default()));
    };
    if wanted.is_none() && containers.len() > 1 {
        let names: Vec<&str> = containers.iter().filter_map(|it| it["name"].as_str()).collect();
        let choice = names.join(" ");
        return status::bad_request(&format!(
            "a container name must be specified for pod {name}, choose one of: [{choice}]"
        ));
    }
    if !pod["spec"]["nodeName"].is_string() {
        return Reply::empty(204);
    }
    if pod["status"]["phase"] == "Pending" {
        let reason = pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"].as_str();
        let why = if reason.is_some() { "trying and failing to pull image" } else { "ContainerCreating" };
        let container = container["name"].as_str().unwrap_or_default();
        return status::bad_request(&format!("container {container:?} in pod {name:?} is waiting to start: {why}"));
    }
    let text = cluster.log_of(pod, container);
    Reply::typed(200, "text/plain", cut(call, &text))
}

/// Cuts a log to as much as was asked for.
fn cut(call: &Call, text: &str) -> String {
    let number = |key: &str| call.query.get(key).and_then(|text| text.parse::<usize>().ok());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let skipped = number("tailLines").map_or(0, |tail| lines.len().saturating_sub(tail));
    let text: String = lines.into_iter().skip(skipped).collect();
    let longest = number("limitBytes").unwrap_or(text.len()).min(text.len());
    let end = (0..=longest).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].to_owned()
}
