//! The bounds of everything a client does, and when it tries again.

use super::permits::HostPermits;
use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// Bounds of everything the client does. The defaults suit a real cloud.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest time to make a connection.
    pub connect_timeout: Duration,
    /// Longest time for one attempt, from sending to the last byte.
    pub attempt_timeout: Duration,
    /// Most repetitions of a failed attempt.
    pub retries: u32,
    /// Wait before the first repetition; it doubles each time, with jitter.
    pub backoff: Duration,
    /// Longest wait a service can impose by `Retry-After`.
    pub longest_wait: Duration,
    /// Largest answer, decompressed, in bytes.
    pub body: usize,
    /// Most pages of one list.
    pub pages: usize,
    /// Most items of one list. Rules find a dozen things and more in one bad item, and reports hold them all.
    pub items: usize,
    /// Most requests at a time of one session.
    pub concurrent: usize,
    /// Most requests at a time of one session to one service.
    pub concurrent_per_service: usize,
    /// Most requests at a time to one host, of all sessions whose limits are clones of one another.
    pub hosts: HostPermits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(32),
            retries: 3,
            backoff: Duration::from_millis(250),
            longest_wait: Duration::from_secs(30),
            body: 64 << 20,
            pages: 1000,
            items: 15_000,
            concurrent: 16,
            concurrent_per_service: 8,
            hosts: HostPermits::default(),
        }
    }
}

impl Limits {
    /// Returns the pause after so many attempts, longer each time; `None` if there were enough of them. A service may ask
    /// for more, within bounds.
    pub(crate) fn pause(&self, asked: Option<Duration>, attempt: u32) -> Option<Duration> {
        if attempt > self.retries {
            return None;
        }
        let backoff = self.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(6));
        let jittered = backoff.mul_f64(rand::random_range(0.5..1.0));
        Some(asked.unwrap_or_default().max(jittered).min(self.longest_wait))
    }
}

/// Reads `Retry-After` as seconds or as a date, which is measured by the clock that set it where that is known.
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let now = headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?)).unwrap_or(now);
    (http_date(text)? - now).to_std().ok()
}

/// Returns how far a clock that says `now` is ahead of the `Date`, in seconds: of several, of the farthest. What is not
/// a date counts as none.
pub(crate) fn clock_ahead(headers: &HeaderMap, now: DateTime<Utc>) -> Option<i64> {
    let dates = headers.get_all(DATE).iter().filter_map(|date| http_date(date.to_str().ok()?));
    let ahead = dates.map(|date| now.timestamp().saturating_sub(date.timestamp()));
    ahead.max_by_key(|seconds| seconds.unsigned_abs())
}

/// Parses a date in any of the spellings of HTTP, or with another zone than GMT.
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let date = httpdate::parse_http_date(text.trim()).ok().map(DateTime::<Utc>::from);
    date.or_else(|| Some(DateTime::parse_from_rfc2822(text.trim()).ok()?.with_timezone(&Utc)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::seconds("7", Some(7.0))]
    #[case::with_a_fraction("1.5", Some(1.5))]
    #[case::spaces(" 7 ", Some(7.0))]
    #[case::date("Sun, 06 Nov 1994 08:49:37 GMT", Some(37.0))]
    #[case::obsolete_date("Sunday, 06-Nov-94 08:49:37 GMT", Some(37.0))]
    #[case::date_of_c("Sun Nov  6 08:49:37 1994", Some(37.0))]
    #[case::with_a_zone("Sun, 06 Nov 1994 09:49:37 +0100", Some(37.0))]
    #[case::past("Sun, 06 Nov 1994 08:48:00 GMT", None)]
    #[case::negative("-5", None)]
    #[case::absurd("NaN", None)]
    #[case::words("soon", None)]
    fn forms_of_retry_after(#[case] text: &'static str, #[case] seconds: Option<f64>) {
        let now = DateTime::parse_from_rfc3339("1994-11-06T08:49:00Z").unwrap().to_utc();
        let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        assert_eq!(retry_after(&headers, now).map(|wait| wait.as_secs_f64()), seconds);
    }

    #[rstest]
    #[case::usual(&["Sun, 06 Nov 1994 08:49:37 GMT"], Some(23))]
    #[case::obsolete(&["Sunday, 06-Nov-94 08:49:37 GMT"], Some(23))]
    #[case::of_c(&["Sun Nov  6 08:49:37 1994"], Some(23))]
    #[case::ahead(&["Sun, 06 Nov 1994 08:51:00 GMT"], Some(-60))]
    #[case::behind_what_is_none(&["soon", "Sun, 06 Nov 1994 08:49:37 GMT"], Some(23))]
    #[case::two_that_differ(&["Sun, 06 Nov 1994 08:50:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"], Some(23))]
    #[case::none(&["soon"], None)]
    fn the_clock_is_compared_with_every_form_of_date(#[case] dates: &[&str], #[case] ahead: Option<i64>) {
        let now = DateTime::parse_from_rfc3339("1994-11-06T08:50:00Z").unwrap().to_utc();
        let mut headers = HeaderMap::new();
        for date in dates {
            headers.append(DATE, date.parse().unwrap());
        }
        assert_eq!(clock_ahead(&headers, now), ahead);
    }

    #[test]
    fn a_date_is_measured_by_the_clock_of_the_service() {
        let headers = HeaderMap::from_iter([
            (RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap()),
            (DATE, "Sun, 06 Nov 1994 08:49:30 GMT".parse().unwrap()),
        ]);
        assert_eq!(retry_after(&headers, Utc::now()), Some(Duration::from_secs(7)));
    }
}
