//! Scenarios of clouds.

use super::State;
use crate::scenario::{self, StateError};
use chrono::NaiveDate;

/// The scenarios that come with the crate: name and YAML.
pub const SCENARIOS: [(&str, &str); 3] = [
    ("conformant", include_str!("../../scenarios/conformant.yaml")),
    ("typical", include_str!("../../scenarios/typical.yaml")),
    ("broken", include_str!("../../scenarios/broken.yaml")),
];

impl State {
    /// Reads a scenario that comes with the crate, on this day. None if there is none of that name.
    ///
    /// # Errors
    /// Only if a scenario of this crate is wrong, which its tests prevent.
    pub fn scenario(name: &str, today: NaiveDate) -> Option<Result<Self, StateError>> {
        scenario::find(&SCENARIOS, name).map(|text| Self::from_yaml(text, today))
    }

    /// Reads a scenario. What it does not mention is as in [`State::conformant`].
    ///
    /// Mappings are merged key by key, and nothing (`~`) takes a key away. A list replaces the whole list. A mapping
    /// laid over a list changes the items that its keys name: `flavors: {SCS-1V-4: {ram: 2048}, SCS-1V-2: ~}`.
    ///
    /// # Errors
    /// If the text is not YAML, or names something that a cloud does not have.
    pub fn from_yaml(text: &str, today: NaiveDate) -> Result<Self, StateError> {
        scenario::read(&Self::conformant(today), text)
    }

    /// Writes the whole cloud as YAML, to start a scenario from.
    ///
    /// # Errors
    /// If the YAML library refuses, which no state is known to cause.
    pub fn to_yaml(&self) -> Result<String, StateError> {
        scenario::write(self)
    }
}
