//! scs-0104: the standard images exist and come from their makers.

use crate::accepts::Pattern;
use crate::check::Check;
use crate::facts::Images;
use crate::verdict::Findings;
use serde::Deserialize;

/// Which images are meant: a name, or a pattern that the name begins with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    /// Exactly this name.
    Name(String),
    /// Names whose beginning the pattern matches (quirk Q-0104-1).
    Scheme(Pattern),
}

/// scs-0104 v1: at least one such image exists.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct ImagePresent(Named);

impl Check for ImagePresent {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        todo!()
    }
}

/// scs-0104 v1: `image_source` of every such image begins with one of the prefixes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSource {
    /// Which images.
    image: Named,
    /// Accepted beginnings.
    prefixes: Vec<String>,
}

impl Check for ImageSource {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        todo!()
    }
}
