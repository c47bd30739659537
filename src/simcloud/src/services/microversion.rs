//! The microversion that a client asks for in `OpenStack-API-Version`.

use crate::state::Version;

/// The version a client asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    /// None at all.
    Nothing,
    /// The newest there is.
    Latest,
    /// This one.
    Exactly(Version),
    /// Something that is not a version.
    Malformed(String),
}

impl Asked {
    /// Reads a version as it stands behind the name of a service.
    pub(super) fn word(text: &str) -> Self {
        match text {
            "latest" => Self::Latest,
            _ => Version::try_from(text.to_owned()).map_or_else(|_| Self::Malformed(text.to_owned()), Self::Exactly),
        }
    }

    /// Reads the header, which may name several services: `volume 3.70, compute 2.61`.
    pub(super) fn from_header(header: &str, service: &str) -> Self {
        let mut parts = header.split(',').filter_map(|part| part.trim().split_once(' '));
        parts.find(|(name, _)| *name == service).map_or(Self::Nothing, |(_, version)| Self::word(version.trim()))
    }

    /// Returns the message of the refusal of something that is not a version.
    pub(super) fn complaint(text: &str) -> String {
        format!("API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum.")
    }
}

/// Returns the message of the refusal of a version that is too old or too new.
pub(super) fn unsupported(asked: Version, lowest: Version, highest: Version) -> String {
    format!("Version {asked} is not supported by the API. Minimum is {lowest} and maximum is {highest}.")
}
