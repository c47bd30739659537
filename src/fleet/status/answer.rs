//! The answer of a result server to a question for its results (digest of its contract, 3.3 and 3.5).

use crate::plan::ServedSubject;
use crate::run::report_id;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use scs_checks::json;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The largest number of attempts of one night that are looked for.
const ATTEMPTS: u32 = 64;

/// The time by which the clock of another machine may be ahead.
const FAST: TimeDelta = TimeDelta::hours(1);

/// The results of all subjects, by the UUID of the scope.
#[derive(Deserialize)]
struct Answer(BTreeMap<String, BTreeMap<String, Status>>);

/// The state of a subject. What else stands in it is not needed.
#[derive(Deserialize)]
struct Status {
    results: BTreeMap<String, ServedResult>,
}

#[derive(Deserialize)]
struct ServedResult {
    result: i64,
    checked_at: String,
    report: Option<String>,
}

/// The subject and the night that a question is about.
pub(super) struct Question<'a> {
    pub subject: &'a str,
    pub scope: &'a str,
    pub scope_uuid: &'a str,
    pub night: NaiveDate,
    pub now: DateTime<Utc>,
}

impl Question<'_> {
    /// Reads the results of this night. Nothing is known of a subject that is not in the answer.
    ///
    /// # Errors
    /// It is not the answer of a result server.
    pub(super) fn served(&self, body: &[u8]) -> Result<ServedSubject, String> {
        json::check(body, json::FILE).map_err(|flaw| flaw.to_string())?;
        let Answer(mut subjects) = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let status = subjects.remove(self.subject).and_then(|mut scopes| scopes.remove(self.scope_uuid));
        let results = status.map(|status| status.results).unwrap_or_default();
        let is_of_this_night = |result: &ServedResult| {
            instant(&result.checked_at).is_some_and(|checked_at| self.times().contains(&checked_at))
        };
        let of_this_night: Vec<(String, ServedResult)> =
            results.into_iter().filter(|(_, result)| is_of_this_night(result)).collect();
        let has = |attempt: &u32| {
            let id = report_id(self.subject, self.scope, self.night, *attempt);
            of_this_night.iter().any(|(_, result)| result.report.as_deref() == Some(id.as_str()))
        };
        let attempt = (1..=ATTEMPTS).rev().find(has).unwrap_or_default();
        let decided = of_this_night.into_iter().filter(|(_, result)| matches!(result.result, 1 | -1));
        Ok(ServedSubject { decided: decided.map(|(id, _)| id).collect(), attempt })
    }

    /// Returns the times of results that belong to the night, or are newer. What is of the future counts for nothing.
    fn times(&self) -> RangeInclusive<DateTime<Utc>> {
        self.night.and_time(NaiveTime::MIN).and_utc()..=self.now + FAST
    }
}

/// Parses a time with or without a zone. Uploads name UTC without one, and so does the server.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let with_zone = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let without =
        || ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"].map(|form| NaiveDateTime::parse_from_str(text, form));
    with_zone.ok().or_else(|| without().into_iter().find_map(Result::ok).map(|time| time.and_utc()))
}
