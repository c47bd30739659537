//! The parcels that wait for one server: those of tonight go first, those of earlier nights when nothing of tonight waits.

use super::parcel::Spooled;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The age of a parcel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Age {
    /// It was made just now, and never sent before.
    New,
    /// It was made just now; the server may have its report.
    Again,
    /// It waited in the spool; the server may have its report.
    Earlier,
}

/// The parcels for one server.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    tonight: VecDeque<(Spooled, Age)>,
    earlier: VecDeque<(Spooled, Age)>,
    is_closed: bool,
}

impl Queue {
    /// Adds a parcel.
    pub(super) fn add(&self, parcel: Spooled, age: Age) {
        let mut waiting = self.lock();
        match age {
            Age::New | Age::Again => waiting.tonight.push_back((parcel, age)),
            Age::Earlier => waiting.earlier.push_back((parcel, age)),
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Notes that nothing more is added.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Waits for the next parcel; none when the queue is closed and empty. While the server is in trouble, parcels of earlier
    /// nights are left to the end: they must not use up its tries.
    pub(super) async fn next(&self, is_in_trouble: bool) -> Option<(Spooled, Age)> {
        loop {
            {
                let mut waiting = self.lock();
                if let Some(next) = waiting.tonight.pop_front() {
                    return Some(next);
                }
                if (waiting.is_closed || !is_in_trouble)
                    && let Some(next) = waiting.earlier.pop_front()
                {
                    return Some(next);
                }
                if waiting.is_closed {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
