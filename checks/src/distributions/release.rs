//! A release of a distribution, and its periods of maintenance.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A release.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The number, for example `24.04`.
    pub version: String,
    /// The code name as a single word, for example `noble`.
    pub series: String,
    /// True for a release with long-term support.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lts: bool,
    /// The day of the release; none as long as nobody has named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released: Option<NaiveDate>,
    /// The last day of support; none as long as nobody has named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eol: Option<NaiveDate>,
    /// The last day of Debian's long-term support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eol_lts: Option<NaiveDate>,
    /// The last day of Ubuntu's extended security maintenance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eol_esm: Option<NaiveDate>,
}

impl Release {
    /// Returns true from the day of the release on.
    pub fn is_out(&self, day: NaiveDate) -> bool {
        self.released.is_some_and(|released| released <= day)
    }

    /// Returns the last day of a period of maintenance; none as long as nobody has named it.
    pub fn end(&self, maintenance: Maintenance) -> Option<NaiveDate> {
        match maintenance {
            Maintenance::Standard => self.eol,
            Maintenance::Lts => self.eol_lts,
            Maintenance::Esm => self.eol_esm,
        }
    }

    /// Returns the parts of the version, which order releases; none for a version that is no number.
    pub fn number(&self) -> Option<Vec<u32>> {
        number(&self.version)
    }
}

/// A period in which a release gets security updates.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Maintenance {
    /// That of the distribution itself.
    Standard,
    /// Debian's long-term support.
    Lts,
    /// Ubuntu's extended security maintenance, for customers.
    Esm,
}

/// Returns the parts of a version, `[24, 4]` for `24.04`; none for a version that is no number.
pub fn number(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}
