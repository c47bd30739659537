//! The bounds of everything a client does, and when it tries again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Bounds of everything the client does. The defaults suit a real cloud.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest time to make a connection.
    pub connect_timeout: Duration,
    /// Longest time for one attempt, from sending to the last byte.
    pub attempt_timeout: Duration,
    /// How often a failed attempt is repeated.
    pub retries: u32,
    /// Wait before the first repetition; it doubles each time, with jitter.
    pub backoff: Duration,
    /// Longest wait a service can impose by `Retry-After`.
    pub longest_wait: Duration,
    /// Largest answer, decompressed, in bytes.
    pub body: usize,
    /// Most pages of one list.
    pub pages: usize,
    /// Most items of one list.
    pub items: usize,
    /// Most requests at a time.
    pub concurrent: usize,
    /// Most requests at a time to one service.
    pub concurrent_per_service: usize,
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
            items: 100_000,
            concurrent: 16,
            concurrent_per_service: 8,
        }
    }
}

impl Limits {
    /// How long to wait after so many attempts, longer each time; `None` if there were enough of them. A service may ask
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

/// `Retry-After` as seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    (date.with_timezone(&Utc) - now).to_std().ok()
}
