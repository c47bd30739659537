//! Nodes and storage classes as the API shows them, and what kubelets say through it.

use super::resources::Resource;
use super::state::{ClusterState, Kubelet, Node, StorageClass};
use super::status;
use super::target::Target;
use crate::http::Reply;
use crate::ids;
use crate::scenario::overlay;
use serde_json::{Map, Value, json};

fn metadata(state: &ClusterState, kind: &str, name: &str, parts: [(&str, Value); 2]) -> Value {
    let mut metadata = json!({
        "name": name, "uid": ids::uuid(&format!("{kind}/{name}")), "resourceVersion": "1", "creationTimestamp": state.born(),
    });
    for (key, value) in parts {
        if value.as_object().is_some_and(|map| !map.is_empty()) {
            metadata[key] = value;
        }
    }
    metadata
}

/// Returns a node as an item of a list.
pub(crate) fn node(state: &ClusterState, node: &Node) -> Value {
    let parts = [("labels", json!(node.labels)), ("annotations", json!(node.annotations))];
    let mut spec = json!({"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"]});
    let mut taints: Vec<Value> = node.taints.iter().map(|key| json!({"key": key, "effect": "NoSchedule"})).collect();
    if node.ready == "Unknown" {
        taints.push(json!({"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": state.born()}));
    } else if node.ready != "True" {
        taints.push(json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}));
    }
    if !taints.is_empty() {
        spec["taints"] = json!(taints);
    }
    json!({"metadata": metadata(state, "nodes", &node.name, parts), "spec": spec, "status": status_of(state, node)})
}

fn status_of(state: &ClusterState, node: &Node) -> Value {
    let room = json!({"cpu": "4", "ephemeral-storage": "50Gi", "memory": "8Gi", "pods": "110"});
    let version = node.kubelet_version.as_ref().unwrap_or(&state.version);
    let system = node.os_image.as_deref().unwrap_or("Debian GNU/Linux 12 (bookworm)");
    let id = ids::hex_id(&node.name);
    json!({
        "capacity": room, "allocatable": room, "conditions": conditions(&node.ready, &state.born()),
        "addresses": [
            {"type": "InternalIP", "address": node.address},
            {"type": "Hostname", "address": node.name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "machineID": id, "systemUUID": ids::uuid(&node.name), "bootID": id, "kernelVersion": "6.1.0",
            "osImage": system, "containerRuntimeVersion": "containerd://2.0.0",
            "kubeletVersion": version, "kubeProxyVersion": version, "operatingSystem": "linux",
            "architecture": "amd64",
        },
    })
}

fn conditions(ready: &str, since: &str) -> Vec<Value> {
    let one = |kind: &str, status: &str, reason: &str| {
        json!({
            "type": kind, "status": status, "lastHeartbeatTime": since, "lastTransitionTime": since,
            "reason": reason, "message": reason,
        })
    };
    let unknown = ready == "Unknown";
    let pressure = |kind: &str, reason: &str| {
        if unknown { one(kind, "Unknown", "NodeStatusUnknown") } else { one(kind, "False", reason) }
    };
    let why = match ready {
        "True" => "KubeletReady",
        "Unknown" => "NodeStatusUnknown",
        _ => "KubeletNotReady",
    };
    vec![
        pressure("MemoryPressure", "KubeletHasSufficientMemory"),
        pressure("DiskPressure", "KubeletHasNoDiskPressure"),
        pressure("PIDPressure", "KubeletHasSufficientPID"),
        one("Ready", ready, why),
    ]
}

/// Returns a storage class as an item of a list.
pub(crate) fn class(state: &ClusterState, class: &StorageClass) -> Value {
    let parts = [("labels", json!(class.labels)), ("annotations", json!(class.annotations))];
    let mode = if class.waits { "WaitForFirstConsumer" } else { "Immediate" };
    json!({
        "metadata": metadata(state, "storageclasses", &class.name, parts), "provisioner": class.provisioner,
        "reclaimPolicy": class.reclaim.as_deref().unwrap_or("Delete"), "volumeBindingMode": mode,
    })
}

/// Returns the answer of a kubelet through the API server: its settings, or why not.
pub(crate) fn proxy(state: &ClusterState, resource: &Resource, target: &Target, name: &str) -> Reply {
    let Some(node) = state.nodes.iter().find(|node| node.name == name) else {
        return status::not_found(resource, name);
    };
    match (node.kubelet, target.rest.as_str()) {
        (Kubelet::Answers, "configz") => Reply::json(200, &json!({"kubeletconfig": settings(state, node)})),
        (Kubelet::Answers, "healthz") => Reply::typed(200, "text/plain; charset=utf-8", "ok"),
        (Kubelet::Answers, _) => status::no_path(),
        (Kubelet::Refuses, _) => {
            let who = "user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource=proxy";
            Reply::typed(403, "text/plain; charset=utf-8", format!("Forbidden ({who})"))
        }
        (Kubelet::Unreachable | Kubelet::Silent, _) => {
            let cause = format!("dial tcp {}:10250: connect: no route to host", node.address);
            let details = json!({"causes": [{"reason": "UnexpectedServerResponse", "message": cause}]});
            let message = format!("error trying to reach service: {cause}");
            status::failure(503, "ServiceUnavailable", &message, Some(details))
        }
    }
}

/// Returns the settings of a kubelet: those of all, and its own on top.
fn settings(state: &ClusterState, node: &Node) -> Map<String, Value> {
    let mut settings = Value::Object(state.kubelet.clone());
    overlay(&mut settings, Value::Object(node.settings.clone()));
    match settings {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}
