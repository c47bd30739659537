//! Glance: the images that are offered to everyone, and the trial of an upload.

use crate::verdict::{Resource, ResourceKind};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::Display;

/// All public and community images that the project sees. Glance leaves out hidden ones, and community images of other
/// projects, unless they are requested (quirk Q-0102-1).
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Images(pub Vec<Image>);

/// The audience of an image.
#[derive(Clone, Copy, Debug, Default, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Visibility {
    /// All projects, and it appears in their lists.
    #[default]
    Public,
    /// All projects that request it.
    Community,
}

/// An image.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its identifier.
    pub id: String,
    /// Its name; Glance allows images without one.
    pub name: String,
    /// The audience of the image.
    pub visibility: Visibility,
    /// Left out of default lists.
    pub hidden: bool,
    /// `active` once it can be used.
    pub status: String,
    /// Size of the stored file in bytes; none while there is no data.
    pub size: Option<u64>,
    /// Smallest disk that it fits, in GiB; 0 for not set.
    pub min_disk: u64,
    /// Least memory that it needs, in MiB; 0 for not set.
    pub min_ram: u64,
    /// The time of its registration.
    pub created_at: DateTime<Utc>,
    /// Its tags.
    pub tags: Vec<String>,
    /// All other properties, as read: text as it is, anything else as JSON.
    pub properties: BTreeMap<String, String>,
}

impl Image {
    /// Returns a property as it is, even if it is empty.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }

    /// Returns the image as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Image, id: self.id.clone(), name: self.name.clone() }
    }
}

/// The result of uploading a tiny private image as an ordinary user.
///
/// Only what the service itself showed is a fact: a trial that could not be made (no
/// connection, no quota) fails instead.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ImageUpload {
    /// The service did all of it.
    Uploaded {
        /// SHA-512 of the data that was sent, in hexadecimal digits.
        sha512_sent: String,
        /// The algorithm of Glance's own digest, as Glance says; empty if it does not.
        os_hash_algo: String,
        /// Glance's own digest, as Glance says; empty if it does not.
        os_hash_value: String,
        /// SHA-512 of the data that was read back, in hexadecimal digits.
        sha512_received: String,
    },
    /// The service did not do a step.
    Refused {
        /// The step.
        step: UploadStep,
        /// The symptom, in words: a refusal, an image in an error state, or a timeout.
        how: String,
    },
}

/// A request to the image service, as a step of the trial.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum UploadStep {
    /// Register an image without data.
    Create,
    /// Send its data.
    Upload,
    /// Let it become active.
    Activate,
    /// Read its data back.
    Download,
    /// Delete it.
    Delete,
}
