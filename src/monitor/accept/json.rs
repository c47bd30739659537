//! Builds a document from JSON, under the same bounds as YAML.

use super::document::{Budget, DEEPEST, ENTRY, LIST, MAP, Node};
use super::field::FieldError;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

/// Parses one document.
///
/// # Errors
/// It is not JSON, has a key twice, or exceeds a bound.
pub(super) fn document(text: &str, budget: Budget) -> Result<Node<'_>, FieldError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let refusal = Cell::new(None);
    let parsed = Seed { budget: &budget, refusal: &refusal, depth: 0 }.deserialize(&mut deserializer);
    parsed.and_then(|node| deserializer.end().map(|()| node)).map_err(|error| {
        let message = format!("the document is not valid JSON: {error}");
        refusal.take().unwrap_or_else(|| FieldError::new("", message, "send one JSON document"))
    })
}

#[derive(Clone, Copy)]
struct Seed<'c> {
    budget: &'c Budget,
    /// The refusal of something that exceeds the budget.
    refusal: &'c Cell<Option<FieldError>>,
    depth: usize,
}

impl Seed<'_> {
    fn take<E: Error>(self, taken: Result<(), FieldError>) -> Result<(), E> {
        taken.map_err(|refusal| {
            self.refusal.set(Some(refusal));
            E::custom("it is too large")
        })
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > DEEPEST { Err(E::custom("it is nested too deeply")) } else { Ok(Self { depth, ..self }) }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        self.take(self.budget.take_value(0))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Node<'de>, E> {
        Ok(Node::plain("null"))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::plain(if value { "true" } else { "false" }))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::plain(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::plain(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node<'de>, E> {
        // A number with an exponent is none in YAML 1.1; its digits mean the same.
        let text = format!("{value:?}");
        let text = if text.contains('e') { value.to_string() } else { text };
        self.take(self.budget.take_memory(text.len()))?;
        Ok(Node::plain(text))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Scalar { text: Cow::Borrowed(text), plain: false })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node<'de>, E> {
        self.take(self.budget.take_memory(text.len()))?;
        Ok(Node::Scalar { text: Cow::Owned(text.to_owned()), plain: false })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node<'de>, A::Error> {
        let (seed, mut items) = (self.deeper()?, Vec::new());
        self.take(self.budget.take_memory(LIST))?;
        while let Some(item) = access.next_element_seed(seed)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node<'de>, A::Error> {
        let (seed, mut entries, mut seen) = (self.deeper()?, Vec::new(), HashSet::new());
        self.take(self.budget.take_memory(MAP))?;
        while let Some(key) = access.next_key::<Cow<'de, str>>()? {
            self.take(self.budget.take_memory(ENTRY))?;
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom("a key stands twice in one object"));
            }
            entries.push((key, access.next_value_seed(seed)?));
        }
        Ok(Node::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::Fault;
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[test]
    fn json_stays_what_it_is() {
        let text = r#"{"a": [1, -1, 0, 1.0, "1", null, true], "b": {"c": "ä\n"}}"#;
        let expected = json!({"a": [1, -1, 0, 1.0, "1", null, true], "b": {"c": "ä\n"}});
        assert_eq!(serde_json::to_value(document(text, Budget::new(text)).unwrap()).unwrap(), expected);
        let numbers = "[18446744073709551615, 1e20, 2.5e-7]";
        let long = serde_json::to_string(&document(numbers, Budget::new(numbers)).unwrap()).unwrap();
        assert_eq!(long, "[18446744073709551615,100000000000000000000,2.5e-7]");
    }

    #[test]
    fn what_takes_too_much_memory_is_refused() {
        for text in ["[[[[[[[[[[1]]]]]]]]]],", "{\"a\": {\"a\": {\"a\": 1}}},", "1e308, 1e308,"] {
            let text = format!("[{} 1]", text.repeat(100_000));
            let Err(error) = document(&text, Budget::new(&text)) else { panic!("{}", &text[..20]) };
            assert!(error.kind == Fault::TooLarge && error.message.contains("too much memory"), "{error}");
        }
    }

    #[rstest]
    #[case("")]
    #[case("{")]
    #[case("{} {}")]
    #[case(r#"{"a": 1, "a": 2}"#)]
    #[case(&"[".repeat(100_000))]
    fn what_is_not_one_document_is_refused(#[case] text: &str) {
        assert!(document(text, Budget::new(text)).unwrap_err().message.contains("not valid JSON"));
    }
}
