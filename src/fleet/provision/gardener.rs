//! Gardener: Shoots, the versions of their profile, and their kubeconfigs.
//!
//! The state `Error` is tried again by Gardener, only `Failed` is final; some codes of errors tell that trying again is vain.

use super::conditions::{Progress, is_leaving, is_observed, is_true, shown, text};
use super::version::{is_asked_for, is_release, numbers};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// The group of Shoots, and the version of it that is understood.
pub(super) const GROUP: &str = "core.gardener.cloud";
pub(super) const VERSIONS: [&str; 1] = ["v1beta1"];

/// The annotation without which Gardener removes nothing.
pub(super) const CONFIRMATION: &str = "confirmation.gardener.cloud/deletion";

/// Conditions without which a Shoot cannot be tested. Its observability is no matter of ours.
const NEEDED: [&str; 4] = ["APIServerAvailable", "ControlPlaneHealthy", "EveryNodeReady", "SystemComponentsHealthy"];

/// Codes of errors that do not pass.
const FINAL: [&str; 5] = [
    "ERR_INFRA_UNAUTHENTICATED",
    "ERR_INFRA_UNAUTHORIZED",
    "ERR_INFRA_QUOTA_EXCEEDED",
    "ERR_INFRA_RESOURCES_DEPLETED",
    "ERR_CONFIGURATION_PROBLEM",
];

/// Returns the newest supported version of a profile.
///
/// # Errors
/// There is none; all that are supported.
pub(super) fn newest_version(profile: &Value, asked: &str, now: DateTime<Utc>) -> Result<String, String> {
    let list = |pointer: &str| profile.pointer(pointer).and_then(Value::as_array).filter(|list| !list.is_empty());
    let offered = list("/status/kubernetes/versions").or_else(|| list("/spec/kubernetes/versions"));
    let offered = offered.map(Vec::as_slice).unwrap_or_default();
    let supported: Vec<&str> =
        offered.iter().filter(|offer| is_supported(offer, now)).map(|offer| text(offer, "/version")).collect();
    let fitting = supported.iter().filter(|version| is_asked_for(asked, version) && is_release(version));
    match fitting.max_by_key(|version| numbers(version)) {
        Some(version) => Ok(version.trim_start_matches('v').to_owned()),
        None => Err(supported.join(", ")),
    }
}

/// Returns true if a version is supported now: by the stages of its life, or else by its classification.
fn is_supported(offer: &Value, now: DateTime<Utc>) -> bool {
    let instant = |value: &Value| value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    if instant(&offer["expirationDate"]).is_some_and(|end| end <= now) {
        return false;
    }
    if let Some(classification) = offer["classification"].as_str() {
        return classification == "supported";
    }
    let stages = offer["lifecycle"].as_array().map(Vec::as_slice).unwrap_or_default();
    let begun = stages.iter().filter(|stage| instant(&stage["startTime"]).is_none_or(|start| start <= now));
    let current = begun.max_by_key(|stage| instant(&stage["startTime"]));
    match current {
        Some(stage) => stage["classification"] == "supported",
        None => stages.is_empty(),
    }
}

/// Returns the progress of a Shoot.
pub(super) fn progress(shoot: &Value) -> Progress {
    let operation = |key: &str| text(shoot, &format!("/status/lastOperation/{key}"));
    let (kind, state) = (operation("type"), operation("state"));
    if is_leaving(shoot) || kind == "Delete" {
        return Progress::Failed("somebody else removes it".to_owned());
    }
    let has_failed = matches!(state, "Failed" | "Error" | "Aborted");
    if state == "Failed" || has_failed && codes(shoot).any(|code| FINAL.contains(&code)) {
        return Progress::Failed(format!("{kind} {state}: {}", errors(shoot)));
    }
    if state.is_empty() {
        return Progress::Waiting("Gardener has not begun yet".to_owned());
    }
    if !is_observed(shoot) {
        return Progress::Waiting("Gardener has not seen it yet".to_owned());
    }
    if state != "Succeeded" {
        let percent = shoot.pointer("/status/lastOperation/progress").and_then(Value::as_i64).unwrap_or_default();
        let errors = if has_failed { format!(": {}", errors(shoot)) } else { String::new() };
        return Progress::Waiting(format!("{kind} {state} ({percent} %){errors}"));
    }
    match NEEDED.iter().find(|condition| !is_true(shoot, condition)) {
        Some(condition) => Progress::Waiting(shown(shoot, condition)),
        None => Progress::Ready,
    }
}

fn last_errors(shoot: &Value) -> impl Iterator<Item = &Value> {
    shoot.pointer("/status/lastErrors").and_then(Value::as_array).into_iter().flatten()
}

fn codes(shoot: &Value) -> impl Iterator<Item = &str> {
    last_errors(shoot).flat_map(|error| error["codes"].as_array().into_iter().flatten()).filter_map(Value::as_str)
}

/// Returns the errors, or else the description of the last operation.
fn errors(shoot: &Value) -> String {
    let of_errors: Vec<String> = last_errors(shoot).map(|error| text(error, "/description").to_owned()).collect();
    let codes: Vec<&str> = codes(shoot).collect();
    let shown = match of_errors.is_empty() {
        true => text(shoot, "/status/lastOperation/description").to_owned(),
        false => of_errors.join("; "),
    };
    if codes.is_empty() { shown } else { format!("{shown} ({})", codes.join(", ")) }
}

/// Returns the state of a Shoot that is being removed.
pub(super) fn leaving(shoot: &Value) -> String {
    let state = text(shoot, "/status/lastOperation/state");
    format!("{} {state}: {}", text(shoot, "/status/lastOperation/type"), errors(shoot))
}
