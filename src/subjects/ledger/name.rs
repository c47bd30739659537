//! The names of what a run creates: they hold the identifier of the run, and with it the owner and the age.

use chrono::{DateTime, NaiveDateTime, Utc};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The format of the instant in an identifier.
const INSTANT: &str = "%Y%m%dt%H%M%S";
/// The number of random characters.
const RANDOM: usize = 4;
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// The identifier of a run that may change a cloud: UTC time and randomness, `20261120t153045-k3f9`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RunId(String);

impl RunId {
    /// Creates the identifier of a run that begins now.
    pub fn new(now: DateTime<Utc>) -> Self {
        let random: String = (0..RANDOM).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())])).collect();
        Self(format!("{}-{random}", now.format(INSTANT)))
    }

    /// Returns the instant at which the run began.
    pub fn began_at(&self) -> DateTime<Utc> {
        // Only identifiers with a good instant come into being.
        instant(&self.0).unwrap_or_default()
    }

    /// Returns the name of something that the run creates; the label says what for. Clouds and clusters have different
    /// prefixes.
    pub fn name(&self, prefix: &str, label: &str) -> String {
        format!("{prefix}{self}-{label}")
    }

    /// Returns the run that a name belongs to. Only the whole pattern is ours, anything like it is somebody else's.
    pub fn from_name(prefix: &str, name: &str) -> Option<Self> {
        let rest = name.strip_prefix(prefix)?;
        let (id, label) = rest.split_at_checked(INSTANT_LENGTH + 1 + RANDOM)?;
        let label = label.strip_prefix('-')?;
        let good = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        (!label.is_empty() && label.bytes().all(good)).then_some(())?;
        id.parse().ok()
    }
}

/// The length of `20261120t153045`.
const INSTANT_LENGTH: usize = 15;

fn instant(id: &str) -> Option<DateTime<Utc>> {
    let digits = id.get(..INSTANT_LENGTH)?;
    let parsed = NaiveDateTime::parse_from_str(digits, INSTANT).ok()?.and_utc();
    // The parser takes one digit for two; what is written back has all.
    (parsed.format(INSTANT).to_string() == digits).then_some(parsed)
}

/// A text that is not the identifier of a run.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
#[error("\"{0}\" is not the identifier of a run; they look like 20261120t153045-k3f9")]
pub struct InvalidRunId(String);

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, InvalidRunId> {
        let random = instant(text).and_then(|_| text[INSTANT_LENGTH..].strip_prefix('-'));
        match random {
            Some(random) if random.len() == RANDOM && random.bytes().all(|c| ALPHABET.contains(&c)) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(InvalidRunId(text.to_owned())),
        }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const PREFIX: &str = "_scs-";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_tells_its_run_and_age() {
        let run = RunId::new(at("2026-11-20T15:30:45Z"));
        let name = run.name(PREFIX, "boot-volume");
        assert!(name.starts_with("_scs-20261120t153045-") && name.ends_with("-boot-volume"), "{name}");
        let found = RunId::from_name(PREFIX, &name).unwrap();
        assert_eq!((&found, found.began_at()), (&run, at("2026-11-20T15:30:45Z")));
    }

    #[rstest]
    #[case("_scs")]
    #[case("_scs-")]
    #[case("_scs-other")]
    #[case("scs-test-prod")]
    #[case("_scs-20261120t153045-k3f9")]
    #[case("_scs-20261120t153045-k3f9-")]
    #[case("_scs-20261120t153045-k3f-x")]
    #[case("_scs-20261120t153045-K3F9-x")]
    #[case("_scs-20261120T153045-k3f9-x")]
    #[case("_scs-20261320t153045-k3f9-x")]
    #[case("_scs-20261120t253045-k3f9-x")]
    #[case("_scs-20261120t153045-k3f9-X")]
    #[case("_scs-20261120t153045-k3f9-x y")]
    #[case("x_scs-20261120t153045-k3f9-x")]
    #[case("_scs-2026112 t153045-k3f9-x")]
    #[case("_scs-20261120t153045-k3fä-x")]
    #[case("_scs-0101-net")]
    #[case("")]
    fn what_is_only_like_our_names_is_not_ours(#[case] name: &str) {
        assert_eq!(RunId::from_name(PREFIX, name), None);
    }

    proptest! {
        #[test]
        fn names_never_panic(name in ".{0,60}") {
            let _ = RunId::from_name(PREFIX, &name);
            let _ = RunId::from_name(PREFIX, &format!("_scs-{name}"));
        }

        #[test]
        fn two_runs_of_one_second_differ_nearly_always(seconds in 0i64..4_000_000_000) {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let ids: std::collections::HashSet<_> = (0..20).map(|_| RunId::new(now)).collect();
            prop_assert!(ids.len() > 15);
        }
    }
}
