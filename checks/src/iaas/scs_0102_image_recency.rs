//! scs-0102: images are replaced as often as they promise.

use crate::accepts::DateFormat;
use crate::check::Check;
use crate::facts::Images;
use crate::verdict::Findings;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

/// scs-0102 v1: an image older than its `replace_frequency` allows has a current successor.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageRecency {
    /// Hours by word; 0 for no promise.
    frequencies: BTreeMap<String, u32>,
    /// How late a replacement may be.
    grace: Grace,
}

/// The allowance: the larger one counts (deviation Q-0102-5).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grace {
    /// Per cent of the period.
    percent: u32,
    /// Hours.
    hours: u32,
}

impl Check for ImageRecency {
    type Facts<'a> = (&'a Images, DateTime<Utc>);

    fn examine(&self, (images, now): (&Images, DateTime<Utc>)) -> Findings {
        todo!()
    }
}
