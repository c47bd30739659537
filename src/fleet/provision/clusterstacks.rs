//! Cluster Stacks: Clusters of Cluster API with a topology, in the versions v1beta2 and v1beta1 of the API.
//!
//! The phase `Provisioned` says only that there are machines and an address; the condition `Available` (v1beta1: `Ready`)
//! says that the cluster can be used.

use super::conditions::{Progress, is_leaving, is_observed, is_true, shown, text};
use super::version::{is_asked_for, is_release, numbers};
use serde_json::Value;

/// The group of Clusters, and the versions of it that are understood, the best first.
pub(super) const GROUP: &str = "cluster.x-k8s.io";
pub(super) const VERSIONS: [&str; 2] = ["v1beta2", "v1beta1"];

/// The group of releases of Cluster Stacks.
pub(super) const RELEASES: &str = "clusterstack.x-k8s.io";

/// The built-in template.
pub(super) const TEMPLATE: &str = include_str!("templates/cluster.yaml");

/// Returns the newest release that is ready and has this version: its name, which is that of the class, and its version.
///
/// # Errors
/// There is none; the versions of all that are ready.
pub(super) fn newest_release(list: &Value, asked: &str) -> Result<(String, String), String> {
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ready = items.iter().filter(|item| item["status"]["ready"] == true && !is_leaving(item));
    let named = ready.map(|item| (text(item, "/metadata/name"), text(item, "/status/kubernetesVersion")));
    let all: Vec<(&str, &str)> = named.collect();
    let fitting = all.iter().filter(|(_, version)| is_asked_for(asked, version) && is_release(version));
    let newest = fitting.max_by_key(|(name, version)| (numbers(version), numbers_in(name)));
    match newest {
        Some((name, version)) => Ok(((*name).to_owned(), version.trim_start_matches('v').to_owned())),
        None => Err(all.iter().map(|(_, version)| *version).collect::<Vec<_>>().join(", ")),
    }
}

/// Returns all numbers in a name, so that v10 comes after v9.
fn numbers_in(name: &str) -> Vec<u64> {
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

/// Returns the progress of a Cluster in this version of the API.
pub(super) fn progress(cluster: &Value, api_version: &str) -> Progress {
    let phase = text(cluster, "/status/phase");
    let condition = if api_version == "v1beta1" { "Ready" } else { "Available" };
    if is_leaving(cluster) {
        return Progress::Failed("somebody else removes it".to_owned());
    }
    if phase == "Failed" {
        let why = text(cluster, "/status/failureMessage");
        let why = if why.is_empty() { shown(cluster, condition) } else { why.to_owned() };
        return Progress::Failed(format!("phase Failed; {why}"));
    }
    if !is_observed(cluster) {
        return Progress::Waiting("its controller has not seen it yet".to_owned());
    }
    if !is_true(cluster, condition) {
        let phase = if phase.is_empty() { "unknown" } else { phase };
        return Progress::Waiting(format!("phase {phase}; {}", shown(cluster, condition)));
    }
    let workers = |key: &str| cluster.pointer("/status/workers")?.get(key)?.as_i64();
    match (workers("desiredReplicas"), workers("availableReplicas").unwrap_or_default()) {
        (Some(desired), available) if available != desired => {
            Progress::Waiting(format!("{available} of {desired} workers are available"))
        }
        _ => Progress::Ready,
    }
}

/// Returns the state of a Cluster that is being removed.
pub(super) fn leaving(cluster: &Value) -> String {
    format!("phase {}; {}", text(cluster, "/status/phase"), shown(cluster, "Deleting"))
}
