//! The scheduler: chooses the node of a pod.

use super::objects::{Cluster, now};
use super::state::{Node, PodEnd, Supply};
use serde_json::{Value, json};

/// Gives a pod a node, if it has none and one fits. It acts before anyone reads the pod.
pub(crate) fn place(cluster: &mut Cluster, mut pod: Value) {
    if pod["spec"]["nodeName"].is_string() || pod["status"]["phase"] != "Pending" {
        return;
    }
    let why = match choose(cluster, &pod) {
        Ok(node) => {
            pod["spec"]["nodeName"] = json!(node);
            pod["status"]["conditions"] = json!([scheduled("True")]);
            return cluster.replace("pods", &mut pod);
        }
        Err(why) => why,
    };
    let mut condition = scheduled("False");
    condition["reason"] = json!("Unschedulable");
    condition["message"] = json!(why.to_string());
    if pod["status"]["conditions"][0]["reason"] != "Unschedulable" {
        pod["status"]["conditions"] = json!([condition]);
        cluster.replace("pods", &mut pod);
    }
}

fn scheduled(value: &str) -> Value {
    json!({"type": "PodScheduled", "status": value, "lastProbeTime": null, "lastTransitionTime": now()})
}

/// The scheduler's reason why no node takes a pod, in its words.
#[derive(Debug, thiserror::Error)]
enum Unschedulable {
    #[error("0/{0} nodes are available: {0} Insufficient cpu.")]
    Cpu(usize),
    #[error("{0}")]
    Claim(String),
    #[error("0/{0} nodes are available: {0} node(s) didn't match Pod's node affinity/selector.")]
    Affinity(usize),
}

/// Returns the node with the fewest pods of all that fit.
fn choose(cluster: &Cluster, pod: &Value) -> Result<String, Unschedulable> {
    let all = cluster.state.nodes.len();
    if cluster.end_of(pod) == PodEnd::Unschedulable {
        return Err(Unschedulable::Cpu(all));
    }
    if let Some(claim) = unmet(cluster, pod) {
        return Err(Unschedulable::Claim(claim));
    }
    let fitting = cluster.state.nodes.iter().filter(|node| fits(cluster, node, pod));
    let pods = cluster.state.objects.get("pods").map(Vec::as_slice).unwrap_or_default();
    let load = |node: &&Node| pods.iter().filter(|pod| pod["spec"]["nodeName"] == node.name.as_str()).count();
    let best = fitting.min_by_key(|node| (load(node), node.name.clone()));
    best.map(|node| node.name.clone()).ok_or(Unschedulable::Affinity(all))
}

/// Returns the reason for which a claim of the pod keeps it from any node. What only waits for the pod does not.
fn unmet(cluster: &Cluster, pod: &Value) -> Option<String> {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    let mut names = volumes.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str());
    names.find_map(|name| {
        let mut claims = cluster.state.objects.get("persistentvolumeclaims").into_iter().flatten();
        let own = |claim: &&Value| {
            claim["metadata"]["name"] == name && claim["metadata"]["namespace"] == pod["metadata"]["namespace"]
        };
        let Some(claim) = claims.find(own) else {
            return Some(format!("persistentvolumeclaim {name:?} not found"));
        };
        let class =
            cluster.state.storage_classes.iter().find(|class| claim["spec"]["storageClassName"] == class.name.as_str());
        let waits =
            class.is_some_and(|class| class.waits && class.supply.unwrap_or(cluster.state.supply) == Supply::Binds);
        let bound = claim["status"]["phase"] == "Bound";
        (!bound && !waits).then(|| "pod has unbound immediate PersistentVolumeClaims".to_owned())
    })
}

fn fits(cluster: &Cluster, node: &Node, pod: &Value) -> bool {
    let spec = &pod["spec"];
    let selector = spec["nodeSelector"].as_object().into_iter().flatten();
    let tolerated =
        |taint: &String| spec["tolerations"].as_array().into_iter().flatten().any(|it| tolerates(it, taint));
    node.ready == "True"
        && node.taints.iter().all(tolerated)
        && selector.into_iter().all(|(key, value)| node.labels.get(key).map(String::as_str) == value.as_str())
        && in_affinity(&spec["affinity"]["nodeAffinity"], node)
        && !repelled(cluster, node, pod)
}

fn tolerates(toleration: &Value, taint: &str) -> bool {
    let key = toleration["key"].as_str().unwrap_or_default();
    let effect = toleration["effect"].as_str().unwrap_or_default();
    (key == taint || (key.is_empty() && toleration["operator"] == "Exists")) && matches!(effect, "" | "NoSchedule")
}

/// Returns true if the node fits: any of the terms has to fit, and of a term all expressions.
fn in_affinity(affinity: &Value, node: &Node) -> bool {
    let required = &affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
    let Some(terms) = required.as_array() else {
        return true;
    };
    let holds = |term: &Value, key: &str| {
        term[key].as_array().into_iter().flatten().all(|expression| {
            let own = match (key, expression["key"].as_str().unwrap_or_default()) {
                ("matchFields", _) => Some(node.name.as_str()),
                (_, label) => node.labels.get(label).map(String::as_str),
            };
            expressed(expression, own)
        })
    };
    terms.iter().any(|term| holds(term, "matchExpressions") && holds(term, "matchFields"))
}

fn expressed(expression: &Value, own: Option<&str>) -> bool {
    let among = || {
        let values = expression["values"].as_array().into_iter().flatten();
        values.filter_map(Value::as_str).any(|value| Some(value) == own)
    };
    match expression["operator"].as_str() {
        Some("In") => among(),
        Some("NotIn") => !among(),
        Some("Exists") => own.is_some(),
        Some("DoesNotExist") => own.is_none(),
        _ => false,
    }
}

/// Tells whether a pod that this one keeps away from runs in the same place.
fn repelled(cluster: &Cluster, node: &Node, pod: &Value) -> bool {
    let rules = &pod["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    rules.as_array().into_iter().flatten().any(|rule| {
        let place = |node: &Node| node.labels.get(rule["topologyKey"].as_str().unwrap_or_default()).cloned();
        let pods = cluster.state.objects.get("pods").into_iter().flatten();
        let mut near = pods.filter(|other| {
            let home = cluster.state.nodes.iter().find(|node| other["spec"]["nodeName"] == node.name.as_str());
            let same = home.and_then(place);
            same.is_some() && same == place(node) && other["metadata"]["namespace"] == pod["metadata"]["namespace"]
        });
        near.any(|other| {
            let labels = rule["labelSelector"]["matchLabels"].as_object().into_iter().flatten();
            labels.into_iter().all(|(key, value)| other["metadata"]["labels"][key] == *value)
        })
    })
}
