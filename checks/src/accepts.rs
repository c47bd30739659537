//! Parameters shared by rules: which values a standard accepts.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use regex::Regex;
use serde::{Deserialize, Deserializer, de::Error as _};
use std::fmt;

/// Values that a rule accepts: any one match suffices. Without any entry, nothing is accepted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepts {
    /// Exactly these words.
    #[serde(default)]
    pub words: Vec<String>,
    /// Text that one of these patterns matches as a whole.
    #[serde(default)]
    pub patterns: Vec<Pattern>,
    /// Points in time written in one of these formats.
    #[serde(default)]
    pub formats: Vec<DateFormat>,
}

impl Accepts {
    /// True if the value is accepted.
    pub fn accepts(&self, value: &str) -> bool {
        self.words.iter().any(|word| word == value)
            || self.patterns.iter().any(|pattern| pattern.is_match(value))
            || self.formats.iter().any(|format| format.parse(value).is_some())
    }
}

/// For people: `one of virtio, scsi; or a date YYYY-MM-DD`.
impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut alternatives = Vec::new();
        match self.words.as_slice() {
            [] => {}
            [word] => alternatives.push(format!("\"{word}\"")),
            words => alternatives.push(format!("one of {}", words.join(", "))),
        }
        alternatives.extend(self.patterns.iter().map(|pattern| format!("text like {pattern}")));
        alternatives.extend(self.formats.iter().map(|format| format!("a time {format}")));
        f.write_str(&alternatives.join("; or "))
    }
}

/// A regular expression that has to match the whole text.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    /// True if the pattern matches the whole value.
    pub fn is_match(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.source)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        match Regex::new(&format!("^(?s:{source})$")) {
            Ok(regex) => Ok(Self { source, regex }),
            Err(error) => Err(D::Error::custom(format!("the pattern cannot be read: {error}"))),
        }
    }
}

/// How a point in time (UTC) may be written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum DateFormat {
    /// `2026-11-20`
    Date,
    /// `2026-11-20 15:30`
    Minute,
    /// `2026-11-20 15:30:45`
    Second,
    /// `2026-11-20T15:30:45Z`
    Iso,
    /// Any of the others with the liberties that today's suite takes: one-digit months and
    /// days, repeated blanks (quirk Q-0102-11).
    Lenient,
}

impl DateFormat {
    /// The instant, if the text is written so.
    pub fn parse(self, text: &str) -> Option<DateTime<Utc>> {
        todo!()
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Date => "YYYY-MM-DD",
            Self::Minute => "YYYY-MM-DD hh:mm",
            Self::Second => "YYYY-MM-DD hh:mm:ss",
            Self::Iso => "YYYY-MM-DDThh:mm:ssZ",
            Self::Lenient => "in a similar form",
        })
    }
}
