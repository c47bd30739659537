//! The times in which nobody is disturbed. All times are UTC.

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc, Weekday};

/// The times in which no message is made.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Quiet {
    /// The first and the end of the hours of each day; the end may be on the next day.
    pub hours: Option<(NaiveTime, NaiveTime)>,
    /// True if Saturdays and Sundays are quiet.
    pub weekends: bool,
}

impl Quiet {
    /// Returns true if no message is made at an instant.
    pub fn covers(&self, at: DateTime<Utc>) -> bool {
        if self.weekends && matches!(at.weekday(), Weekday::Sat | Weekday::Sun) {
            return true;
        }
        let time = at.time();
        self.hours.is_some_and(|(from, to)| match from <= to {
            true => from <= time && time < to,
            false => time >= from || time < to,
        })
    }
}

/// The spans of time that decide on messages.
#[derive(Clone, Debug)]
pub(super) struct Times {
    /// The time in which a subject gets one message.
    pub window: TimeDelta,
    /// The time after which what goes on is told once more.
    pub reminder_after: TimeDelta,
    /// The time for which something has to be undecided before it is told.
    pub undecided_after: TimeDelta,
    /// The number of changes that make a conclusion an unstable one.
    pub unstable_changes: usize,
    /// The time within which they make it one.
    pub unstable_within: TimeDelta,
    /// The time without a change after which it is stable again.
    pub stable_after: TimeDelta,
    /// The times in which no message is made.
    pub quiet: Quiet,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            window: TimeDelta::hours(24),
            reminder_after: TimeDelta::days(7),
            undecided_after: TimeDelta::days(2),
            unstable_changes: 3,
            unstable_within: TimeDelta::days(7),
            stable_after: TimeDelta::days(3),
            quiet: Quiet { hours: None, weekends: true },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::friday("2026-11-27T12:00:00Z", false)]
    #[case::saturday("2026-11-28T00:00:00Z", true)]
    #[case::sunday("2026-11-29T23:59:59Z", true)]
    #[case::monday_night("2026-11-30T05:59:59Z", true)]
    #[case::monday_morning("2026-11-30T06:00:00Z", false)]
    #[case::monday_evening("2026-11-30T20:00:00Z", true)]
    fn nobody_is_disturbed_at_night_and_at_weekends(#[case] at: &str, #[case] expected: bool) {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let quiet = Quiet { hours: Some((time(20), time(6))), weekends: true };
        assert_eq!(quiet.covers(at.parse().unwrap()), expected);
    }

    #[test]
    fn hours_of_one_day_have_an_end_too() {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let quiet = Quiet { hours: Some((time(1), time(6))), weekends: false };
        let covers = |at: &str| quiet.covers(format!("2026-11-28T{at}:00Z").parse().unwrap());
        assert_eq!(["00:59", "01:00", "05:59", "06:00"].map(covers), [false, true, true, false]);
    }
}
