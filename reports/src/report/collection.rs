//! The records of how facts were collected, in reports.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use scs_checks::verdict::Reason;
use serde::{Deserialize, Serialize};

/// The record of how a fact was collected.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CollectionRecord {
    /// The result.
    pub state: CollectionState,
    /// The reason why it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The number of items, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<usize>,
    /// The instant at which collecting began.
    pub started_at: Option<DateTime<Utc>>,
    /// The time that it took, in milliseconds.
    pub duration_ms: u64,
    /// The requests, in the order of their beginning.
    pub requests: Vec<RequestRecord>,
    /// The documents that it was read from, and how old they are, for facts about the world.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// Set if the fact was not collected from the subject, but brought along as a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<Brought>,
}

/// The tie between the subject and a file of facts that was brought along.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Brought {
    /// The file names the subject by identifiers that the run has compared with it.
    Bound,
    /// Nothing in the file binds it to the subject: that it belongs to it is at most the operator's word.
    NotBound,
}

impl CollectionRecord {
    /// Returns how many HTTP attempts several facts took.
    pub fn attempts(records: &[&Self]) -> u32 {
        let requests = records.iter().flat_map(|record| &record.requests);
        requests.fold(0, |attempts, request| attempts.saturating_add(request.attempts))
    }

    /// Returns the record of a fact with so many items that was brought along.
    pub fn brought_along(items: usize, brought: Brought) -> Self {
        Self {
            state: CollectionState::Known,
            reason: None,
            items: Some(items),
            started_at: None,
            duration_ms: 0,
            requests: Vec::new(),
            documents: Vec::new(),
            brought: Some(brought),
        }
    }
}

/// The result of collecting a fact.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollectionState {
    /// It is known.
    Known,
    /// The subject has no such thing.
    Absent,
    /// That went wrong.
    Failed,
    /// Nobody looked.
    NotCollected,
}

/// One request, all its attempts together.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RequestRecord {
    /// The method.
    pub method: String,
    /// The address, without secrets.
    pub url: String,
    /// The status of the last attempt; none if there was no answer.
    pub status: Option<u16>,
    /// The number of attempts.
    pub attempts: u32,
    /// The identifier that the service gave the last attempt (`x-openstack-request-id`).
    pub request_id: Option<String>,
    /// The time that all attempts took, in milliseconds.
    pub duration_ms: u64,
    /// The size of the answer in bytes.
    pub bytes: u64,
    /// The seconds by which the local clock was ahead of the `Date` of the answer; none without a `Date`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead_seconds: Option<i64>,
}
