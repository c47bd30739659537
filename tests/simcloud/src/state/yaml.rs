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

impl State {
    /// Reads a scenario. What it does not mention is as in [`State::conformant`]; mappings are merged key by key,
    /// lists replace the whole list.
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
fn overlay(whole: &mut Value, given: Value) {
    match (whole, given) {
        (Value::Object(whole), Value::Object(given)) => {
            for (key, value) in given {
                overlay(whole.entry(key).or_insert(Value::Null), value);
            }
        }
        (whole, given) => *whole = given,
    }
}
