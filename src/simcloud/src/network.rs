//! The behavior of the wire between client and services.

use serde::{Deserialize, Serialize};

/// The behavior of the wire.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Every answer waits this long.
    pub latency_ms: u64,
    /// True if a connection serves more than one request. Services behind a plain uWSGI close each time.
    pub keep_alive: bool,
    /// Seconds by which the clock of the services is ahead of ours.
    #[serde(default)]
    pub clock_ahead_s: i64,
    /// The header `Strict-Transport-Security` of every answer, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hsts: Option<String>,
}
