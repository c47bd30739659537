//! The attributes of elements in a JUnit file.

use crate::suites::error::ContentError;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

/// Returns the text of an attribute; empty where there is none.
///
/// # Errors
/// It cannot be read.
pub(super) fn text(tag: &BytesStart<'_>, name: &str) -> Result<String, ContentError> {
    Ok(attribute(tag, name)?.unwrap_or_default())
}

/// Returns an attribute, if there is one.
///
/// # Errors
/// It cannot be read.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, ContentError> {
    let found = tag.try_get_attribute(name).map_err(|error| ContentError::Attribute(error.into()))?;
    let Some(attribute) = found else { return Ok(None) };
    let value = attribute.normalized_value(XmlVersion::default()).map_err(ContentError::Attribute)?;
    Ok(Some(value.into_owned()))
}

/// Reads an instant. Ginkgo leaves out the time zone; end-to-end tests run in containers that know UTC only.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let zoned = text.parse::<DateTime<Utc>>().ok();
    zoned.or_else(|| Some(text.parse::<NaiveDateTime>().ok()?.and_utc()))
}

/// Returns the instant so many seconds later; none where there is none.
pub(in crate::suites) fn after(began: DateTime<Utc>, seconds: f64) -> Option<DateTime<Utc>> {
    if !(0.0..1e9).contains(&seconds) {
        return None;
    }
    began.checked_add_signed(TimeDelta::milliseconds((seconds * 1e3) as i64))
}

/// Reads a number of seconds as microseconds; none where it is not a plausible one.
pub(super) fn micros(time: &str) -> Option<u64> {
    let seconds: f64 = time.trim().parse().ok()?;
    (0.0..1e9).contains(&seconds).then_some((seconds * 1e6) as u64)
}
