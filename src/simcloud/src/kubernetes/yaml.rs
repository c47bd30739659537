//! Scenarios of clusters.

use super::state::ClusterState;
use crate::scenario::{self, StateError};
use chrono::NaiveDate;

/// The scenarios of clusters that come with the crate: name and YAML.
pub const CLUSTER_SCENARIOS: [(&str, &str); 3] = [
    ("conformant", include_str!("../../scenarios/kubernetes/conformant.yaml")),
    ("typical", include_str!("../../scenarios/kubernetes/typical.yaml")),
    ("broken", include_str!("../../scenarios/kubernetes/broken.yaml")),
];

impl ClusterState {
    /// Reads a scenario that comes with the crate. None if there is none of that name.
    ///
    /// # Errors
    /// Only if a scenario of this crate is wrong, which its tests prevent.
    pub fn scenario(name: &str, today: NaiveDate) -> Option<Result<Self, StateError>> {
        scenario::find(&CLUSTER_SCENARIOS, name).map(|text| Self::from_yaml(text, today))
    }

    /// Reads a scenario. What it does not mention is as in [`ClusterState::conformant`]; how it is laid over that is told
    /// at [`crate::State::from_yaml`].
    ///
    /// # Errors
    /// If the text is not YAML, or names something that a cluster does not have.
    pub fn from_yaml(text: &str, today: NaiveDate) -> Result<Self, StateError> {
        scenario::read(&Self::conformant(today), text)
    }

    /// Writes the whole cluster as YAML, to start a scenario from.
    ///
    /// # Errors
    /// If the YAML library refuses, which no state is known to cause.
    pub fn to_yaml(&self) -> Result<String, StateError> {
        scenario::write(self)
    }
}
