//! Barbican: the trial of a secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened when an ordinary user created, listed and deleted a secret.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecretTrial {
    /// What the service forbade (403), in words; none if it allowed everything.
    pub forbidden: Option<String>,
    /// True if the new secret showed up in the list.
    pub listed: bool,
}
