//! scs-0104 v2: images of the current releases of distributions are offered, and come from their makers.

use super::scs_0102_image_metadata::{NAMED_AT_MOST, NOT_SET, label};
use super::scs_0104_standard_images::{foreign, is_offered};
use crate::accepts::is_default;
use crate::distributions::{Release, Releases, number};
use crate::facts::{Image, Images, Visibility};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode, Resource, ResourceKind};
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

/// scs-0104 v2: the source of every generic image of a distribution begins with one of the prefixes, literally, and no dot
/// segments lead out of there. An image of a release that is not known makes the verdict unknown.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GenericSource {
    /// The distribution.
    pub(crate) distribution: Releases,
    /// Accepted beginnings; `{codename}` stands for the code name of the image's release.
    prefixes: NonEmpty<Vec<String>>,
}

impl Check for GenericSource {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        let generic = images.0.iter().filter(|image| is_generic(image, self.distribution.name()));
        let mut findings = Findings::each(generic, |image, findings| self.judge(image, findings));
        if findings.examined == 0 {
            let name = self.distribution.name();
            findings.push(Finding::info(format!("no generic image of {name} is offered, so none has a wrong source")));
        }
        findings
    }
}

impl GenericSource {
    fn judge(&self, image: &Image, findings: &mut Findings) {
        let version = image.property(VERSION);
        match version.and_then(|version| self.distribution.version(version)) {
            Some(release) => {
                let prefixes: Vec<String> =
                    self.prefixes.iter().map(|prefix| prefix.replace("{codename}", &release.series)).collect();
                findings.list.extend(foreign(image, &prefixes));
            }
            None => findings.unknown(Reason::new(ReasonCode::Inconclusive, self.unknown_version(image, version))),
        }
    }

    fn unknown_version(&self, image: &Image, version: Option<&str>) -> String {
        let (image, name) = (label(image), self.distribution.name());
        match version {
            Some(version) => {
                format!(
                    "{image} has {VERSION} {version:?}, which is no known release of {name}: its code name is unknown"
                )
            }
            None => format!("{image} does not set {VERSION}: the code name of its release is unknown"),
        }
    }
}

/// scs-0104 v2: an image of the latest release of a distribution, or of the one before that, is offered: generic, active, not
/// hidden, and visible to everyone. From its publication until it falls due, the release before it will do as well.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseOffered {
    /// The distribution.
    pub(crate) distribution: Releases,
    /// True if only releases with long-term support count.
    #[serde(default, skip_serializing_if = "is_default")]
    lts: bool,
    /// The release in question.
    which: Which,
    /// The first day on which a release has to be offered.
    due: Due,
    /// Accepted visibilities.
    visibility: NonEmpty<Vec<Visibility>>,
}

/// A release among those that count, from the newest on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// The newest.
    Latest,
    /// The one before that.
    Previous,
}

/// The first day on which a release has to be offered; never before its publication.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Due {
    /// A day in the year of its publication.
    InItsYear {
        /// The month, from 1 to 12.
        month: u32,
        /// The day of the month.
        day: u32,
    },
    /// So many months after its publication.
    AfterMonths(u32),
}

impl Due {
    /// Returns the day for a release of which the day of publication is known.
    fn day(self, release: &Release) -> Option<NaiveDate> {
        let released = release.released?;
        let day = match self {
            Self::InItsYear { month, day } => NaiveDate::from_ymd_opt(released.year(), month, day),
            Self::AfterMonths(months) => released.checked_add_months(Months::new(months)),
        };
        Some(day.map_or(released, |day| day.max(released)))
    }
}

const VERSION: &str = "os_version";

impl Check for ReleaseOffered {
    type Facts<'a> = (&'a Images, DateTime<Utc>);

    fn examine(&self, (images, now): (&Images, DateTime<Utc>)) -> Findings {
        let day = now.date_naive();
        let unknown = |reason| Findings { unknown: Some(reason), ..Findings::default() };
        if let Some(reason) = self.distribution.outdated(day) {
            return unknown(reason);
        }
        let accepted = self.accepted(day);
        if accepted.is_empty() {
            let message =
                format!("distribution data names no such release of {} before {day}", self.distribution.name());
            return unknown(Reason::new(ReasonCode::OutdatedData, message));
        }
        let mut findings = self.judge(images, &accepted, day);
        findings.list.extend(self.next(day));
        findings
    }
}

impl ReleaseOffered {
    /// Returns the releases that count at all, the newest first.
    fn counting(&self) -> impl Iterator<Item = &Release> {
        self.distribution.list().iter().rev().filter(|release| release.lts || !self.lts)
    }

    /// Returns the releases that will do on a day: the one in question among those that are due, and among those that are
    /// out.
    fn accepted(&self, day: NaiveDate) -> Vec<&Release> {
        let rank = match self.which {
            Which::Latest => 0,
            Which::Previous => 1,
        };
        let is_due = |release: &&Release| self.due.day(release).is_some_and(|due| due <= day);
        let Some(due) = self.counting().filter(is_due).nth(rank) else { return Vec::new() };
        let out = self.counting().filter(|release| release.is_out(day)).nth(rank);
        std::iter::once(due).chain(out.filter(|out| out.version != due.version)).collect()
    }

    fn judge(&self, images: &Images, accepted: &[&Release], day: NaiveDate) -> Findings {
        let all: Vec<&Image> = images.0.iter().filter(|image| is_generic(image, self.distribution.name())).collect();
        let has = |image: &&&Image| accepted.iter().any(|release| image.property(VERSION) == Some(&release.version));
        let found: Vec<&Image> = all.iter().filter(has).copied().collect();
        let offered: Vec<&Image> = found.iter().filter(|image| self.is_visible(image)).copied().collect();
        let mut findings = Findings::over(found.len());
        if !offered.is_empty() {
            findings.push(evidence(&offered));
            return findings;
        }
        match all.iter().find(|image| self.is_visible(image) && self.may_be_newer(image, day)) {
            Some(image) => findings.unknown(self.unknown_release(image)),
            None => findings.push(self.missing(accepted, &found, images)),
        }
        findings.examined = findings.examined.max(1);
        findings
    }

    fn is_visible(&self, image: &Image) -> bool {
        is_offered(image) && self.visibility.contains(&image.visibility)
    }

    /// Returns true for an image of a release that the data does not date, and that is newer than all that are out. A point
    /// release, such as 13.1, is none of its own.
    fn may_be_newer(&self, image: &Image, day: NaiveDate) -> bool {
        let Some(version) = image.property(VERSION).and_then(number) else { return false };
        let dated = self.distribution.list().iter().filter(|release| release.released.is_some());
        let known = dated.filter_map(|release| Some((release.number()?, release.is_out(day))));
        let mut known = known.filter(|(number, is_out)| *is_out || version.starts_with(number));
        self.which == Which::Latest && known.all(|(number, _)| number < version && !version.starts_with(&number))
    }

    fn unknown_release(&self, image: &Image) -> Reason {
        let (name, version) = (self.distribution.name(), image.property(VERSION).unwrap_or_default());
        let message =
            format!("{} is of {name} {version}, whose publication the distribution data does not know", label(image));
        Reason::new(ReasonCode::OutdatedData, message)
    }

    fn missing(&self, accepted: &[&Release], found: &[&Image], images: &Images) -> Finding {
        let names: Vec<String> =
            accepted.iter().map(|one| format!("{} {}", self.distribution.name(), one.version)).collect();
        let names = names.join(" or ");
        let state = |image: &&Image| format!("{} that is {}", label(image), self.state(image));
        let states: Vec<String> = found.iter().take(NAMED_AT_MOST).map(state).collect();
        let observed = match states.as_slice() {
            [] => format!("none among {} public and community images", images.0.len()),
            states => format!("none, but {}", states.join(", ")),
        };
        let visibility: Vec<String> = self.visibility.iter().map(ToString::to_string).collect();
        let expected = format!("an active {} image with os_purpose generic of {names}", visibility.join(" or "));
        Finding::violation(format!("no generic image of {names} is offered"))
            .on(Resource::without_id(ResourceKind::Image, &names))
            .property(VERSION)
            .expected(expected)
            .observed(observed)
    }

    /// Returns the reason why an image does not count.
    fn state(&self, image: &Image) -> String {
        match () {
            () if image.status != "active" => image.status.clone(),
            () if image.hidden => "hidden".to_owned(),
            () => image.visibility.to_string(),
        }
    }

    /// Tells the day on which the next release falls due.
    fn next(&self, day: NaiveDate) -> Option<Finding> {
        if self.which == Which::Previous {
            return None;
        }
        let (name, lts) = (self.distribution.name(), if self.lts { " LTS" } else { "" });
        let known = self.counting().filter_map(|release| Some((self.due.day(release)?, release)));
        let message = match known.filter(|(due, _)| *due > day).min_by_key(|(due, _)| *due) {
            Some((due, release)) => format!("{name} {}{lts} falls due on {due}", release.version),
            None => {
                let end = self.distribution.end()?;
                format!(
                    "the next release of {name}{lts} falls due on {end} at the earliest; distribution data does not name it yet"
                )
            }
        };
        Some(Finding::info(message))
    }
}

/// Returns true for a plain server image of a distribution. As in scs-0102, the case of the words does not matter.
fn is_generic(image: &Image, distribution: &str) -> bool {
    let is = |name: &str, word: &str| image.property(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
    is("os_distro", distribution) && is("os_purpose", "generic")
}

/// Names images that are offered, with the architectures: of those, the text demands none.
fn evidence(offered: &[&Image]) -> Finding {
    let architectures: BTreeSet<&str> =
        offered.iter().map(|image| image.property("architecture").unwrap_or(NOT_SET)).take(NAMED_AT_MOST).collect();
    let names: Vec<String> = offered.iter().take(NAMED_AT_MOST).map(|image| label(image)).collect();
    let architectures: Vec<&str> = architectures.into_iter().collect();
    Finding::info(format!("{} is offered (architecture: {})", names.join(", "), architectures.join(", ")))
}
