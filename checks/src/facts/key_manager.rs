//! Barbican: the trial of a secret, and what became of its payload.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result of creating, listing and deleting a secret as an ordinary user.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecretTrial {
    /// The request that the service forbade (403), in words; none if it allowed everything.
    pub forbidden: Option<String>,
    /// True if the new secret showed up in the list.
    pub listed: bool,
}

/// The payload of a secret, before and after Barbican kept it.
///
/// Only a payload that was read back is a fact: an answer that could not be had makes it fail.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SecretPayload {
    /// The text that the secret was created with.
    pub sent: String,
    /// The text that the service gave back.
    pub received: String,
}
