//! A document as a tree that borrows from the signed bytes, whatever it was written in.

use super::field::FieldError;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

/// The most values of an upload, after its aliases were followed.
pub(super) const MOST_VALUES: usize = 2_000_000;

/// The most memory that the values of any upload take beside its text, in bytes; and that of a small one, beside so much for each of
/// its bytes.
const MOST_MEMORY: usize = 84 << 20;
const SMALL_MEMORY: usize = 4 << 20;
const MEMORY_OF_BYTE: usize = 16;

/// The memory of a value, and what lists, mappings, their entries and anchors take beyond that, in bytes, with what grows.
const VALUE: usize = 40;
pub(super) const LIST: usize = 160;
pub(super) const MAP: usize = 256;
pub(super) const ENTRY: usize = 120;
pub(super) const ANCHOR: usize = 240;

/// The deepest nesting; reports take seven levels.
pub(super) const DEEPEST: usize = 40;

/// The memory that the values of a text may take.
#[derive(Debug)]
pub(super) struct Budget {
    values: Cell<usize>,
    memory: Cell<usize>,
    most: usize,
}

impl Budget {
    /// Creates the budget of a text that is new here.
    pub(super) fn new(text: &str) -> Self {
        let most = (text.len().saturating_mul(MEMORY_OF_BYTE) + SMALL_MEMORY).min(MOST_MEMORY);
        Self { values: Cell::default(), memory: Cell::default(), most }
    }

    /// Creates the budget of a text that was accepted, perhaps as a part of a larger one.
    pub(super) fn largest() -> Self {
        Self { values: Cell::default(), memory: Cell::default(), most: MOST_MEMORY }
    }

    /// Takes room for values that repeat.
    pub(super) fn take_values(&self, number: usize) -> Result<(), FieldError> {
        self.values.set(self.values.get().saturating_add(number));
        if self.values.get() > MOST_VALUES {
            return Err(FieldError::too_large(format!("there are more than {MOST_VALUES} values")));
        }
        Ok(())
    }

    /// Takes room for memory.
    pub(super) fn take_memory(&self, bytes: usize) -> Result<(), FieldError> {
        self.memory.set(self.memory.get().saturating_add(bytes));
        if self.memory.get() > self.most {
            return Err(FieldError::too_large(
                "lists, mappings, anchors and numbers take too much memory for their text",
            ));
        }
        Ok(())
    }

    /// Takes room for a value with its own memory.
    pub(super) fn take_value(&self, bytes: usize) -> Result<(), FieldError> {
        self.take_values(1)?;
        self.take_memory(VALUE + bytes)
    }
}

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'a> {
    /// A text; `plain` is true for one without quotes, which may mean a number, a time or nothing.
    Scalar {
        /// The text.
        text: Cow<'a, str>,
        /// True if it stands without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<Self>),
    /// A mapping, in the order of the document.
    Map(Vec<(Cow<'a, str>, Self)>),
    /// A value that stands in several places.
    Shared(Rc<Self>),
}

impl<'a> Node<'a> {
    /// Returns the value itself where it is shared.
    pub fn resolved(&self) -> &Self {
        match self {
            Self::Shared(node) => node.resolved(),
            other => other,
        }
    }

    /// Returns a plain scalar.
    pub(super) fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Scalar { text: text.into(), plain: true }
    }

    /// Returns true for an explicit or an empty nothing.
    pub fn is_null(&self) -> bool {
        matches!(self.resolved(), Self::Scalar { text, plain: true } if is_null(text))
    }

    /// Returns the value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self.resolved() else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns the entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(Cow<'a, str>, Self)] {
        match self.resolved() {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the items of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        match self.resolved() {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match self.resolved() {
            Self::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// Writes the value with words and numbers as PyYAML reads them; times stay texts.
impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.resolved() {
            Self::Scalar { text, plain: true } => match long_integer(text) {
                Some(digits) => digits.serialize(serializer),
                None => plain_value(text).serialize(serializer),
            },
            Self::Scalar { text, plain: false } => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
            Self::Shared(node) => node.serialize(serializer),
        }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Returns the meaning of a scalar without quotes in YAML 1.1.
fn plain_value(text: &str) -> Value {
    match text {
        _ if is_null(text) => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

/// Returns true for a sign and the digits of an integer.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits == "0" || (!digits.is_empty() && !digits.starts_with('0') && digits.chars().all(|c| c.is_ascii_digit()))
}

/// Returns an integer that has more digits than the types of numbers; JSON takes any number of them.
fn long_integer(text: &str) -> Option<Box<RawValue>> {
    let is_long = text.len() > 18 && is_whole(text) && text.parse::<i64>().is_err();
    if is_long { RawValue::from_string(text.strip_prefix('+').unwrap_or(text).to_owned()).ok() } else { None }
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if is_whole(text) {
        return text.strip_prefix('+').unwrap_or(text).parse::<i64>().ok().map(Number::from);
    }
    let is_decimal = digits.split_once('.').is_some_and(|(whole, rest)| {
        let is_digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        is_digits(whole) && is_digits(rest)
    });
    if is_decimal { text.parse().ok().and_then(Number::from_f64) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("", json!(null))]
    #[case("~", json!(null))]
    #[case("yes", json!(true))]
    #[case("off", json!(false))]
    #[case("-1", json!(-1))]
    #[case("+7", json!(7))]
    #[case("0", json!(0))]
    #[case("1.5", json!(1.5))]
    #[case("007", json!("007"))]
    #[case("1e999", json!("1e999"))]
    #[case("18446744073709551615", json!(u64::MAX))]
    #[case("2026-08-17 12:00:00", json!("2026-08-17 12:00:00"))]
    fn plain_words_mean_what_pyyaml_reads(#[case] text: &str, #[case] expected: Value) {
        assert_eq!(serde_json::to_value(Node::plain(text)).unwrap(), expected);
        let quoted = Node::Scalar { text: text.into(), plain: false };
        assert_eq!(serde_json::to_value(quoted).unwrap(), json!(text));
    }

    #[rstest]
    #[case("9223372036854775807", "9223372036854775807")]
    #[case("9223372036854775808", "9223372036854775808")]
    #[case("-99999999999999999999", "-99999999999999999999")]
    #[case("+99999999999999999999", "99999999999999999999")]
    #[case("099999999999999999999", "\"099999999999999999999\"")]
    #[case("-", "\"-\"")]
    fn integers_keep_all_their_digits(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(serde_json::to_string(&Node::plain(text)).unwrap(), expected);
        assert_eq!(
            serde_json::to_string_pretty(&Node::List(vec![Node::plain(text)]))
                .unwrap()
                .trim_matches(['[', ']', '\n', ' ']),
            expected
        );
    }
}
