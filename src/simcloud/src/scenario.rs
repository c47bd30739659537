//! Scenario files: YAML that says where a simulation differs from the conformant one.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

/// A scenario that cannot be read.
#[derive(Debug, Error)]
pub enum StateError {
    /// Not YAML.
    #[error("scenario: {0}")]
    Yaml(String),
    /// YAML, but not of a cloud or cluster.
    #[error("scenario: {0}")]
    Shape(#[from] serde_json::Error),
}

/// Finds the scenario with this name.
pub(crate) fn find(scenarios: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    scenarios.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Reads a scenario, laid over the usual state.
pub(crate) fn read<S: Serialize + DeserializeOwned>(usual: &S, text: &str) -> Result<S, StateError> {
    let mut whole = serde_json::to_value(usual)?;
    let given: Option<Value> = serde_yaml::from_str(text).map_err(|error| StateError::Yaml(error.to_string()))?;
    if let Some(given) = given {
        overlay(&mut whole, given);
    }
    Ok(serde_json::from_value(whole)?)
}

/// Writes a whole state.
pub(crate) fn write(state: &impl Serialize) -> Result<String, StateError> {
    serde_yaml::to_string(state).map_err(|error| StateError::Yaml(error.to_string()))
}

/// Puts `given` over `whole`.
pub(crate) fn overlay(whole: &mut Value, given: Value) {
    match (whole, given) {
        (Value::Object(whole), Value::Object(given)) => {
            for (key, value) in given {
                match value {
                    Value::Null => drop(whole.remove(&key)),
                    value => overlay(whole.entry(key).or_insert(Value::Null), value),
                }
            }
        }
        (Value::Array(items), Value::Object(given)) => {
            for (name, value) in given {
                let at = items.iter().position(|item| is_called(item, &name));
                match (at, value) {
                    (Some(at), Value::Null) => drop(items.remove(at)),
                    (Some(at), value) => overlay(&mut items[at], value),
                    (None, value) => items.push(value),
                }
            }
        }
        (whole, given) => *whole = given,
    }
}

/// Returns true if the item has this name. Services are called by their type, objects of a cluster by the name in their
/// metadata, everything else by its name.
fn is_called(item: &Value, name: &str) -> bool {
    let own = ["type", "name"].into_iter().find_map(|key| item.get(key));
    own.or_else(|| item.get("metadata")?.get("name")).is_some_and(|own| own == name)
}
