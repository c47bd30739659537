//! "Now", and the local clock: rules that take "now" trust it only as far as answers of the subject confirm it.

use crate::verdict::{Finding, Reason, ReasonCode};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The instant that all rules take for "now", and how far the local clock vouches for it.
///
/// It is an argument of the evaluation and not a fact: the same facts can be judged as of any day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Now {
    /// The instant.
    pub instant: DateTime<Utc>,
    /// The local clock, as far as the instant rests on it.
    pub clock: LocalClock,
}

impl Now {
    /// Takes an instant that the user has named, so that no clock is asked.
    pub fn named(instant: DateTime<Utc>) -> Self {
        Self { instant, clock: LocalClock::NotAsked }
    }

    /// Takes an instant read from the local clock.
    pub fn from_clock(instant: DateTime<Utc>, clock: LocalClock) -> Self {
        Self { instant, clock }
    }
}

/// The local clock, compared with the `Date` of answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocalClock {
    /// No answer had a `Date`.
    #[default]
    NotCompared,
    /// The user has named the instant that counts as now, so the clock was not asked.
    NotAsked,
    /// The seconds by which the clock was ahead of the answers; negative if it was behind them. Of several answers the
    /// nearest counts: caches answer with the date of yesterday.
    AheadBySeconds(i64),
}

/// Deviations up to this one are not worth a word: answers take their time, and dates have no fractions of seconds.
const NEGLIGIBLE: TimeDelta = TimeDelta::minutes(2);
/// Beyond this deviation nothing that depends on "now" is decided.
const TOLERATED: TimeDelta = TimeDelta::hours(1);

impl LocalClock {
    /// Compares the clock by the deviations that answers have shown, in seconds.
    pub fn from_deviations(seconds: impl IntoIterator<Item = i64>) -> Self {
        seconds.into_iter().min_by_key(|ahead| ahead.unsigned_abs()).map_or(Self::NotCompared, Self::AheadBySeconds)
    }

    /// Returns the reason why nothing that depends on "now" can be decided, if there is one.
    pub fn obstacle(self) -> Option<Reason> {
        self.deviation(TOLERATED).map(|what| {
            let message = format!("{what}; set the clock, or name the instant that counts as now with --date");
            Reason::new(ReasonCode::ClockDeviates, message)
        })
    }

    /// Returns the doubt that remains about "now", as a sentence; none if the clock was confirmed or not asked.
    pub fn doubt(self) -> Option<String> {
        match self {
            Self::NotCompared => {
                Some("the local clock was not compared with any other: no answer had a Date header".to_owned())
            }
            Self::NotAsked => None,
            Self::AheadBySeconds(_) => self.deviation(NEGLIGIBLE),
        }
    }

    /// Returns the doubt as a finding for a rule that takes "now".
    pub(crate) fn finding(self) -> Option<Finding> {
        let severity = if self == Self::NotCompared { Finding::info } else { Finding::warning };
        self.doubt().map(severity)
    }

    fn deviation(self, tolerated: TimeDelta) -> Option<String> {
        let Self::AheadBySeconds(ahead) = self else { return None };
        let amount = ahead.unsigned_abs();
        let is_too_much = amount > tolerated.num_seconds().unsigned_abs();
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        is_too_much.then(|| format!("the local clock is {} {side} the Date header of the answers", span(amount)))
    }
}

/// Formats a span of time: `5 min`, `2 h 13 min`, `379 days`.
fn span(seconds: u64) -> String {
    let minutes = seconds / 60;
    match minutes {
        0..60 => format!("{minutes} min"),
        60..2880 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} days", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;

    #[rstest]
    #[case::none(&[], LocalClock::NotCompared)]
    #[case::nearest(&[-400 * DAY, 3, -7], LocalClock::AheadBySeconds(3))]
    #[case::no_overflow(&[i64::MIN], LocalClock::AheadBySeconds(i64::MIN))]
    fn of_several_answers_the_nearest_counts(#[case] seconds: &[i64], #[case] expected: LocalClock) {
        assert_eq!(LocalClock::from_deviations(seconds.iter().copied()), expected);
    }

    #[rstest]
    #[case::agrees(LocalClock::AheadBySeconds(120), None, false)]
    #[case::minutes(LocalClock::AheadBySeconds(121), Some("2 min ahead of"), false)]
    #[case::an_hour(LocalClock::AheadBySeconds(-HOUR), Some("1 h 0 min behind"), false)]
    #[case::more(LocalClock::AheadBySeconds(-HOUR - 1), Some("1 h 0 min behind"), true)]
    #[case::ahead(LocalClock::AheadBySeconds(2 * HOUR + 780), Some("2 h 13 min ahead of"), true)]
    #[case::a_year(LocalClock::AheadBySeconds(-379 * DAY), Some("379 days behind"), true)]
    #[case::absurd(LocalClock::AheadBySeconds(i64::MIN), Some("behind"), true)]
    #[case::not_asked(LocalClock::NotAsked, None, false)]
    #[case::not_compared(LocalClock::NotCompared, Some("no answer had a Date header"), false)]
    fn the_clock_is_believed_only_as_far_as_it_is_confirmed(
        #[case] clock: LocalClock,
        #[case] doubt: Option<&str>,
        #[case] aborts: bool,
    ) {
        match (clock.doubt(), doubt) {
            (None, None) => {}
            (Some(found), Some(expected)) => assert!(found.contains(expected), "{found}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
        assert_eq!(clock.obstacle().map(|reason| reason.code), aborts.then_some(ReasonCode::ClockDeviates));
    }
}
