//! Checks a whole JSON document before it is used: no object has a duplicate key, of which every reader would silently
//! choose one, and the document is within the limits of memory.

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

/// The most that a document may hold.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Elements of one list, and members of one object.
    pub items: usize,
    /// Values in all.
    pub values: usize,
    /// Values in each item of a page.
    pub values_of_item: usize,
    /// Bytes of one text, and of one key.
    pub text: usize,
}

/// The most values of one thing: as JSON each may take several hundred bytes.
const ONE: usize = 20_000;

/// The bounds of a document that is not a list; it is read without a pause.
pub const DOCUMENT: Bounds = Bounds { items: ONE, values: ONE, values_of_item: ONE, text: usize::MAX };

/// The bounds of a document of which little is kept.
pub const OVERVIEW: Bounds = Bounds { values: 300_000, values_of_item: 300_000, ..DOCUMENT };

/// The bounds of a file of ours, whose size is bounded already: 15,000 images with forty properties have 800,000 values.
pub const FILE: Bounds =
    Bounds { items: usize::MAX, values: FILE_VALUES, values_of_item: usize::MAX, text: usize::MAX };
const FILE_VALUES: usize = 1_500_000;

impl Bounds {
    /// Returns the bounds of a page with at most so many items. No text of one is as long: all annotations of a Kubernetes
    /// object have 256 KiB, a property of an image has 64.
    pub fn page(items: usize) -> Self {
        Self { items, values: 1_000_000, values_of_item: ONE, text: 256 << 10 }
    }
}

/// The longest path that an error shows, in characters.
const LONGEST_PATH: usize = 100;

/// A flaw in a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// It holds too much.
    TooLarge(String),
    /// It is not JSON, or not what was promised.
    Invalid {
        /// The place.
        path: String,
        /// The reason.
        why: String,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(what) => f.write_str(what),
            Self::Invalid { path, why } if path.is_empty() => f.write_str(why),
            Self::Invalid { path, why } => write!(f, "at {path}: {why}"),
        }
    }
}

impl Flaw {
    /// Wraps an error of the library, with its place.
    pub fn of(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = error.path().to_string();
        let path = match path.char_indices().nth(LONGEST_PATH) {
            _ if path.starts_with(['.', '?']) => String::new(),
            Some((end, _)) => format!("{}…", &path[..end]),
            None => path,
        };
        Self::Invalid { path, why: error.into_inner().to_string() }
    }

    fn at_end(error: &serde_json::Error) -> Self {
        Self::Invalid { path: String::new(), why: error.to_string() }
    }
}

/// Looks at a document.
///
/// # Errors
/// It is not JSON, has a key twice in one object, or holds more than the bounds allow.
pub fn check(bytes: &[u8], bounds: Bounds) -> Result<(), Flaw> {
    let (values, excess) = (Cell::new(0), Cell::new(None));
    read(bytes, Look { bounds, depth: 0, values: &values, excess: &excess }).map_err(|flaw| match excess.get() {
        Some(excess) => Flaw::TooLarge(excess.of(bounds)),
        None => flaw,
    })
}

/// Reads a whole document with this seed.
///
/// # Errors
/// It is not JSON, or not what the seed expects.
pub fn read<'de, S: DeserializeSeed<'de>>(bytes: &'de [u8], seed: S) -> Result<S::Value, Flaw> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let found = seed.deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track));
    let found = found.map_err(|error| Flaw::of(serde_path_to_error::Error::new(track.path(), error)))?;
    json.end().map_err(|error| Flaw::at_end(&error))?;
    Ok(found)
}

/// Too much of what.
#[derive(Clone, Copy)]
enum Excess {
    Items,
    Values,
    ValuesOfItem,
    Text,
}

impl Excess {
    fn of(self, bounds: Bounds) -> String {
        match self {
            Self::Items => format!("the answer has a list of more than {} items", bounds.items),
            Self::Values => format!("the answer has more than {} values", bounds.values),
            Self::ValuesOfItem => format!("the answer has an item of more than {} values", bounds.values_of_item),
            Self::Text => format!("the answer has a text of more than {} bytes", bounds.text),
        }
    }
}

#[derive(Clone, Copy)]
struct Look<'a> {
    bounds: Bounds,
    depth: usize,
    values: &'a Cell<usize>,
    excess: &'a Cell<Option<Excess>>,
}

impl Look<'_> {
    fn inner(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    fn value<E: Error>(self) -> Result<(), E> {
        self.values.set(self.values.get() + 1);
        self.within(self.values.get(), self.bounds.values, Excess::Values)
    }

    fn within<E: Error>(self, count: usize, most: usize, excess: Excess) -> Result<(), E> {
        if count <= most {
            return Ok(());
        }
        self.excess.set(Some(excess));
        Err(E::custom("too large"))
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.value()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.value()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.value()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.value()
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.within(text.len(), self.bounds.text, Excess::Text)?;
        self.value()
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.value()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.value()?;
        let (mut count, inner) = (0, self.inner());
        let mut before = self.values.get();
        while items.next_element_seed(inner)?.is_some() {
            count += 1;
            self.within(count, self.bounds.items, Excess::Items)?;
            // The items of a page stand in a list below its top.
            if self.depth == 1 {
                self.within(self.values.get() - before, self.bounds.values_of_item, Excess::ValuesOfItem)?;
            }
            before = self.values.get();
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.value()?;
        let (mut keys, inner) = (HashSet::new(), self.inner());
        while let Some(key) = members.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format!("duplicate key `{key}`")));
            }
            self.within(key.len(), self.bounds.text, Excess::Text)?;
            keys.insert(key);
            self.within(keys.len(), self.bounds.items, Excess::Items)?;
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const FEW: Bounds = Bounds { items: 3, values: 8, values_of_item: 3, text: 4 };

    fn flaw(text: &str) -> String {
        match check(text.as_bytes(), FEW) {
            Ok(()) => String::new(),
            Err(Flaw::TooLarge(what)) => what,
            Err(Flaw::Invalid { path, why }) => format!("{path}: {why}"),
        }
    }

    #[rstest]
    #[case::nothing_twice(r#"{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}"#, "")]
    #[case::at_the_top(r#"{"a": 1, "a": 1}"#, ": duplicate key `a` at line 1 column 12")]
    #[case::deep(r#"{"a": [1, {"b": 1, "b": 2}]}"#, "a[1]: duplicate key `b` at line 1 column 22")]
    #[case::in_another_spelling(r#"{"a": 1, "\u0061": 1}"#, ": duplicate key `a` at line 1 column 17")]
    #[case::too_long("[1, 2, 3, 4]", "the answer has a list of more than 3 items")]
    #[case::too_many_members(r#"{"a":1,"b":1,"c":1,"d":1}"#, "the answer has a list of more than 3 items")]
    #[case::too_many_values("[[1, 2, 3], [1, 2, 3]]", "the answer has more than 8 values")]
    #[case::too_many_values_of_an_item(r#"{"a": [{"b": [1, 2]}]}"#, "the answer has an item of more than 3 values")]
    #[case::as_many_values_elsewhere(r#"{"a": {"b": [1, 2]}}"#, "")]
    #[case::too_long_a_text(r#"["12345"]"#, "the answer has a text of more than 4 bytes")]
    #[case::too_long_a_key(r#"{"12345": 1}"#, "the answer has a text of more than 4 bytes")]
    #[case::no_json("[1", ": EOF while parsing a list at line 1 column 2")]
    #[case::more_than_json("[] x", ": trailing characters at line 1 column 4")]
    fn flaws(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(flaw(text), expected);
    }

    #[test]
    fn depth_is_bounded() {
        let Err(Flaw::Invalid { path, why }) = check("[".repeat(10_000).as_bytes(), DOCUMENT) else { panic!() };
        assert!(why.contains("recursion limit") && path.chars().count() == LONGEST_PATH + 1, "{path}: {why}");
    }
}
