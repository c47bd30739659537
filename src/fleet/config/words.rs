//! Words of the configuration that have a fixed set of values.

use chrono::{Datelike, NaiveDate, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use scs_reports::Format;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use strum::{Display, EnumString, VariantNames};

/// The results with which a night fails.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Display, EnumString, Eq, JsonSchema, PartialEq, Serialize, VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum FailOn {
    /// None: verdicts are results, not failures.
    None,
    /// A mandatory testcase fails that did not fail the night before.
    New,
    /// A mandatory testcase fails.
    #[default]
    Violation,
    /// A mandatory testcase fails or is not decided.
    Undecided,
}

/// The name of a kind of file that is written for each subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum OutputName {
    /// A report in this format.
    Report(Format),
    /// A signed bundle of report and facts.
    Bundle,
}

/// The name of bundles among the formats.
const BUNDLE: &str = "bundle";

impl<'de> Deserialize<'de> for OutputName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == BUNDLE {
            return Ok(Self::Bundle);
        }
        name.parse()
            .map(Self::Report)
            .map_err(|_| D::Error::custom(format!("\"{name}\" is no format; known are: {}", names().join(", "))))
    }
}

impl JsonSchema for OutputName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Format".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": names()})
    }
}

fn names() -> Vec<&'static str> {
    Format::ALL.iter().map(|format| format.name()).chain([BUNDLE]).collect()
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// Returns the day of the week of a date.
    pub fn of(date: NaiveDate) -> Self {
        match date.weekday() {
            Weekday::Mon => Self::Mon,
            Weekday::Tue => Self::Tue,
            Weekday::Wed => Self::Wed,
            Weekday::Thu => Self::Thu,
            Weekday::Fri => Self::Fri,
            Weekday::Sat => Self::Sat,
            Weekday::Sun => Self::Sun,
        }
    }
}
