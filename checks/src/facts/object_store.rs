//! Object storage: the answer to an S3 request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The answer of the object store to a signed ListBuckets request with an access key that
/// does not exist.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct S3Answer {
    /// The address that was asked.
    pub url: String,
    /// The HTTP status.
    pub status: u16,
    /// The code of the S3 error document; none if the answer was something else.
    pub error_code: Option<String>,
    /// The beginning of the answer, for people.
    pub excerpt: String,
}
