//! Glance: the images that are offered to everyone.

use crate::verdict::{Resource, ResourceKind};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::Display;

/// All public and community images that the project sees. Glance leaves out hidden ones, and
/// community images of other projects, where nobody asks for them (quirk Q-0102-1).
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Images(pub Vec<Image>);

/// Who may see an image.
#[derive(Clone, Copy, Debug, Default, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Visibility {
    /// Everybody, and it shows in everybody's list.
    #[default]
    Public,
    /// Everybody who asks for it.
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
    /// Who may see it.
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
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Its tags.
    pub tags: Vec<String>,
    /// All other properties, as read: text as it is, anything else as JSON.
    pub properties: BTreeMap<String, String>,
}

impl Image {
    /// A property; an empty one counts as not set.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The image as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource { kind: ResourceKind::Image, id: self.id.clone(), name: self.name.clone() }
    }
}
