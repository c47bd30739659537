//! scs-0102: images are replaced as often as they promise.

use super::scs_0102_image_metadata::{CLOCKS, NAMED_AT_MOST, NOT_SET, each_image, label, utc};
use crate::accepts::{Accepts, DateFormat, is_default};
use crate::facts::{Image, Images, Visibility};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// scs-0102 v1: an image older than its `replace_frequency` allows has a current successor, as
/// long as it is promised to be provided (`provided_until`).
///
/// The successor of `Ubuntu 24.04 20260101` is `Ubuntu 24.04`: everything before the last blank
/// of the name, and nothing else (quirk Q-0102-9). Any current and active image of that name
/// will do (deviation Q-0102-10), if it was built later, users can see it, and it is of the same distribution and
/// architecture (deviation Q-0102-23).
///
/// This is also the one rule that warns of images that are not active (Q-0102-18), since status
/// matters to it; the others do not repeat that.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImageRecency {
    /// Hours by word; 0 for no promise. An image that says nothing promises nothing.
    frequencies: NonEmpty<BTreeMap<String, u32>>,
    /// The tolerated delay of a replacement.
    grace: Grace,
    /// Values of `provided_until` that promise nothing.
    open_ended: Vec<String>,
    /// The patterns of the last word in the name of a replaced image.
    replaced_names: NonEmpty<Accepts>,
    /// The patterns of that word that are accepted with a warning (quirk Q-0102-11).
    #[serde(default, skip_serializing_if = "is_default")]
    tolerated_names: Accepts,
}

/// The allowance: the larger one counts (deviation Q-0102-5).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Grace {
    /// Per cent of the period.
    percent: u8,
    /// Hours. A replacement that is later than this is worth a warning.
    hours: u32,
}

impl Check for ImageRecency {
    type Facts<'a> = (&'a Images, DateTime<Utc>);

    /// Checks the images (deviation Q-0102-24: as long as the age of an image that may be young enough is unknown, so
    /// is the verdict).
    fn examine(&self, (images, now): (&Images, DateTime<Utc>)) -> Findings {
        let is_current =
            |image: &Image| matches!(self.standing(image, now), AgeStanding::Current(_) | AgeStanding::Late(_));
        let offered = Offered::new(images, is_current);
        each_image(images, |image, findings| {
            findings.list.extend(inactive(image));
            findings.list.extend(offered.ambiguous(image));
            match self.standing(image, now) {
                AgeStanding::Current(remark) => {
                    findings.list.extend(remark);
                    self.unknown_age(image, now).into_iter().for_each(|reason| findings.unknown(reason));
                }
                // Who has uploaded the next build is not late.
                AgeStanding::Late(remark) => findings.list.extend((!offered.replaces(image)).then_some(remark)),
                AgeStanding::Unclear(finding) => findings.push(finding),
                AgeStanding::Outdated(due) => {
                    findings.list.extend(self.unmarked(image));
                    findings.list.extend(unreplaced(image, &due, &offered));
                }
            }
        })
    }
}

/// The standing of an image's age against its promises.
enum AgeStanding {
    /// It is young enough, or promises nothing (any more). There may be something to remark.
    Current(Option<Finding>),
    /// It counts as current, but the text of the standard grants less.
    Late(Finding),
    /// It should have been replaced; says so in words.
    Outdated(String),
    /// It is too old, unless it says properly that it promises nothing.
    Unclear(Finding),
}

impl ImageRecency {
    fn standing(&self, image: &Image, now: DateTime<Utc>) -> AgeStanding {
        let Some(frequency) = image.property("replace_frequency") else { return AgeStanding::Current(None) };
        let Some(&hours) = self.frequencies.get(frequency) else {
            return AgeStanding::Current(Some(self.unknown_frequency(image, frequency)));
        };
        let built = build_time(image);
        let (age, period) = (now - built, TimeDelta::hours(hours.into()));
        if hours == 0 || age <= period + TimeDelta::hours(self.grace.hours.into()) {
            return AgeStanding::Current(None);
        }
        let history = format!("built {} and promised to be replaced {frequency}", utc(built));
        match self.beyond_the_period(image, now, history) {
            AgeStanding::Outdated(_) | AgeStanding::Unclear(_) if age <= period + self.grace.of(period) => {
                AgeStanding::Late(self.late(image, frequency, built + period))
            }
            standing => standing,
        }
    }

    /// Explains why the age of an image is not known, if it matters.
    fn unknown_age(&self, image: &Image, now: DateTime<Utc>) -> Option<Reason> {
        let promised = image.property("replace_frequency").and_then(|word| self.frequencies.get(word));
        let text = image.property(BUILD_DATE).filter(|text| DateFormat::Lenient.parse(text).is_none());
        let why = match text {
            _ if promised.is_none_or(|&hours| hours == 0) => return None,
            Some(text) => format!("has {BUILD_DATE} {text:?}"),
            None if build_time(image) - now > CLOCKS => {
                format!("claims to be from the future, {}", utc(build_time(image)))
            }
            None => return None,
        };
        let message = format!("{} {why}, so its age is unknown", label(image));
        Some(Reason::new(ReasonCode::Inconclusive, message))
    }

    /// Judges an image that is past its period. The promise may be over by now, or never have been given.
    fn beyond_the_period(&self, image: &Image, now: DateTime<Utc>, history: String) -> AgeStanding {
        let until = image.property("provided_until");
        if until.is_some_and(|until| self.open_ended.iter().any(|word| word == until)) {
            return AgeStanding::Current(None);
        }
        match until.and_then(|until| DateFormat::Lenient.parse(until)) {
            // The promise ends when the named day begins (quirk Q-0102-7).
            Some(end) if now > end => AgeStanding::Current(None),
            Some(end) => AgeStanding::Outdated(format!("{history} until {}", end.format("%Y-%m-%d"))),
            None => AgeStanding::Unclear(self.unclear(image, until, &history)),
        }
    }

    fn unclear(&self, image: &Image, until: Option<&str>, history: &str) -> Finding {
        let words = self.open_ended.clone();
        let proper = Accepts { words, formats: vec![DateFormat::Date], ..Accepts::default() };
        Finding::violation(format!("{} was {history}, but provided_until is missing or invalid", label(image)))
            .on(image.resource())
            .property("provided_until")
            .expected(proper.to_string())
            .observed(until.map_or(NOT_SET.to_owned(), |until| format!("{until:?}")))
    }

    fn unknown_frequency(&self, image: &Image, frequency: &str) -> Finding {
        let known: Vec<&str> = self.frequencies.keys().map(String::as_str).collect();
        let message = format!("{} has an unknown replace_frequency {frequency:?}; its age is not judged", label(image));
        Finding::warning(message)
            .on(image.resource())
            .property("replace_frequency")
            .expected(format!("one of {}", known.join(", ")))
            .observed(format!("{frequency:?}"))
    }

    fn late(&self, image: &Image, frequency: &str, due: DateTime<Utc>) -> Finding {
        let hours = self.grace.hours;
        let message = format!("{} should be replaced {frequency} and is more than {hours} hours overdue", label(image));
        Finding::warning(message)
            .on(image.resource())
            .property("replace_frequency")
            .expected(format!("replaced by {}, or at most {hours} hours later", utc(due)))
            .observed(format!("built {}", utc(build_time(image))))
    }

    /// Warns of a replaced image that cannot be recognized as such.
    fn unmarked(&self, image: &Image) -> Option<Finding> {
        let last_word = image.name.rsplit(' ').next().unwrap_or_default();
        if image.hidden || self.replaced_names.accepts(last_word) {
            return None;
        }
        let message = if self.tolerated_names.accepts(last_word) {
            format!("{} is named as a replaced image, but with a date in an unusual notation", label(image))
        } else {
            format!("{} is outdated, but neither hidden nor named as a replaced image", label(image))
        };
        Some(
            Finding::warning(message)
                .on(image.resource())
                .property("name")
                .expected(format!("a last word that is {}", self.replaced_names))
                .observed(format!("{last_word:?}")),
        )
    }
}

impl Grace {
    fn of(&self, period: TimeDelta) -> TimeDelta {
        let share = TimeDelta::seconds(period.num_seconds() * i64::from(self.percent) / 100);
        share.max(TimeDelta::hours(self.hours.into()))
    }
}

/// The images by name, and those among them that are current and can be used.
struct Offered<'a> {
    named: BTreeMap<&'a str, Vec<&'a Image>>,
    current: BTreeMap<&'a str, Vec<&'a Image>>,
}

impl<'a> Offered<'a> {
    fn new(images: &'a Images, is_current: impl Fn(&Image) -> bool) -> Self {
        let mut offered = Self { named: BTreeMap::new(), current: BTreeMap::new() };
        for image in images.0.iter().filter(|image| !image.name.is_empty()) {
            offered.named.entry(&image.name).or_default().push(image);
            if is_active(image) && !image.hidden && is_current(image) {
                offered.current.entry(&image.name).or_default().push(image);
            }
        }
        offered
    }

    /// Returns true if a current image has the name that the image had before it was replaced, and can be its successor.
    fn replaces(&self, image: &Image) -> bool {
        let candidates = successor(image).and_then(|name| self.current.get(name));
        candidates.is_some_and(|candidates| candidates.iter().any(|candidate| succeeds(candidate, image)))
    }

    /// Warns of an ambiguous name, once per name, on the first image that bears it.
    fn ambiguous(&self, image: &Image) -> Option<Finding> {
        let namesakes = self.named.get(image.name.as_str()).filter(|images| images.len() > 1)?;
        if namesakes.first().is_none_or(|first| first.id != image.id) {
            return None;
        }
        let mut ids: Vec<String> = namesakes.iter().take(NAMED_AT_MOST).map(|image| image.id.clone()).collect();
        if namesakes.len() > NAMED_AT_MOST {
            ids.push(format!("{} more", namesakes.len() - NAMED_AT_MOST));
        }
        Some(
            Finding::warning(format!("{} images are named {:?}", namesakes.len(), image.name))
                .on(image.resource())
                .property("name")
                .expected("a name that no other image has")
                .observed(ids.join(", ")),
        )
    }
}

/// Returns the part of a name before its last blank.
fn successor(image: &Image) -> Option<&str> {
    image.name.rsplit_once(' ').map(|(before, _)| before.trim_end())
}

/// Returns true if an image is a later build of the same system, for at least the same users.
fn succeeds(candidate: &Image, image: &Image) -> bool {
    let same =
        |name: &str| candidate.property(name).map(str::to_lowercase) == image.property(name).map(str::to_lowercase);
    let seen = candidate.visibility == Visibility::Public || candidate.visibility == image.visibility;
    seen && build_time(candidate) > build_time(image) && same("os_distro") && same("architecture")
}

/// Reports an outdated image without a current one under the name of its successor.
fn unreplaced(image: &Image, history: &str, offered: &Offered<'_>) -> Option<Finding> {
    if offered.replaces(image) {
        return None;
    }
    let successor = successor(image);
    let namesakes = successor.and_then(|name| offered.named.get(name)).map_or(0, Vec::len);
    let (expected, observed) = match (successor, namesakes) {
        (None, _) => {
            ("a newer image".to_owned(), "none: without a blank in the name, the replacing image is unknown".to_owned())
        }
        (Some(name), 0) => {
            (format!("a newer image, or a current one named {name:?}"), "no image of that name".to_owned())
        }
        (Some(name), n) => {
            let expected =
                format!("an active, visible, current image named {name:?} of a later build of the same system");
            (expected, format!("{n} of that name, but none qualifies"))
        }
    };
    Some(
        Finding::violation(format!("{} was {history}, and no current image replaces it", label(image)))
            .on(image.resource())
            .property("replace_frequency")
            .expected(expected)
            .observed(observed),
    )
}

/// The property that says when an image was built.
const BUILD_DATE: &str = "image_build_date";

/// Returns `image_build_date` in any notation, or else the time of registration; no image is built after that.
fn build_time(image: &Image) -> DateTime<Utc> {
    let stated = image.property(BUILD_DATE).and_then(|text| DateFormat::Lenient.parse(text));
    stated.map_or(image.created_at, |stated| stated.min(image.created_at))
}

fn is_active(image: &Image) -> bool {
    image.status == "active"
}

fn inactive(image: &Image) -> Option<Finding> {
    let finding = || {
        Finding::warning(format!("{} is offered, but is {}: it cannot be used", label(image), image.status))
            .on(image.resource())
            .property("status")
            .expected("active")
            .observed(&image.status)
    };
    (!is_active(image)).then(finding)
}
