//! scs-0104: the standard images exist and come from their makers.

use super::scs_0102_image_metadata::{NAMED_AT_MOST, NOT_SET, label};
use crate::accepts::Pattern;
use crate::facts::{Image, Images, Visibility};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::schema::one_object;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::Url;

#[cfg(test)]
mod tests;

/// Resolves the URL that is requested in the end: without dot segments, also encoded ones, even several times.
fn resolved(source: &str) -> Option<String> {
    let decoded = |text: String, _| ENCODED.iter().fold(text, |text, (code, char)| text.replace(code, char));
    let plain = (0..4).fold(source.to_owned(), decoded);
    Url::parse(&plain).ok().map(String::from).filter(|_| !plain.contains("%25"))
}

/// The escapes that can spell dot segments.
const ENCODED: [(&str, &str); 7] =
    [("%2e", "."), ("%2E", "."), ("%2f", "/"), ("%2F", "/"), ("%5c", "\\"), ("%5C", "\\"), ("%25", "%")];

/// The images that a rule is about.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = one_object)]
pub enum Named {
    /// Those of exactly this name.
    Name(String),
    /// Those whose whole name the pattern matches. Today's suite does not look at the end of a
    /// name (quirk Q-0104-1); a pattern that ends in `.*` does the same.
    Scheme(Pattern),
}

impl Named {
    fn means(&self, image: &Image) -> bool {
        match self {
            Self::Name(name) => image.name == *name,
            Self::Scheme(pattern) => pattern.is_match(&image.name),
        }
    }

    pub(super) fn among<'a>(&self, images: &'a Images) -> impl Iterator<Item = &'a Image> {
        images.0.iter().filter(|image| self.means(image))
    }

    /// Returns the image that should exist, but does not.
    fn resource(&self) -> Resource {
        let name = match self {
            Self::Name(name) => name.clone(),
            Self::Scheme(pattern) => pattern.to_string(),
        };
        Resource::without_id(ResourceKind::Image, name)
    }

    /// Lists names that come close: the same but for case, blanks and punctuation. Only a name can be missed so; a
    /// pattern is itself the place for tolerance.
    fn missed_by<'a>(&self, images: &'a Images) -> Vec<&'a str> {
        let core = |name: &str| -> String {
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let Self::Name(wanted) = self else { return Vec::new() };
        let wanted = core(wanted);
        images.0.iter().map(|image| image.name.as_str()).filter(|name| core(name) == wanted).collect()
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "named {name:?}"),
            Self::Scheme(pattern) => write!(f, "with a name like {pattern}"),
        }
    }
}

/// scs-0104 v1: at least one such image is offered: it is active and not hidden (deviation Q-0104-8).
/// A community image, which users see only on request, counts with a warning.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct ImagePresent(Named);

impl Check for ImagePresent {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        let found: Vec<&Image> = self.0.among(images).collect();
        let offered = found.iter().filter(|image| is_offered(image));
        if let Some(best) = offered.min_by_key(|image| image.visibility != Visibility::Public) {
            let remark = (best.visibility != Visibility::Public).then(|| only_on_request(best));
            return Findings { examined: found.len(), list: remark.into_iter().collect(), ..Findings::default() };
        }
        let close = self.0.missed_by(images).into_iter().filter(|name| found.iter().all(|image| image.name != *name));
        let found = found.iter().map(|image| format!("{} that is {}", label(image), state(image)));
        let close: Vec<String> = found.chain(close.map(|name| format!("{name:?}"))).take(NAMED_AT_MOST).collect();
        let observed = match close.as_slice() {
            [] => format!("none among {} public and community images", images.0.len()),
            names => format!("none, but {}", names.join(", ")),
        };
        let finding = Finding::violation(format!("no image {} is offered", self.0))
            .on(self.0.resource())
            .property("name")
            .expected(format!("an image {}", self.0))
            .observed(observed);
        Findings::on_one([finding])
    }
}

/// Returns true if users can start servers from an image that they find.
pub(super) fn is_offered(image: &Image) -> bool {
    image.status == "active" && !image.hidden
}

/// Returns the reason why an image is not offered.
fn state(image: &Image) -> &str {
    if image.status == "active" { "hidden" } else { &image.status }
}

fn only_on_request(image: &Image) -> Finding {
    Finding::warning(format!("{} is a community image, which users see only on request", label(image)))
        .on(image.resource())
        .property("visibility")
        .expected("public")
        .observed("community")
}

/// scs-0104 v1: `image_source` of every such image begins with one of the prefixes, literally
/// (quirk Q-0104-3), and no dot segments lead out of there (deviation Q-0104-9). All images of the
/// same name are checked (deviation Q-0104-2).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSource {
    /// The images.
    image: Named,
    /// Accepted beginnings.
    prefixes: NonEmpty<Vec<String>>,
}

impl Check for ImageSource {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        let mut findings = Findings::each(self.image.among(images), |image, findings| {
            findings.list.extend(foreign(image, &self.prefixes));
        });
        if findings.examined == 0 {
            findings
                .push(Finding::info(format!("no image {} is offered, so none can have a wrong source", self.image)));
        }
        findings
    }
}

/// Returns true if the source of an image begins with one of the prefixes, literally and where it leads in the end.
pub(super) fn begins_with(image: &Image, prefixes: &[String]) -> bool {
    let source = image.property("image_source");
    let resolved = source.and_then(resolved);
    let begins = |text: Option<&str>, prefix: &str| text.is_some_and(|text| text.starts_with(prefix));
    prefixes.iter().any(|prefix| begins(source, prefix) && begins(resolved.as_deref(), prefix))
}

/// Reports an image whose source begins with none of the prefixes.
pub(super) fn foreign(image: &Image, prefixes: &[String]) -> Option<Finding> {
    if begins_with(image, prefixes) {
        return None;
    }
    let source = image.property("image_source");
    let message = match source {
        Some(source) => format!("{} comes from {source:?}, which is not an accepted source", label(image)),
        None => format!("{} does not set image_source", label(image)),
    };
    Some(
        Finding::violation(message)
            .on(image.resource())
            .property("image_source")
            .expected(format!("a URL that begins with {}", prefixes.join(" or ")))
            .observed(source.map_or(NOT_SET.to_owned(), |source| format!("{source:?}"))),
    )
}
