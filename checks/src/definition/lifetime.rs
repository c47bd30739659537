//! The validity of a result (scs-0004, digest of today's rules): until the end of the period after
//! the one in which the check was made.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumMessage};

/// For how long a result counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Display, EnumMessage, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Lifetime {
    /// The day of the check and the day after it.
    Day,
    /// The week of the check and the week after it.
    #[default]
    Week,
    /// The month of the check and the month after it.
    Month,
    /// The quarter of the check and the quarter after it.
    Quarter,
    /// The month of the check and a year and a month after it.
    Year,
}

impl Lifetime {
    /// Returns the duration in one sentence.
    pub fn sentence(self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }

    /// Returns the first instant at which a result of `checked_at` no longer counts. None only at the
    /// end of the calendar.
    pub fn expires_at(self, checked_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let day = checked_at.date_naive();
        let end = match self {
            Self::Day => day.checked_add_days(Days::new(2)),
            Self::Week => day.checked_add_days(Days::new(14 - u64::from(day.weekday().num_days_from_monday()))),
            Self::Month => first_of_month(day)?.checked_add_months(Months::new(2)),
            Self::Quarter => first_of_month(day)?.checked_add_months(Months::new(6 - day.month0() % 3)),
            Self::Year => first_of_month(day)?.checked_add_months(Months::new(14)),
        };
        Some(end?.and_hms_opt(0, 0, 0)?.and_utc())
    }
}

fn first_of_month(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case(Lifetime::Week, "2026-08-17T00:00:00Z", "2026-08-31T00:00:00Z")]
    #[case(Lifetime::Week, "2026-08-23T23:59:59Z", "2026-08-31T00:00:00Z")]
    #[case(Lifetime::Week, "2026-08-24T00:00:00Z", "2026-09-07T00:00:00Z")]
    #[case(Lifetime::Day, "2026-08-17T12:00:00Z", "2026-08-19T00:00:00Z")]
    #[case(Lifetime::Month, "2026-11-30T12:00:00Z", "2027-01-01T00:00:00Z")]
    #[case(Lifetime::Month, "2026-12-01T12:00:00Z", "2027-02-01T00:00:00Z")]
    #[case(Lifetime::Quarter, "2026-12-01T12:00:00Z", "2027-04-01T00:00:00Z")]
    #[case(Lifetime::Quarter, "2026-03-31T12:00:00Z", "2026-07-01T00:00:00Z")]
    #[case(Lifetime::Quarter, "2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    #[case(Lifetime::Year, "2026-08-17T12:00:00Z", "2027-10-01T00:00:00Z")]
    #[case(Lifetime::Year, "2026-11-17T12:00:00Z", "2028-01-01T00:00:00Z")]
    #[case(Lifetime::Year, "2026-12-01T12:00:00Z", "2028-02-01T00:00:00Z")]
    fn a_result_expires(#[case] lifetime: Lifetime, #[case] checked_at: DateTime<Utc>, #[case] expires: DateTime<Utc>) {
        assert_eq!(lifetime.expires_at(checked_at), Some(expires));
    }

    proptest! {
        #[test]
        fn a_result_counts_for_more_than_a_day(seconds in 0_i64..4_000_000_000) {
            let checked_at = DateTime::from_timestamp(seconds, 0).unwrap();
            for lifetime in [Lifetime::Day, Lifetime::Week, Lifetime::Month, Lifetime::Quarter, Lifetime::Year] {
                prop_assert!(lifetime.expires_at(checked_at).unwrap() - checked_at > chrono::TimeDelta::days(1));
            }
        }
    }
}
