//! Object storage: the answer to an S3 request, and the trial of a bucket.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

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

/// The result of making a bucket and an object in it, which is read back and deleted.
///
/// Only what S3 itself showed is a fact: a trial that could not be made (no connection, no credentials) fails instead.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum S3RoundTrip {
    /// S3 did all of it.
    Completed {
        /// The SHA-256 of the object that was stored.
        sha256_sent: String,
        /// The SHA-256 of what came back.
        sha256_received: String,
    },
    /// S3 did not do a step.
    Refused {
        /// The step.
        step: S3Step,
        /// The symptom, in the words of S3.
        how: String,
    },
}

/// A request to S3, as a step of the trial.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum S3Step {
    /// Make a bucket.
    CreateBucket,
    /// Write an object.
    PutObject,
    /// Read it.
    GetObject,
    /// Delete it.
    DeleteObject,
    /// Delete the bucket.
    DeleteBucket,
}
