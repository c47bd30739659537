//! Failures that took long are shared: those who ask beside a failed attempt get its outcome, and need not wait for one of their own.

use crate::store::StoreError;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time for which a failure is remembered.
const MEMORY: Duration = Duration::from_secs(1);

/// The time from which on an attempt took long. After a short one the next may try at once.
const LONG: Duration = Duration::from_millis(500);

/// The last failure of something that took long, if there was no other outcome since.
#[derive(Debug, Default)]
pub struct Failures(Mutex<Option<Instant>>);

impl Failures {
    /// Refuses whoever asked before the last failure, or a moment after it.
    ///
    /// # Errors
    /// There was such a failure.
    pub fn refuse_since(&self, arrival: Instant) -> Result<(), StoreError> {
        let failed = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match failed {
            Some(failed) if arrival <= failed || failed.elapsed() < MEMORY => Err(StoreError::Silent),
            _ => Ok(()),
        }
    }

    /// Notes the outcome of an attempt that began at an instant, and returns it.
    ///
    /// # Errors
    /// That of the outcome.
    pub fn note<T>(&self, began: Instant, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        let failed = (outcome.is_err() && began.elapsed() >= LONG).then(Instant::now);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failed;
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_asked_before_a_failure_share_it() {
        let (failures, arrival) = (Failures::default(), Instant::now());
        assert!(failures.refuse_since(arrival).is_ok());
        assert!(failures.note(Instant::now(), Err::<(), _>(StoreError::Silent)).is_err());
        assert!(failures.refuse_since(arrival).is_ok(), "it was a short one");
        let long_ago = arrival.checked_sub(LONG).unwrap();
        assert!(failures.note(long_ago, Err::<(), _>(StoreError::Silent)).is_err());
        assert!(failures.refuse_since(arrival).is_err());
        assert!(failures.refuse_since(Instant::now()).is_err(), "for a moment");
        failures.note(long_ago, Ok(())).unwrap();
        assert!(failures.refuse_since(arrival).is_ok());
    }
}
