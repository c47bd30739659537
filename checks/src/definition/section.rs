//! The weight of a test, by which runs are divided.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumMessage, EnumString, VariantNames};

/// The weight of a test.
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    Display,
    EnumMessage,
    EnumString,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Section {
    /// Seconds; reads only.
    Light,
    /// Minutes; creates small things.
    Medium,
    /// Hours.
    Heavy,
}

impl Section {
    /// Returns its meaning in a few words.
    pub fn sentence(self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }
}
