//! The rhythm of a distribution: for how long a list of its releases can be trusted to be complete.

use super::release::Release;
use chrono::{Datelike, Months, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rhythm of the releases of a distribution.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rhythm {
    /// The reason for that rhythm, in a sentence.
    pub why: String,
    /// The earliest day on which a release may count that is not listed.
    pub next: NextRelease,
}

/// The earliest day on which a release may count after the newest one that is listed with a day.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum NextRelease {
    /// So many months after the newest release.
    AfterMonths(u32),
    /// A day so many years after the year of the newest release with long-term support.
    LtsAfterYears {
        /// The number of years.
        years: i32,
        /// The month, from 1 to 12.
        month: u32,
        /// The day of the month.
        day: u32,
    },
}

impl Rhythm {
    /// Returns the last day on which no release can count that is not listed; none if no release has a day.
    pub fn trusted_until(&self, releases: &[Release]) -> Option<NaiveDate> {
        let newest =
            |lts: bool| releases.iter().filter(|release| release.lts || !lts).filter_map(|it| it.released).max();
        let next = match self.next {
            NextRelease::AfterMonths(months) => newest(false)?.checked_add_months(Months::new(months)),
            NextRelease::LtsAfterYears { years, month, day } => {
                NaiveDate::from_ymd_opt(newest(true)?.year().checked_add(years)?, month, day)
            }
        };
        next?.pred_opt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn release(version: &str, lts: bool, day: Option<&str>) -> Release {
        let released = day.map(|day| day.parse().unwrap());
        Release { version: version.into(), series: "s".into(), lts, released, eol: None, eol_lts: None, eol_esm: None }
    }

    #[rstest]
    #[case::months("{after-months: 23}", "2027-07-08")]
    #[case::years("{lts-after-years: {years: 2, month: 4, day: 30}}", "2026-04-29")]
    fn data_is_trusted_until_the_day_before_the_next_release(#[case] next: &str, #[case] expected: &str) {
        let rhythm: Rhythm = serde_yaml::from_str(&format!("{{why: w, next: {next}}}")).unwrap();
        let releases =
            [release("1", true, Some("2024-04-25")), release("2", false, Some("2025-08-09")), release("3", true, None)];
        assert_eq!(rhythm.trusted_until(&releases).unwrap().to_string(), expected);
        assert_eq!(rhythm.trusted_until(&releases[2..]), None);
    }
}
