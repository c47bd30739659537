//! A recording: everything that was collected, as a file that can be evaluated again, elsewhere
//! and later.

use super::evaluate::{Collected, tool};
use crate::files;
use schemars::JsonSchema;
use scs_reports::Tool;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version of the format that this program writes.
const SCHEMA_VERSION: u32 = 3;

/// What such a file is called in messages.
const WHAT: &str = "recording of facts";

/// The content of a `facts.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The version of the format.
    pub schema_version: u32,
    /// What recorded it.
    pub tool: Tool,
    /// What was collected.
    pub collected: Collected,
}

impl Recording {
    /// A recording of what this program collected.
    pub fn of(collected: Collected) -> Self {
        Self { schema_version: SCHEMA_VERSION, tool: tool(), collected }
    }

    /// The recording as JSON.
    pub fn to_json(&self) -> String {
        // Everything in it is text, numbers and lists: this cannot fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a recording.
    ///
    /// # Errors
    /// The file cannot be read, or is no recording that this program understands: what, where,
    /// and what to do.
    pub fn read(path: &Path) -> Result<Self, String> {
        files::read_json(path, WHAT, SCHEMA_VERSION)
    }

    /// Reads the text of a recording; `shown` names where it is from in messages.
    ///
    /// # Errors
    /// As [`Recording::read`].
    pub fn from_json(text: &str, shown: &str) -> Result<Self, String> {
        files::parse_json(text, shown, WHAT, SCHEMA_VERSION)
    }
}
