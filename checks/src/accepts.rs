//! Parameters shared by rules: which values a standard accepts.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

/// Values that a rule accepts: any one match suffices. Without any entry, nothing is accepted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Accepts {
    /// Exactly these words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Text that one of these patterns matches as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
    /// The meaning of the patterns, for people; without it the patterns themselves are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub means: Option<String>,
    /// Points in time written in one of these formats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<DateFormat>,
}

impl Accepts {
    /// Returns true if the value is accepted.
    pub fn accepts(&self, value: &str) -> bool {
        self.words.iter().any(|word| word == value)
            || self.patterns.iter().any(|pattern| pattern.is_match(value))
            || self.formats.iter().any(|format| format.parse(value).is_some())
    }

    /// Returns true if nothing is accepted.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.patterns.is_empty() && self.formats.is_empty()
    }
}

/// Returns true for a text without any visible letter or digit: it is empty, or has only blanks, punctuation (such as an
/// empty list) or characters without width. Such a text is a value, but has no meaning.
pub(crate) fn is_blank(text: &str) -> bool {
    // Letters by their class, but drawn as nothing: the fillers of Hangul.
    const FILLERS: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];
    !text.chars().any(|char| char.is_alphanumeric() && !FILLERS.contains(&char))
}

/// Returns true for a default, which a definition can leave out.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Describes the accepted values: `"none" or "notice", or a time (UTC) written YYYY-MM-DD`.
impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut alternatives = Vec::new();
        if !self.words.is_empty() {
            alternatives.push(either(self.words.iter().map(|word| format!("{word:?}"))));
        }
        match &self.means {
            Some(meaning) => alternatives.push(meaning.clone()),
            None => alternatives.extend(self.patterns.iter().map(|pattern| format!("text like {pattern}"))),
        }
        if !self.formats.is_empty() {
            alternatives.push(DateFormat::any_of(&self.formats));
        }
        f.write_str(&alternatives.join(", or "))
    }
}

/// Joins items to `a, b or c`.
fn either(items: impl IntoIterator<Item = String>) -> String {
    let mut items: Vec<String> = items.into_iter().collect();
    let last = items.pop().unwrap_or_default();
    if items.is_empty() { last } else { format!("{} or {last}", items.join(", ")) }
}

/// A regular expression that has to match the whole text.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    /// Returns true if the pattern matches the whole value.
    pub fn is_match(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.source)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

impl JsonSchema for Pattern {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // No `format: regex`: that means JavaScript's, which does not know `(?i)`.
        json_schema!({"type": "string", "minLength": 1})
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        match Regex::new(&format!("^(?s:{source})$")) {
            Ok(regex) => Ok(Self { source, regex }),
            Err(error) => {
                // The lines before the last show the pattern, which the definition's own line does better.
                let error = error.to_string();
                let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
                Err(D::Error::custom(format!("the pattern cannot be read: {reason}")))
            }
        }
    }
}

/// A notation for a point in time (UTC).
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
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
    /// Any of the above with the liberties that today's suite takes: one-digit numbers,
    /// several blanks before the time (quirk Q-0102-11).
    Lenient,
    /// `20261120`, the date stamp in the name of a replaced image.
    Stamp,
    /// A stamp with the liberties that today's suite takes: `202415` (quirk Q-0102-11).
    LenientStamp,
}

impl DateFormat {
    /// Parses an instant in this notation.
    pub fn parse(self, text: &str) -> Option<DateTime<Utc>> {
        match self {
            Self::Lenient => Reader(text).instant(),
            Self::LenientStamp => stamp(text),
            _ if !has_shape(text, self.shape()) => None,
            Self::Stamp => stamp(text),
            Self::Date | Self::Minute | Self::Second | Self::Iso => Reader(text).instant(),
        }
    }

    /// Tells people that a time may be written in any of these formats.
    pub fn any_of(formats: &[Self]) -> String {
        format!("a time (UTC) written {}", either(formats.iter().map(ToString::to_string)))
    }

    fn shape(self) -> &'static str {
        match self {
            Self::Date => "YYYY-MM-DD",
            Self::Minute => "YYYY-MM-DD hh:mm",
            Self::Second => "YYYY-MM-DD hh:mm:ss",
            Self::Iso => "YYYY-MM-DDThh:mm:ssZ",
            Self::Stamp => "YYYYMMDD",
            Self::Lenient | Self::LenientStamp => "in a similar form",
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shape())
    }
}

/// Returns true if the text has a digit wherever the shape has a letter for one, and the shape's own
/// character everywhere else.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, place)| match place {
            b'Y' | b'M' | b'D' | b'h' | b'm' | b's' => byte.is_ascii_digit(),
            _ => byte == place,
        })
}

/// Parses year, month and day without separators. A month takes two digits if it can.
fn stamp(text: &str) -> Option<DateTime<Utc>> {
    if !(6..=8).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = text.split_at(4);
    let date = [2, 1].into_iter().filter(|&digits| digits < rest.len()).find_map(|digits| {
        let (month, day) = rest.split_at(digits);
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    })?;
    Some(date.and_time(NaiveTime::MIN).and_utc())
}

/// Reads a point in time with the liberties of [`DateFormat::Lenient`].
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn instant(mut self) -> Option<DateTime<Utc>> {
        let date = self.date()?;
        let time = if self.0.is_empty() {
            NaiveTime::MIN
        } else if self.skip(['T', 't']) {
            let time = self.time()?;
            self.skip(['Z', 'z']).then_some(time)?
        } else {
            self.skip_blanks().then(|| self.time())??
        };
        self.0.is_empty().then(|| date.and_time(time).and_utc())
    }

    fn date(&mut self) -> Option<NaiveDate> {
        let year = self.number(4..=4)?;
        let month = self.skip(['-']).then(|| self.number(1..=2))??;
        // A day below ten may be padded with a blank.
        let day =
            self.skip(['-']).then(|| if self.skip([' ']) { self.number(1..=1) } else { self.number(1..=2) })??;
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
    }

    /// Parses hours, minutes and, if there are any, seconds.
    fn time(&mut self) -> Option<NaiveTime> {
        let hour = self.number(1..=2)?;
        let minute = self.skip([':']).then(|| self.number(1..=2))??;
        let second = if self.skip([':']) { self.number(1..=2)? } else { 0 };
        NaiveTime::from_hms_opt(hour, minute, second)
    }

    /// Reads as many digits as possible within the limits.
    fn number(&mut self, digits: RangeInclusive<usize>) -> Option<u32> {
        let count = self.0.bytes().take(*digits.end()).take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at(count);
        self.0 = rest;
        if digits.contains(&count) { number.parse().ok() } else { None }
    }

    fn skip<const N: usize>(&mut self, any_of: [char; N]) -> bool {
        let rest = self.0.strip_prefix(any_of);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn skip_blanks(&mut self) -> bool {
        let rest = self.0.trim_start();
        let skipped = rest.len() < self.0.len();
        self.0 = rest;
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const STRICT: [DateFormat; 4] = [DateFormat::Date, DateFormat::Minute, DateFormat::Second, DateFormat::Iso];

    #[rstest]
    #[case(DateFormat::Date, "2026-11-20", "2026-11-20T00:00:00Z")]
    #[case(DateFormat::Date, "2024-02-29", "2024-02-29T00:00:00Z")]
    #[case(DateFormat::Minute, "2026-11-20 15:30", "2026-11-20T15:30:00Z")]
    #[case(DateFormat::Second, "2026-11-20 23:59:59", "2026-11-20T23:59:59Z")]
    #[case(DateFormat::Iso, "2026-11-20T15:30:45Z", "2026-11-20T15:30:45Z")]
    fn exactly_one_strict_format_reads_a_proper_time(
        #[case] format: DateFormat,
        #[case] text: &str,
        #[case] instant: DateTime<Utc>,
    ) {
        assert_eq!(STRICT.map(|f| f.parse(text)), STRICT.map(|f| (f == format).then_some(instant)));
        assert_eq!(DateFormat::Lenient.parse(text), Some(instant));
    }

    #[rstest]
    #[case("2026-1-5", "2026-01-05T00:00:00Z")]
    #[case("2026-1- 5", "2026-01-05T00:00:00Z")]
    #[case("2026-01-05  9:07", "2026-01-05T09:07:00Z")]
    #[case("2026-01-05\t\t09:07:03", "2026-01-05T09:07:03Z")]
    #[case("2026-01-05 9:7:3", "2026-01-05T09:07:03Z")]
    #[case("2026-1-5t9:7:3z", "2026-01-05T09:07:03Z")]
    fn odd_spellings_are_read_leniently_only(#[case] text: &str, #[case] instant: DateTime<Utc>) {
        assert_eq!(STRICT.map(|f| f.parse(text)), [None; 4]);
        assert_eq!(DateFormat::Lenient.parse(text), Some(instant));
    }

    #[rstest]
    #[case("")]
    #[case("2026")]
    #[case("26-11-20")]
    #[case("02026-11-20")]
    #[case("2026-11")]
    #[case("2026-13-01")]
    #[case("2026-00-01")]
    #[case("2026-02-29")]
    #[case("2026-11-31")]
    #[case("2026-11-020")]
    #[case("2026-1- 15")]
    #[case("2026/11/20")]
    #[case(" 2026-11-20")]
    #[case("2026-11-20 ")]
    #[case("2026-11-20 15")]
    #[case("2026-11-20 24:00")]
    #[case("2026-11-20 15:60")]
    #[case("2026-11-20 15:30:60")]
    #[case("2026-11-20 15:30:45 UTC")]
    #[case("2026-11-20 15:30:45.5")]
    #[case("2026-11-20T15:30:45")]
    #[case("2026-11-20T15:30:45+00:00")]
    #[case("2026-11-20T 15:30:45Z")]
    #[case("２０２６-11-20")]
    #[case("2026-11-2ö")]
    #[case("20261120")]
    #[case("202415")]
    fn anything_else_is_no_time(#[case] text: &str) {
        assert_eq!(STRICT.map(|f| f.parse(text)), [None; 4]);
        assert_eq!(DateFormat::Lenient.parse(text), None);
    }

    #[rstest]
    #[case("20261120", Some("2026-11-20T00:00:00Z"))]
    #[case("202415", Some("2024-01-05T00:00:00Z"))]
    #[case("2024131", Some("2024-01-31T00:00:00Z"))]
    #[case("2024111", Some("2024-11-01T00:00:00Z"))]
    #[case("2024110", Some("2024-01-10T00:00:00Z"))]
    #[case("202410", None)]
    #[case("20241301", None)]
    #[case("20240230", None)]
    #[case("2024", None)]
    #[case("202401051", None)]
    #[case("2024-01-05", None)]
    #[case("2024ä5", None)]
    fn stamps_have_no_separators(#[case] text: &str, #[case] instant: Option<&str>) {
        let instant = instant.map(|text| text.parse().unwrap());
        assert_eq!(DateFormat::LenientStamp.parse(text), instant);
        assert_eq!(DateFormat::Stamp.parse(text), instant.filter(|_| text.len() == 8));
    }

    #[rstest]
    #[case("virtio", true)]
    #[case("Virtio", false)]
    #[case("virtio ", false)]
    #[case("last-3", true)]
    #[case("last-", false)]
    #[case("at last-3", false)]
    #[case("last-3\n", false)]
    #[case("b", true)]
    #[case("ab", false)]
    #[case("2026-11-20", true)]
    #[case("2026-11-20 15:30", false)]
    #[case("", false)]
    fn one_match_suffices_and_patterns_match_as_a_whole(#[case] value: &str, #[case] accepted: bool) {
        let accepts: Accepts =
            serde_yaml::from_str("{words: [virtio, scsi], patterns: ['last-[0-9]+', 'a|b'], formats: [date]}").unwrap();
        assert_eq!(accepts.accepts(value), accepted);
    }

    #[rstest]
    #[case("{}", "")]
    #[case("{words: [virtio]}", r#""virtio""#)]
    #[case("{words: [a, b, c], formats: [date]}", r#""a", "b" or "c", or a time (UTC) written YYYY-MM-DD"#)]
    #[case("{patterns: ['[0-9]+']}", "text like /[0-9]+/")]
    #[case("{words: [private], patterns: ['https://.+'], means: a URL}", r#""private", or a URL"#)]
    #[case("{formats: [date, minute]}", "a time (UTC) written YYYY-MM-DD or YYYY-MM-DD hh:mm")]
    fn accepted_values_are_described_in_words(#[case] yaml: &str, #[case] words: &str) {
        assert_eq!(serde_yaml::from_str::<Accepts>(yaml).unwrap().to_string(), words);
    }

    #[test]
    fn a_broken_pattern_is_refused() {
        let error = serde_yaml::from_str::<Accepts>("{patterns: ['last-(']}").unwrap_err().to_string();
        assert!(error.contains("the pattern cannot be read"), "{error}");
    }
}
