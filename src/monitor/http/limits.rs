//! Limits by key: token buckets (so many at once, and then so many a second), and so many at a time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The most keys that are remembered. Beyond that, full buckets are forgotten first.
const MOST: usize = 10_000;

/// Buckets that hold up to `burst` tokens and gain `rate` a second.
#[derive(Debug)]
pub struct Buckets {
    burst: f64,
    rate: f64,
    by_key: Mutex<HashMap<String, (f64, Instant)>>,
}

impl Buckets {
    /// Creates buckets that are full.
    pub fn new(burst: u32, rate: f64) -> Self {
        Self { burst: f64::from(burst), rate, by_key: Mutex::default() }
    }

    /// Takes a token, if there is one.
    pub fn take(&self, key: &str) -> bool {
        self.take_at(key, Instant::now())
    }

    /// Gives a token back that was taken for nothing.
    pub fn give_back(&self, key: &str) {
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((tokens, _)) = by_key.get_mut(key) {
            *tokens = (*tokens + 1.0).min(self.burst);
        }
    }

    fn take_at(&self, key: &str, now: Instant) -> bool {
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = |tokens: f64, since: Instant| {
            (tokens + now.saturating_duration_since(since).as_secs_f64() * self.rate).min(self.burst)
        };
        if by_key.len() >= MOST && !by_key.contains_key(key) {
            by_key.retain(|_, (tokens, since)| filled(*tokens, *since) < self.burst);
            if by_key.len() >= MOST {
                // So many addresses at once are one attack: those that are not known yet wait.
                return false;
            }
        }
        let (tokens, since) = by_key.get(key).copied().unwrap_or((self.burst, now));
        let tokens = filled(tokens, since);
        let is_enough = tokens >= 1.0;
        by_key.insert(key.to_owned(), (if is_enough { tokens - 1.0 } else { tokens }, now));
        is_enough
    }
}

/// Returns the network that an address counts for: a client of IPv6 has as many addresses as it likes in its own.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Counts what is under way by key.
#[derive(Clone, Debug, Default)]
pub struct Counts(Arc<Mutex<HashMap<String, usize>>>);

/// Something that is under way, and is counted until it ends.
#[derive(Debug)]
pub struct Counted {
    counts: Counts,
    key: String,
}

impl Counts {
    /// Counts something, if there are less than so many of its key.
    pub fn take(&self, key: String, most: usize) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.clone()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Counted { counts: self.clone(), key })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::new(2, 1.0);
        let start = Instant::now();
        let taken: Vec<bool> =
            [0, 0, 0, 1, 1].map(|second| buckets.take_at("a", start + Duration::from_secs(second))).into();
        assert_eq!(taken, [true, true, false, true, false]);
        assert!(buckets.take_at("b", start));
        buckets.give_back("a");
        assert!(buckets.take_at("a", start + Duration::from_secs(1)));
    }

    #[test]
    fn addresses_of_one_network_count_together() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }

    #[test]
    fn what_has_ended_is_not_counted() {
        let counts = Counts::default();
        let (first, second) = (counts.take("a".to_owned(), 2), counts.take("a".to_owned(), 2));
        assert!(first.is_some() && second.is_some() && counts.take("a".to_owned(), 2).is_none());
        assert!(counts.take("b".to_owned(), 2).is_some());
        drop(first);
        assert!(counts.take("a".to_owned(), 2).is_some());
        drop(second);
        assert!(counts.0.lock().unwrap().is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let buckets = Buckets::new(1, 0.0);
        let start = Instant::now();
        let taken = (0..MOST + 10).filter(|key| buckets.take_at(&key.to_string(), start)).count();
        assert_eq!(taken, MOST);
    }
}
