//! Scenario files: YAML that says where a cloud differs from the conformant one.

use chrono::NaiveDate;
use serde_json::Value;
use thiserror::Error;

use super::State;

/// A scenario that cannot be read.
#[derive(Debug, Error)]
pub enum StateError {
    /// Not YAML.
    #[error("scenario: {0}")]
    Yaml(String),
    /// YAML, but not of a cloud.
    #[error("scenario: {0}")]
    Shape(#[from] serde_json::Error),
}

/// The scenarios that come with the crate: name and YAML.
pub const SCENARIOS: [(&str, &str); 3] = [
    ("conformant", include_str!("../../scenarios/conformant.yaml")),
    ("typical", include_str!("../../scenarios/typical.yaml")),
    ("broken", include_str!("../../scenarios/broken.yaml")),
];

impl State {
    /// A scenario that comes with the crate, on this day. None if there is none of that name.
    ///
    /// # Errors
    /// Only if a scenario of this crate is wrong, which its tests prevent.
    pub fn scenario(name: &str, today: NaiveDate) -> Option<Result<Self, StateError>> {
        let (_, text) = SCENARIOS.iter().find(|(known, _)| *known == name)?;
        Some(Self::from_yaml(text, today))
    }

    /// Reads a scenario. What it does not mention is as in [`State::conformant`].
    ///
    /// Mappings are merged key by key, and nothing (`~`) takes a key away. A list replaces the whole list. A mapping
    /// laid over a list changes the items that its keys name: `flavors: {SCS-1V-4: {ram: 2048}, SCS-1V-2: ~}`.
    ///
    /// # Errors
    /// If the text is not YAML, or names something that a cloud does not have.
    pub fn from_yaml(text: &str, today: NaiveDate) -> Result<Self, StateError> {
        let mut whole = serde_json::to_value(Self::conformant(today))?;
        let given: Option<Value> = serde_yaml::from_str(text).map_err(|error| StateError::Yaml(error.to_string()))?;
        if let Some(given) = given {
            overlay(&mut whole, given);
        }
        Ok(serde_json::from_value(whole)?)
    }

    /// The whole cloud as YAML, to start a scenario from.
    ///
    /// # Errors
    /// If the YAML library refuses, which no state is known to cause.
    pub fn to_yaml(&self) -> Result<String, StateError> {
        serde_yaml::to_string(self).map_err(|error| StateError::Yaml(error.to_string()))
    }
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

/// Services are called by their type, objects of a cluster by the name in their metadata, everything else by its name.
fn is_called(item: &Value, name: &str) -> bool {
    let own = ["type", "name"].into_iter().find_map(|key| item.get(key));
    own.or_else(|| item.get("metadata")?.get("name")).is_some_and(|own| own == name)
}
