//! JSON Schemas of what this crate reads and writes, for editors and for other programs.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Returns the JSON with the keys of all objects in alphabetical order, independent of their order in memory, so that
/// equal content is equal text.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// Returns the schema of a file that people write. A key with nothing behind it is refused there, so no
/// value is null.
pub fn of_definition<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(forbid_null));
    settings.into_generator().into_root_schema_for::<T>()
}

/// Returns the schema of a file that programs write.
pub fn of_document<T: JsonSchema>() -> Schema {
    SchemaGenerator::new(SchemaSettings::draft2020_12().for_serialize()).into_root_schema_for::<T>()
}

fn forbid_null(schema: &mut Schema) {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [one] = kinds.as_slice() {
            let one = one.clone();
            schema.insert("type".to_owned(), one);
        }
    }
    let Some(Value::Array(branches)) = schema.get_mut("anyOf") else { return };
    branches.retain(|branch| branch.get("type").is_none_or(|kind| kind != "null"));
    if let [Value::Object(one)] = branches.as_slice() {
        let one = one.clone();
        schema.remove("anyOf");
        for (key, value) in one {
            schema.insert(key, value);
        }
    }
}

/// Makes one object of an enum whose variants are written as one key each.
///
/// If the schema is a choice of objects, editors offer each key twice and can only say of a
/// misspelled one that nothing fits. There is no `maxProperties`: with it they offer nothing on an
/// empty line. The loader refuses a second key.
pub(crate) fn one_object(schema: &mut Schema) {
    let Some(Value::Array(branches)) = schema.remove("oneOf") else { return };
    let mut properties = Map::new();
    for branch in branches {
        let description = branch.get("description").cloned();
        let Some(Value::Object(variant)) = branch.get("properties") else { continue };
        for (key, value) in variant {
            let mut value = value.clone();
            if let (Some(object), Some(description)) = (value.as_object_mut(), &description) {
                object.insert("description".to_owned(), description.clone());
            }
            properties.insert(key.clone(), value);
        }
    }
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("additionalProperties".to_owned(), false.into());
    schema.insert("minProperties".to_owned(), 1.into());
}

/// Tells that a text is an address that anyone can follow.
pub(crate) fn absolute_https(schema: &mut Schema) {
    schema.insert("format".to_owned(), "uri".into());
    schema.insert("pattern".to_owned(), "^https://".into());
}

/// Adds the keys of a mapping, which its schema loses if they are words with explanations.
pub fn keys(names: &'static [&'static str]) -> impl FnMut(&mut Schema) {
    move |schema| drop(schema.insert("propertyNames".to_owned(), json!({"enum": names})))
}
