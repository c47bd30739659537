//! Parameters without which a rule would pass or fail whatever it sees.

use crate::accepts::Accepts;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

/// A list or mapping that is refused if it is empty.
///
/// A rule with `types: []` could only ever fail, one with `prefixes: []` as well, and a target
/// with `main: []` proves nothing. None of them is ever meant.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct NonEmpty<C>(C);

/// Collections that can be empty.
pub trait Collection {
    /// Returns true if nothing is in it.
    fn is_empty(&self) -> bool;
}

impl<T> Collection for Vec<T> {
    fn is_empty(&self) -> bool {
        Self::is_empty(self)
    }
}

impl<K, V> Collection for BTreeMap<K, V> {
    fn is_empty(&self) -> bool {
        Self::is_empty(self)
    }
}

impl Collection for Accepts {
    fn is_empty(&self) -> bool {
        Self::is_empty(self)
    }
}

impl<C: Collection> NonEmpty<C> {
    /// Wraps the collection; returns none if it is empty.
    pub fn new(collection: C) -> Option<Self> {
        (!collection.is_empty()).then_some(Self(collection))
    }
}

impl<C> NonEmpty<C> {
    /// Returns the collection.
    pub fn into_inner(self) -> C {
        self.0
    }
}

impl<T> NonEmpty<Vec<T>> {
    /// Returns the items, to be changed; their number stays.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }
}

impl<C> Deref for NonEmpty<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}

impl<C: fmt::Display> fmt::Display for NonEmpty<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, C: Collection + Deserialize<'de>> Deserialize<'de> for NonEmpty<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(C::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("at least one entry is needed here"))
    }
}

impl<C: JsonSchema> JsonSchema for NonEmpty<C> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        C::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = C::json_schema(generator);
        let is_list = schema.get("type").is_some_and(|kind| kind == "array");
        schema.insert(if is_list { "minItems" } else { "minProperties" }.to_owned(), 1.into());
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("[]")]
    #[case("[ ]")]
    fn an_empty_list_is_refused(#[case] yaml: &str) {
        let error = serde_yaml::from_str::<NonEmpty<Vec<String>>>(yaml).unwrap_err().to_string();
        assert!(error.contains("at least one entry is needed here"), "{error}");
    }

    #[rstest]
    #[case("{}")]
    #[case("{words: []}")]
    #[case("{means: nothing}")]
    fn values_of_which_none_is_accepted_are_refused(#[case] yaml: &str) {
        assert!(serde_yaml::from_str::<NonEmpty<Accepts>>(yaml).is_err());
    }

    #[test]
    fn anything_else_is_itself() {
        let list: NonEmpty<Vec<u32>> = serde_yaml::from_str("[7]").unwrap();
        assert_eq!(*list, [7]);
        assert_eq!(serde_json::to_string(&list).unwrap(), "[7]");
        let map: NonEmpty<BTreeMap<String, u32>> = serde_yaml::from_str("{a: 1}").unwrap();
        assert_eq!(map.into_inner(), BTreeMap::from([("a".to_owned(), 1)]));
    }

    #[test]
    fn the_schema_says_so() {
        let mut generator = SchemaGenerator::default();
        assert_eq!(NonEmpty::<Vec<u32>>::json_schema(&mut generator).get("minItems"), Some(&1.into()));
        assert_eq!(NonEmpty::<Accepts>::json_schema(&mut generator).get("minProperties"), Some(&1.into()));
    }
}
