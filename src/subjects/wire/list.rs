//! A list that comes in pages: reads the items of each one by one, keeps of them what is wanted, and notices what stands there
//! twice.

use super::budget::{MemoryBudget, MemoryShare};
use scs_checks::json::{self, Bounds, Flaw};
use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// One item of a list, with every key the service sent.
pub type Item = Map<String, Value>;

/// An item that is not as the API promises.
#[derive(Debug)]
pub(crate) struct ConversionError {
    /// The path in the item; may be empty.
    pub path: String,
    /// The reason.
    pub why: String,
}

/// The part of a page beside its items, such as where the next one is.
pub(crate) trait Rest: Default {
    /// Reads the value of a key, or passes over it.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

/// The identity of the items of a list, and the parts of them that are kept.
pub(crate) struct ListReading<'a, T> {
    /// The key of the items.
    pub key: &'a str,
    /// Returns the identity of an item, if it has one.
    pub identity: fn(&Item) -> Option<String>,
    /// True where an empty list may be written as null.
    pub null_is_empty: bool,
    /// Converts an item into what is kept of it.
    pub keep: &'a dyn Fn(Item) -> Result<T, ConversionError>,
}

/// A page that was added.
pub(crate) struct Added<R> {
    /// The number of its items.
    pub found: usize,
    /// The number of items that no earlier page had.
    pub new: usize,
    /// The rest of the page.
    pub rest: R,
}

/// The items of all pages so far.
#[derive(Debug)]
pub(crate) struct List<T> {
    items: Vec<T>,
    most: usize,
    share: MemoryShare,
    seen: HashMap<String, u64>,
    state: RandomState,
}

impl<T: Serialize> List<T> {
    /// Creates a list of at most so many items.
    pub fn new(budget: &MemoryBudget, most: usize) -> Self {
        let (items, seen) = (Vec::new(), HashMap::new());
        Self { items, most, share: MemoryShare::new(budget), seen, state: RandomState::new() }
    }

    /// Returns the items; what they take of the memory is taken for good where the whole run keeps them.
    pub fn into_items(self, stay: bool) -> Vec<T> {
        if stay {
            self.share.stay();
        }
        self.items
    }

    /// Adds a page. An item that stood in it or in a page before counts once: when something is created between two pages,
    /// the last items of one move on to the next.
    ///
    /// # Errors
    /// The page is not as the API promises, or too large; or two items are the same and differ.
    pub fn add<R: Rest>(&mut self, page: &[u8], manner: &ListReading<'_, T>) -> Result<Added<R>, Flaw> {
        json::check(page, Bounds::page(self.most))?;
        let flaw = RefCell::new(None);
        let seed = PageSeed { list: self, manner, flaw: &flaw, rest: R::default() };
        let added = json::read(page, seed);
        match flaw.into_inner() {
            Some(flaw) => Err(flaw),
            None => added,
        }
    }

    /// Adds an item; false if it was there before.
    fn put(&mut self, index: usize, item: Value, manner: &ListReading<'_, T>) -> Result<bool, Flaw> {
        let at = |path: &str| match path {
            "" => format!("{}[{index}]", manner.key),
            path => format!("{}[{index}].{path}", manner.key),
        };
        let Value::Object(item) = item else {
            return Err(Flaw::Invalid { path: at(""), why: "not an object".to_owned() });
        };
        let print = self.state.hash_one(&item);
        let identity = (manner.identity)(&item);
        match self.seen.insert(identity.clone().unwrap_or_else(|| format!("{print:x}")), print) {
            Some(before) if before == print => return Ok(false),
            Some(_) => {
                let why = format!("two items with the id {} that differ", identity.unwrap_or_default());
                return Err(Flaw::Invalid { path: at(""), why });
            }
            None => {}
        }
        let kept =
            (manner.keep)(item).map_err(|ConversionError { path, why }| Flaw::Invalid { path: at(&path), why })?;
        self.share.take(&kept).map_err(|exceeded| Flaw::TooLarge(exceeded.to_string()))?;
        self.items.push(kept);
        match self.items.len() > self.most {
            true => Err(Flaw::TooLarge(format!("the list has more than {} items", self.most))),
            false => Ok(true),
        }
    }
}

struct PageSeed<'a, 'b, T, R> {
    list: &'a mut List<T>,
    manner: &'a ListReading<'b, T>,
    /// The flaw, which the library's errors cannot carry.
    flaw: &'a RefCell<Option<Flaw>>,
    rest: R,
}

impl<'de, T: Serialize, R: Rest> DeserializeSeed<'de> for PageSeed<'_, '_, T, R> {
    type Value = Added<R>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Added<R>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Serialize, R: Rest> Visitor<'de> for PageSeed<'_, '_, T, R> {
    type Value = Added<R>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Added<R>, A::Error> {
        let Self { list, manner, flaw, mut rest } = self;
        let mut counted = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == manner.key {
                counted = Some(map.next_value_seed(ItemsSeed { list: &mut *list, manner, flaw })?);
            } else {
                rest.take(&key, &mut map)?;
            }
        }
        let Some((found, new)) = counted else {
            flaw.replace(Some(Flaw::Invalid { path: manner.key.to_owned(), why: "missing".to_owned() }));
            return Err(A::Error::custom("missing"));
        };
        Ok(Added { found, new, rest })
    }
}

struct ItemsSeed<'a, 'b, T> {
    list: &'a mut List<T>,
    manner: &'a ListReading<'b, T>,
    flaw: &'a RefCell<Option<Flaw>>,
}

impl<'de, T: Serialize> DeserializeSeed<'de> for ItemsSeed<'_, '_, T> {
    type Value = (usize, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(usize, usize), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Serialize> Visitor<'de> for ItemsSeed<'_, '_, T> {
    type Value = (usize, usize);

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<(usize, usize), E> {
        match self.manner.null_is_empty {
            true => Ok((0, 0)),
            false => Err(E::invalid_type(Unexpected::Other("null"), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(usize, usize), A::Error> {
        let Self { list, manner, flaw } = self;
        let (mut found, mut new) = (0, 0);
        while let Some(item) = items.next_element::<Value>()? {
            match list.put(found, item, manner) {
                Ok(is_new) => new += usize::from(is_new),
                Err(why) => {
                    flaw.replace(Some(why));
                    return Err(A::Error::custom("not as promised"));
                }
            }
            found += 1;
        }
        Ok((found, new))
    }
}

/// Passes over a value.
pub(crate) fn pass<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[derive(Default)]
    struct Nothing;

    impl Rest for Nothing {
        fn take<'de, A: MapAccess<'de>>(&mut self, _: &str, map: &mut A) -> Result<(), A::Error> {
            pass(map)
        }
    }

    fn listed(pages: &[&str]) -> Result<usize, Flaw> {
        let mut list: List<Item> = List::new(&MemoryBudget::default(), 4);
        let identity = |item: &Item| item.get("id").and_then(Value::as_str).map(str::to_owned);
        let manner = ListReading { key: "a", identity, null_is_empty: false, keep: &Ok };
        for page in pages {
            list.add::<Nothing>(page.as_bytes(), &manner)?;
        }
        Ok(list.into_items(false).len())
    }

    fn flaw(pages: &[&str]) -> String {
        match listed(pages).unwrap_err() {
            Flaw::TooLarge(what) => what,
            Flaw::Invalid { path, why } => format!("{path}: {why}"),
        }
    }

    #[rstest]
    #[case::all_differ(&[r#"{"a": [{"id": "1"}, {"id": "2"}]}"#], 2)]
    #[case::moved_on(&[r#"{"a": [{"id": "1", "b": 2, "c": 3}]}"#, r#"{"a": [{"c": 3, "b": 2, "id": "1"}, {"id": "2"}]}"#], 2)]
    #[case::the_same_twice(&[r#"{"a": [{"id": "1"}, {"id": "1"}]}"#], 1)]
    #[case::without_ids(&[r#"{"a": [{"b": 1}, {"b": 2}]}"#, r#"{"a": [{"b": 2}]}"#], 2)]
    fn what_stands_there_twice_counts_once(#[case] pages: &[&str], #[case] count: usize) {
        assert_eq!(listed(pages).unwrap(), count);
    }

    #[rstest]
    #[case::in_one_page(&[r#"{"a": [{"id": "1"}, {"id": "1", "b": 1}]}"#], "a[1]: two items with the id 1 that differ")]
    #[case::in_two_pages(&[r#"{"a": [{"id": "1"}]}"#, r#"{"a": [{"id": "2"}, {"id": "1", "b": 1}]}"#], "a[1]: two items with the id 1 that differ")]
    #[case::no_list(&[r#"{"a": null}"#], "a: invalid type: null, expected a list at line 1 column 10")]
    #[case::missing(&[r#"{"b": []}"#], "a: missing")]
    #[case::no_object(&[r#"{"a": [{}, 1]}"#], "a[1]: not an object")]
    #[case::too_long(&[r#"{"a": [{"b":1},{"b":2},{"b":3},{"b":4},{"b":5}]}"#], "the answer has a list of more than 4 items")]
    #[case::too_long_in_all(&[r#"{"a": [{"b":1},{"b":2},{"b":3}]}"#, r#"{"a": [{"b":4},{"b":5}]}"#], "the list has more than 4 items")]
    fn lists_that_contradict_themselves(#[case] pages: &[&str], #[case] expected: &str) {
        assert_eq!(flaw(pages), expected);
    }
}
