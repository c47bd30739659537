//! Time limits as people write them: `90s`, `10m`, `4h`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};
use std::borrow::Cow;
use std::time::Duration;

/// A time limit: at least a second, and at most a week.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Time(pub(super) Duration);

/// The shortest time limit, and the longest.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match humantime::parse_duration(&text) {
            Ok(time) if (SHORTEST..=LONGEST).contains(&time) => Ok(Self(time)),
            Ok(_) => Err(D::Error::custom(format!("\"{text}\" is not a time limit between 1s and 7days"))),
            Err(_) => Err(D::Error::custom(format!("\"{text}\" is not a time limit; write one like 90s, 10m or 4h"))),
        }
    }
}

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]+ *[a-z]+( *[0-9]+ *[a-z]+)*$"})
    }
}
