//! scs-0102: images tell their users what they are and how long they are looked after.

use crate::accepts::{Accepts, DateFormat, is_blank, is_default};
use crate::facts::{Image, Images, Visibility};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode, Severity};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::Display;

#[cfg(test)]
mod strict_tests;
#[cfg(test)]
pub(super) mod tests;

/// The consequence of a property that is not set. An empty one is set, to a value that is not accepted (deviation
/// Q-0102-22).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
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
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImageProperty {
    /// The property, spelled as in the API.
    name: String,
    /// The consequence if it is not set.
    #[serde(default, skip_serializing_if = "is_default")]
    presence: Presence,
    /// Accepted values; without this any value is that says something.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepts: Option<NonEmpty<Accepts>>,
    /// Values that are accepted with a warning.
    #[serde(default, skip_serializing_if = "is_default")]
    tolerates: Accepts,
    /// Only images that have each of these other properties with an accepted value; without this all images.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    among: BTreeMap<String, Accepts>,
}

impl Check for ImageProperty {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        let concerned = images.0.iter().filter(|image| self.concerns(image));
        let mut findings = Findings::each(concerned, |image, findings| findings.list.extend(self.judge(image)));
        findings.list.extend(none_offered(images));
        findings
    }
}

impl ImageProperty {
    fn concerns(&self, image: &Image) -> bool {
        self.among.iter().all(|(name, accepts)| image.property(name).is_some_and(|value| accepts.accepts(value)))
    }

    fn judge(&self, image: &Image) -> Option<Finding> {
        let (name, image_name) = (&self.name, label(image));
        let expected = self.accepts.as_ref().map_or("any value".to_owned(), ToString::to_string);
        let finding = match (image.property(name), &self.accepts) {
            (None, _) => {
                let message = format!("{image_name} does not set {name}");
                Finding::new(self.presence.weight_of_absence()?, message).observed(NOT_SET)
            }
            (Some(value), None) if !is_blank(value) => return None,
            (Some(value), Some(accepts)) if accepts.accepts(value) => return None,
            (Some(value), _) => {
                let tolerated = !is_blank(value) && self.tolerates.accepts(value);
                let (severity, but) = if tolerated {
                    (Severity::Warning, "which is tolerated, but not what the standard intends")
                } else {
                    (
                        Severity::Violation,
                        if is_blank(value) { "which has no meaning" } else { "which is not accepted" },
                    )
                };
                Finding::new(severity, format!("{image_name} has {name} {value:?}, {but}"))
                    .observed(format!("{value:?}"))
            }
        };
        Some(finding.on(image.resource()).property(name).expected(expected))
    }
}

impl Presence {
    fn weight_of_absence(self) -> Option<Severity> {
        match self {
            Self::Required => Some(Severity::Violation),
            Self::Recommended => Some(Severity::Warning),
            Self::Optional => None,
        }
    }
}

/// A numeric field that every image has.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NumberField {
    /// GiB of disk.
    MinDisk,
    /// MiB of memory.
    MinRam,
}

impl NumberField {
    /// Returns the value of the property, its unit, and how many bytes the unit has.
    fn of(self, image: &Image) -> (u64, &'static str, u64) {
        match self {
            Self::MinDisk => (image.min_disk, "GiB", 1 << 30),
            Self::MinRam => (image.min_ram, "MiB", 1 << 20),
        }
    }
}

/// The thing that has to fit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The stored file.
    Size,
}

/// scs-0102: a numeric field of every image is large enough. Glance answers 0 for a field that
/// is not set.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImageNumber {
    /// The field, spelled as in the API.
    name: NumberField,
    /// The least value.
    at_least: u64,
    /// Smaller values are worth a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    warn_below: Option<u64>,
    /// The thing that has to fit into it. An image that has no data yet fits anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<Held>,
}

impl Check for ImageNumber {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        each_image(images, |image, findings| {
            self.unknown_size(image).into_iter().for_each(|reason| findings.unknown(reason));
            let finding =
                self.too_small(image).or_else(|| self.too_small_to_hold(image)).or_else(|| self.doubtful(image));
            findings.list.extend(finding.map(|finding| finding.on(image.resource()).property(self.name.to_string())));
        })
    }
}

impl ImageNumber {
    fn too_small(&self, image: &Image) -> Option<Finding> {
        let (value, unit, _) = self.name.of(image);
        let (name, image_name) = (self.name, label(image));
        let (observed, message) = match value {
            value if value >= self.at_least => return None,
            0 => (NOT_SET.to_owned(), format!("{image_name} does not set {name}")),
            _ => (format!("{value} {unit}"), format!("{image_name} has a {name} of only {value} {unit}")),
        };
        Some(Finding::violation(message).expected(format!("at least {} {unit}", self.at_least)).observed(observed))
    }

    fn too_small_to_hold(&self, image: &Image) -> Option<Finding> {
        let Held::Size = self.holds?;
        let size = image.size?;
        let (value, unit, bytes) = self.name.of(image);
        if value.saturating_mul(bytes) >= size {
            return None;
        }
        let message = format!(
            "{} has a {} of {value} {unit}, but its file alone takes {}",
            label(image),
            self.name,
            in_units(size, unit, bytes)
        );
        let expected = format!("at least {} {unit}, to hold the file", size.div_ceil(bytes));
        Some(Finding::violation(message).expected(expected).observed(format!("{value} {unit}")))
    }

    /// Explains why the size is unknown: only an image without data has no size.
    fn unknown_size(&self, image: &Image) -> Option<Reason> {
        let Held::Size = self.holds?;
        let message = format!("{} is active, but Glance does not report its size", label(image));
        (image.size.is_none() && image.status == "active").then(|| Reason::new(ReasonCode::Inconclusive, message))
    }

    fn doubtful(&self, image: &Image) -> Option<Finding> {
        let (value, unit, _) = self.name.of(image);
        let threshold = self.warn_below.filter(|&threshold| value < threshold)?;
        let message = format!("{} has a {} of {value} {unit}, which is hardly enough", label(image), self.name);
        Some(
            Finding::warning(message)
                .expected(format!("plausibly {threshold} {unit} or more"))
                .observed(format!("{value} {unit}")),
        )
    }
}

/// Formats a size: `2.25 GiB (2415919104 bytes)`.
fn in_units(size: u64, unit: &str, bytes: u64) -> String {
    let hundredths = u128::from(size) * 100 / u128::from(bytes);
    format!("{}.{:02} {unit} ({size} bytes)", hundredths / 100, hundredths % 100)
}

/// scs-0102: a property of every image is set, and is a point in time that is not in the future.
///
/// Today's suite also checks that an image without the property was not registered in the future; here such an image
/// violates the rule anyway. A difference within the tolerance of the clocks is not a violation.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImageTimestamp {
    /// The property.
    name: String,
    /// The accepted notations.
    formats: NonEmpty<Vec<DateFormat>>,
    /// The notations that are accepted with a warning.
    #[serde(default, skip_serializing_if = "is_default")]
    tolerates: Vec<DateFormat>,
    /// True if it must not be later than the image's creation.
    not_after_creation: bool,
}

impl Check for ImageTimestamp {
    type Facts<'a> = (&'a Images, DateTime<Utc>);

    fn examine(&self, (images, now): (&Images, DateTime<Utc>)) -> Findings {
        each_image(images, |image, findings| {
            let finding = self.judge(image, now);
            findings.list.extend(finding.map(|finding| finding.on(image.resource()).property(&self.name)));
        })
    }
}

impl ImageTimestamp {
    fn judge(&self, image: &Image, now: DateTime<Utc>) -> Option<Finding> {
        let (name, image_name) = (&self.name, label(image));
        let formats = DateFormat::any_of(&self.formats);
        let Some(text) = image.property(name) else {
            return Some(
                Finding::violation(format!("{image_name} does not set {name}")).expected(formats).observed(NOT_SET),
            );
        };
        let has = format!("{image_name} has {name} {text:?}");
        let proper = self.formats.iter().find_map(|format| format.parse(text));
        let Some(time) = proper.or_else(|| self.tolerates.iter().find_map(|format| format.parse(text))) else {
            let message = format!("{has}, which cannot be parsed as a time");
            return Some(Finding::violation(message).expected(formats).observed(format!("{text:?}")));
        };
        let created = image.created_at;
        let finding = if time.date_naive() <= DateTime::UNIX_EPOCH.date_naive() {
            Finding::violation(format!("{has}, which is at or before the Unix epoch, so it cannot be a build time"))
                .expected(formats)
        } else if time - now > CLOCKS {
            Finding::violation(format!("{has}, which is in the future"))
                .expected(format!("not later than {}, the reference time of this run", utc(now)))
        } else if self.not_after_creation && time > created {
            let message = format!("{has}, but it was registered before that, on {}", utc(created));
            Finding::violation(message).expected(format!("not later than created_at, {}", utc(created)))
        } else if time > now {
            Finding::warning(format!("{has}, which is a little in the future: the clocks of cloud and suite differ"))
                .expected(format!("not later than {}, the reference time of this run", utc(now)))
        } else if proper.is_none() {
            Finding::warning(format!("{has}, which is in an unusual notation")).expected(formats)
        } else {
            return None;
        };
        Some(finding.observed(format!("{text:?}")))
    }
}

/// The tolerated difference between the clocks of cloud and suite.
pub(super) const CLOCKS: TimeDelta = TimeDelta::hours(1);

/// scs-0102 v2: no two images share all values of some properties.
///
/// Values are compared exactly; what differs in case only is worth a warning, as is an image
/// that cannot be compared (quirk Q-0102-15).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImageUnique {
    /// The properties that identify an image; a missing one counts as empty.
    by: NonEmpty<Vec<String>>,
    /// Only images with these values.
    among: BTreeMap<String, String>,
    /// Only images of this visibility; hidden ones are never looked at.
    visibility: Visibility,
    /// Only images that have these properties, with values that say something.
    having: Vec<String>,
}

impl Check for ImageUnique {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        let mut findings = Findings::default();
        let concerned: Vec<&Image> = images.0.iter().filter(|image| self.concerns(image)).collect();
        let mut twins: BTreeMap<Vec<&str>, Vec<&Image>> = BTreeMap::new();
        let mut cousins: BTreeMap<Vec<String>, Vec<&Image>> = BTreeMap::new();
        for image in concerned.iter().filter(|image| self.lacks(image, &self.having).is_empty()) {
            twins.entry(self.key(image)).or_default().push(image);
            cousins.entry(lower_case(&self.key(image))).or_default().push(image);
            findings.examined += 1;
        }
        for image in concerned {
            let key = self.key(image);
            let finding = self
                .incomparable(image)
                .or_else(|| self.shared(Severity::Violation, "the same", image, twins.get(&key)))
                .or_else(|| self.shared(Severity::Warning, ALMOST_THE_SAME, image, cousins.get(&lower_case(&key))))
                .or_else(|| self.vague(image));
            findings.list.extend(finding.map(|finding| finding.on(image.resource())));
        }
        findings.list.extend(none_offered(images));
        findings
    }
}

impl ImageUnique {
    fn concerns(&self, image: &Image) -> bool {
        image.visibility == self.visibility
            && !image.hidden
            && self.among.iter().all(|(name, value)| image.property(name) == Some(value))
    }

    fn key<'a>(&self, image: &'a Image) -> Vec<&'a str> {
        self.by.iter().map(|name| image.property(name).unwrap_or_default()).collect()
    }

    fn lacks<'a>(&self, image: &Image, names: &'a [String]) -> Vec<&'a str> {
        names.iter().map(String::as_str).filter(|name| image.property(name).is_none_or(is_blank)).collect()
    }

    /// Describes the compared images: `public images with os_purpose "generic"`.
    fn class(&self) -> String {
        let values: Vec<String> = self.among.iter().map(|(name, value)| format!("{name} {value:?}")).collect();
        format!("{} images with {}", self.visibility, values.join(" and "))
    }

    /// Reports that other images of the group share these values.
    fn shared(&self, severity: Severity, same: &str, image: &Image, group: Option<&Vec<&Image>>) -> Option<Finding> {
        let others = group?.iter().filter(|other| other.id != image.id);
        let mut names: Vec<String> =
            others.take(NAMED_AT_MOST).map(|other| format!("{} ({})", label(other), other.id)).collect();
        let unnamed = group?.len().saturating_sub(1 + names.len());
        if unnamed > 0 {
            names.push(format!("{unnamed} more"));
        }
        if names.is_empty() {
            return None;
        }
        let (by, names) = (self.by.join(", "), names.join(", "));
        Some(
            Finding::new(severity, format!("{} has {same} {by} as {names}", label(image)))
                .property(self.among.keys().cloned().collect::<Vec<_>>().join(", "))
                .expected(format!("{} differ in {by}", self.class()))
                .observed(format!("also {names}")),
        )
    }

    fn incomparable(&self, image: &Image) -> Option<Finding> {
        let lacking = self.lacks(image, &self.having);
        let message = format!("{} is left out of the comparison: it does not set {}", label(image), lacking.join(", "));
        self.unset(&lacking, message)
    }

    fn vague(&self, image: &Image) -> Option<Finding> {
        let lacking = self.lacks(image, &self.by);
        let message = format!(
            "{} does not set {}, so it is compared only with images that do not set it either",
            label(image),
            lacking.join(", ")
        );
        self.unset(&lacking, message)
    }

    fn unset(&self, lacking: &[&str], message: String) -> Option<Finding> {
        let finding = Finding::warning(message).property(lacking.join(", ")).expected("any value").observed(NOT_SET);
        (!lacking.is_empty()).then_some(finding)
    }
}

/// The number of other images that a finding names, so that a thousand equal images do not make
/// a million names.
pub(super) const NAMED_AT_MOST: usize = 3;

const ALMOST_THE_SAME: &str = "the same (ignoring case)";

fn lower_case(key: &[&str]) -> Vec<String> {
    key.iter().map(|value| value.to_lowercase()).collect()
}

/// The text in findings for a value that is not there.
pub(super) const NOT_SET: &str = "not set";

/// Judges each image. No images at all is worth a warning: then nothing was proven
/// (quirk Q-0102-16).
pub(super) fn each_image<'a>(images: &'a Images, rule: impl FnMut(&'a Image, &mut Findings)) -> Findings {
    let mut findings = Findings::each(&images.0, rule);
    findings.list.extend(none_offered(images));
    findings
}

fn none_offered(images: &Images) -> Option<Finding> {
    let message = "the project sees no public or community image, so this passes without proof";
    images.0.is_empty().then(|| Finding::warning(message).expected("at least one image").observed("none"))
}

/// Names an image in a sentence: `image "Ubuntu 24.04"`.
pub(super) fn label(image: &Image) -> String {
    if image.name.is_empty() { format!("nameless image {}", image.id) } else { format!("image {:?}", image.name) }
}

/// Formats a time for a sentence: `2026-11-20 15:30:45 UTC`.
pub(super) fn utc(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
