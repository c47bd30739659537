//! Versions of Kubernetes, as clusters, releases and kubelets spell them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A branch of releases, for example 1.36. In definitions it is a text, as 1.30 and 1.3 are the same number.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Branch {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text that is not a branch or not a version of Kubernetes.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum VersionError {
    /// It is not a branch.
    #[error("{0:?} is not a branch of the form 1.36")]
    Branch(String),
    /// It is not a version.
    #[error("{0:?} is not a version of the form v1.36.4")]
    Version(String),
}

impl FromStr for Branch {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let numbers = || {
            let (major, minor) = without_v(text).split_once('.')?;
            Some(Self { major: number(major)?, minor: number(minor)? })
        };
        numbers().ok_or_else(|| VersionError::Branch(text.to_owned()))
    }
}

impl TryFrom<String> for Branch {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Branch> for String {
    fn from(branch: Branch) -> Self {
        branch.to_string()
    }
}

/// The version of a release, for example 1.36.4.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Version {
    /// The branch that it belongs to.
    pub branch: Branch,
    /// The third number.
    pub patch: u32,
}

impl Version {
    /// Creates the version of these numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { branch: Branch { major, minor }, patch }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.branch, self.patch)
    }
}

/// A version as spelled, with or without a pre-release suffix.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Spelled {
    /// The three numbers.
    pub version: Version,
    /// True for a pre-release of that version: an alpha, a beta, a candidate.
    pub pre_release: bool,
}

impl FromStr for Spelled {
    type Err = VersionError;

    /// Parses a version. Blanks around it, a leading `v`, everything from `+` on and suffixes of vendors
    /// (`-gke.1`, `-eks-1a2b3c`, `-rke2r1`) are left out (quirk Q-0210-8).
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let error = || VersionError::Version(text.to_owned());
        let plain = without_v(text.trim()).split('+').next().unwrap_or_default();
        let (numbers, suffix) = match plain.split_once('-') {
            Some((numbers, suffix)) if !suffix.is_empty() => (numbers, suffix),
            Some(_) => return Err(error()),
            None => (plain, ""),
        };
        let mut parts = numbers.split('.').map(number);
        let mut next = || parts.next().flatten();
        match (next(), next(), next(), parts.next()) {
            (Some(major), Some(minor), Some(patch), None) => {
                Ok(Self { version: Version::new(major, minor, patch), pre_release: is_pre_release(suffix) })
            }
            _ => Err(error()),
        }
    }
}

fn without_v(text: &str) -> &str {
    text.strip_prefix(['v', 'V']).unwrap_or(text)
}

/// Parses a number of at most nine digits, which are more than any version has, and always fit.
fn number(text: &str) -> Option<u32> {
    let plain = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    if plain && !padded { text.parse().ok() } else { None }
}

/// Recognizes `alpha.1`, `beta`, `rc.0`, `rc1`, but not `rcluster` and not `gke.1`.
fn is_pre_release(suffix: &str) -> bool {
    ["alpha", "beta", "rc"].iter().any(|word| {
        let rest =
            suffix.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).map(|_| &suffix[word.len()..]);
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphabetic()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("v1.36.4", (1, 36, 4), false)]
    #[case("1.36.4", (1, 36, 4), false)]
    #[case(" v1.36.4\n", (1, 36, 4), false)]
    #[case("v1.20.4-k8s", (1, 20, 4), false)]
    #[case("v1.33.5-gke.1", (1, 33, 5), false)]
    #[case("v1.33.5-gke.1+abc", (1, 33, 5), false)]
    #[case("v1.33.5-eks-ba24e9c", (1, 33, 5), false)]
    #[case("v1.33.5-rke2r1", (1, 33, 5), false)]
    #[case("v1.33.5+rke2r1", (1, 33, 5), false)]
    #[case("v1.33.5+k3s1", (1, 33, 5), false)]
    #[case("v1.33.5-rancher1-1", (1, 33, 5), false)]
    #[case("v1.33.5-rcluster.2", (1, 33, 5), false)]
    #[case("v1.33.5-alphabet", (1, 33, 5), false)]
    #[case("v1.33.0-alpha.1", (1, 33, 0), true)]
    #[case("v1.33.0-beta.0", (1, 33, 0), true)]
    #[case("v1.33.0-rc.1", (1, 33, 0), true)]
    #[case("v1.33.0-RC1", (1, 33, 0), true)]
    #[case("v1.33.0-rc", (1, 33, 0), true)]
    #[case("v1.33.0-rc.1-gke.7", (1, 33, 0), true)]
    #[case("v1.34.0-alpha.0.123+0123456789abcdef", (1, 34, 0), true)]
    #[case("0.0.0", (0, 0, 0), false)]
    fn versions_are_read_as_they_are_spelled(
        #[case] text: &str,
        #[case] (major, minor, patch): (u32, u32, u32),
        #[case] pre_release: bool,
    ) {
        let version = Version::new(major, minor, patch);
        assert_eq!(text.parse(), Ok(Spelled { version, pre_release }));
    }

    #[rstest]
    #[case("")]
    #[case("v")]
    #[case("v1.36")]
    #[case("v1.36.4.1")]
    #[case("vv1.36.4")]
    #[case("v1.36.x")]
    #[case("v1.36.-1")]
    #[case("v1.36.4-")]
    #[case("v1.036.4")]
    #[case("v1.36. 4")]
    #[case("v1.36.1234567890")]
    #[case("v1.36.٤")]
    #[case("1..4")]
    fn other_texts_are_no_version(#[case] text: &str) {
        assert!(text.parse::<Spelled>().unwrap_err().to_string().contains("v1.36.4"));
    }

    #[rstest]
    #[case("1.36", Some((1, 36)))]
    #[case("v1.36", Some((1, 36)))]
    #[case("1.36.4", None)]
    #[case("1", None)]
    #[case("1.", None)]
    fn branches_have_two_numbers(#[case] text: &str, #[case] expected: Option<(u32, u32)>) {
        assert_eq!(text.parse::<Branch>().ok().map(|branch| (branch.major, branch.minor)), expected);
    }

    proptest! {
        #[test]
        fn a_version_is_read_as_it_is_written(major in 0..1000u32, minor in 0..1000u32, patch in 0..1000u32) {
            let version = Version::new(major, minor, patch);
            prop_assert_eq!(version.to_string().parse(), Ok(Spelled { version, pre_release: false }));
            prop_assert_eq!(version.branch.to_string().parse(), Ok(version.branch));
        }

        #[test]
        fn no_text_is_too_odd(text in ".*") {
            if let Ok(spelled) = text.parse::<Spelled>() {
                prop_assert!(text.contains(&spelled.version.to_string()));
            }
        }
    }
}
