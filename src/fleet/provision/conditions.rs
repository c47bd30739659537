//! The states of objects that controllers work on: conditions, generations, and the progress that they show.

use serde_json::Value;

/// The progress of a cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    /// It can be used.
    Ready,
    /// It is worked on; the state that was seen.
    Waiting(String),
    /// It has failed for good, and the reason.
    Failed(String),
}

/// Returns a text at a JSON pointer; empty if there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Returns true if the controller has seen the object as it is now, as far as it tells.
pub(super) fn is_observed(object: &Value) -> bool {
    match (object.pointer("/metadata/generation"), object.pointer("/status/observedGeneration")) {
        (Some(generation), Some(observed)) => generation == observed,
        _ => true,
    }
}

/// Returns true if somebody has asked for the removal of an object.
pub(super) fn is_leaving(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string)
}

/// Returns a condition by its type, if it belongs to the object as it is now.
fn condition<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let found = conditions.iter().find(|condition| condition["type"] == name)?;
    match (object.pointer("/metadata/generation"), found.get("observedGeneration")) {
        (Some(generation), Some(observed)) if generation != observed => None,
        _ => Some(found),
    }
}

/// Returns true if a condition is true.
pub(super) fn is_true(object: &Value, name: &str) -> bool {
    condition(object, name).is_some_and(|condition| condition["status"] == "True")
}

/// Returns a condition as people read it: `Ready is False (InstallFailed): message`.
pub(super) fn shown(object: &Value, name: &str) -> String {
    let Some(found) = condition(object, name) else { return format!("{name} is not known yet") };
    let mut shown = format!("{name} is {}", text(found, "/status"));
    if !text(found, "/reason").is_empty() {
        shown.push_str(&format!(" ({})", text(found, "/reason")));
    }
    if !text(found, "/message").is_empty() {
        shown.push_str(&format!(": {}", text(found, "/message")));
    }
    shown
}
