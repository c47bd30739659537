//! scs-0102: images tell their users what they are and how long they are looked after.

use crate::accepts::{Accepts, DateFormat};
use crate::check::Check;
use crate::facts::{Images, Visibility};
use crate::verdict::Findings;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What follows from a property that is not set. An empty one counts as not set.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// A violation.
    #[default]
    Required,
    /// A warning.
    Recommended,
    /// Nothing.
    Optional,
}

/// scs-0102: a property of every image has an accepted value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageProperty {
    /// The property, spelled as in the API.
    name: String,
    /// Whether it has to be set.
    #[serde(default)]
    presence: Presence,
    /// Accepted values; without this any value is.
    accepts: Option<Accepts>,
    /// Values that are accepted with a warning.
    #[serde(default)]
    tolerates: Accepts,
}

impl Check for ImageProperty {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        todo!()
    }
}

/// A numeric field that every image has.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum NumberField {
    /// GiB of disk.
    MinDisk,
    /// MiB of memory.
    MinRam,
}

/// What a disk of `min_disk` has to hold.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The stored file.
    Size,
}

/// scs-0102: a numeric field of every image is large enough.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageNumber {
    /// The field, spelled as in the API.
    name: NumberField,
    /// The least value.
    at_least: u64,
    /// Smaller values are worth a warning.
    warn_below: Option<u64>,
    /// What that many GiB have to hold.
    holds: Option<Held>,
}

impl Check for ImageNumber {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        todo!()
    }
}

/// scs-0102: a property of every image is a plausible point in time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageTimestamp {
    /// The property.
    name: String,
    /// How it may be written.
    formats: Vec<DateFormat>,
    /// How it may be written, with a warning.
    #[serde(default)]
    tolerates: Vec<DateFormat>,
    /// Whether it may lie after the registration of the image.
    not_after_creation: bool,
}

impl Check for ImageTimestamp {
    type Facts<'a> = (&'a Images, DateTime<Utc>);

    fn examine(&self, (images, now): (&Images, DateTime<Utc>)) -> Findings {
        todo!()
    }
}

/// scs-0102 v2: no two images share all values of some properties.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageUnique {
    /// The properties that identify an image; a missing one counts as empty.
    by: Vec<String>,
    /// Only images with these values.
    among: BTreeMap<String, String>,
    /// Only images of this visibility; hidden ones are never looked at.
    visibility: Visibility,
    /// Only images that have these properties.
    having: Vec<String>,
}

impl Check for ImageUnique {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        todo!()
    }
}
