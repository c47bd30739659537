//! The testing regime of a scope (scs-0501, scs-0502): the longest time between two tests of a standard. For how long a result
//! counts is another matter ([`Lifetime`]).

use super::lifetime::Lifetime;
use chrono::{DateTime, Days, Months, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

/// The longest time between two tests of a standard.
#[derive(Clone, Copy, Debug, Default, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Regime {
    /// It is tested at least once a day.
    Day,
    /// It is tested at least once a week.
    #[default]
    Week,
    /// It is tested at least once a month.
    Month,
    /// It is tested at least once a quarter.
    Quarter,
    /// It is tested at least once a year.
    Year,
}

impl Regime {
    /// Returns the instant at which the next test is due after one of `checked_at`: the end of the regime, or the expiry of
    /// the result where that comes first. None only at the end of the calendar.
    pub fn next_test(self, lifetime: Lifetime, checked_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = match self {
            Self::Day => checked_at.checked_add_days(Days::new(1)),
            Self::Week => checked_at.checked_add_days(Days::new(7)),
            Self::Month => checked_at.checked_add_months(Months::new(1)),
            Self::Quarter => checked_at.checked_add_months(Months::new(3)),
            Self::Year => checked_at.checked_add_months(Months::new(12)),
        };
        Some(due?.min(lifetime.expires_at(checked_at)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case(Regime::Day, Lifetime::Week, "2026-08-17T12:00:00Z", "2026-08-18T12:00:00Z")]
    #[case(Regime::Week, Lifetime::Week, "2026-08-17T12:00:00Z", "2026-08-24T12:00:00Z")]
    #[case(Regime::Week, Lifetime::Quarter, "2026-08-17T12:00:00Z", "2026-08-24T12:00:00Z")]
    #[case(Regime::Week, Lifetime::Day, "2026-08-17T12:00:00Z", "2026-08-19T00:00:00Z")]
    #[case(Regime::Month, Lifetime::Year, "2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z")]
    #[case(Regime::Quarter, Lifetime::Quarter, "2026-12-01T12:00:00Z", "2027-03-01T12:00:00Z")]
    #[case(Regime::Year, Lifetime::Year, "2026-08-17T12:00:00Z", "2027-08-17T12:00:00Z")]
    #[case(Regime::Year, Lifetime::Year, "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z")]
    #[case(Regime::Year, Lifetime::Month, "2026-11-30T12:00:00Z", "2027-01-01T00:00:00Z")]
    fn next_test_is_due_by_the_shorter_of_regime_and_lifetime(
        #[case] regime: Regime,
        #[case] lifetime: Lifetime,
        #[case] checked_at: DateTime<Utc>,
        #[case] due: DateTime<Utc>,
    ) {
        assert_eq!(regime.next_test(lifetime, checked_at), Some(due));
    }

    #[test]
    fn the_end_of_the_calendar_is_no_panic() {
        assert_eq!(Regime::Day.next_test(Lifetime::Day, DateTime::<Utc>::MAX_UTC), None);
    }

    proptest! {
        #[test]
        fn next_test_comes_later_but_before_the_result_expires(seconds in 0_i64..4_000_000_000) {
            let checked_at = DateTime::from_timestamp(seconds, 0).unwrap();
            for lifetime in [Lifetime::Day, Lifetime::Week, Lifetime::Month, Lifetime::Quarter, Lifetime::Year] {
                for regime in [Regime::Day, Regime::Week, Regime::Month, Regime::Quarter, Regime::Year] {
                    let due = regime.next_test(lifetime, checked_at).unwrap();
                    prop_assert!(checked_at < due && due <= lifetime.expires_at(checked_at).unwrap());
                }
            }
        }
    }
}
