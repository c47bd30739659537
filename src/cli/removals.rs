//! Keeps count of what is being removed: how much is left, and until when that is tried.

use std::time::{Duration, Instant};

/// The time between lines about what is still being removed, where lines do not move.
const REMINDER: Duration = Duration::from_secs(5);
/// The number of things that a line names.
const NAMED: usize = 3;

/// Everything that is to be removed in a run.
#[derive(Default)]
pub(super) struct Removals {
    all: usize,
    left: Vec<String>,
    since: Option<Instant>,
    limit: Duration,
    /// The time of the last line about it.
    announced: Option<Instant>,
}

impl Removals {
    /// Notes what is about to be removed within a time.
    pub(super) fn add(&mut self, what: &[String], limit: Duration, now: Instant) {
        self.all += what.len();
        self.left.extend_from_slice(what);
        self.since.get_or_insert(now);
        self.announced.get_or_insert(now);
        self.limit = self.limit.max(limit);
    }

    /// Notes that something was removed, or could not be.
    pub(super) fn end(&mut self, what: &str) {
        if let Some(index) = self.left.iter().position(|one| one == what) {
            self.left.remove(index);
        }
    }

    /// Returns the line that answers the end of a run: what is removed now, and for how long that is tried.
    pub(super) fn announcement(&self) -> Option<String> {
        let count = self.left.len();
        (count > 0).then(|| {
            let (names, limit) = (self.names(), span(self.limit));
            format!("removing {names}, for up to {limit}; a second signal leaves what is not removed by then")
        })
    }

    /// Returns a line about what goes on, if the last one was long ago.
    pub(super) fn reminder(&mut self, now: Instant) -> Option<String> {
        let is_due = self.announced.is_some_and(|announced| now.duration_since(announced) >= REMINDER);
        let line = self.brief(now).filter(|_| is_due)?;
        self.announced = Some(now);
        Some(line)
    }

    /// Returns what goes on: `removing volume X (13 s of 5 min), 2 of 6 left`.
    pub(super) fn brief(&self, now: Instant) -> Option<String> {
        let since = self.since.filter(|_| !self.left.is_empty())?;
        let (elapsed, limit) = (span(now.duration_since(since)), span(self.limit));
        Some(format!("removing {} ({elapsed} of {limit}), {} of {} left", self.names(), self.left.len(), self.all))
    }

    fn names(&self) -> String {
        let named = self.left.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        match self.left.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }
}

/// Returns a time for people.
pub(super) fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removals(now: Instant) -> Removals {
        let mut removals = Removals::default();
        removals.add(&["server a".to_owned(), "port b".to_owned()], Duration::from_secs(300), now);
        removals.add(&["volume c".to_owned(), "volume d".to_owned()], Duration::from_secs(300), now);
        removals
    }

    #[test]
    fn removal_is_announced_with_its_limit() {
        let announcement = removals(Instant::now()).announcement().unwrap();
        assert!(
            announcement.starts_with("removing server a, port b, volume c and 1 more, for up to 5 min;"),
            "{announcement}"
        );
        assert_eq!(Removals::default().announcement(), None);
    }

    #[test]
    fn every_few_seconds_a_line_says_what_is_left() {
        let began = Instant::now();
        let mut removals = removals(began);
        removals.end("server a");
        removals.end("port b");
        removals.end("something else");
        let at = |seconds| began + Duration::from_secs(seconds);
        let lines: Vec<(u64, String)> =
            (0..=12).filter_map(|second| Some((second, removals.reminder(at(second))?))).collect();
        let line = |seconds| (seconds, format!("removing volume c, volume d ({seconds} s of 5 min), 2 of 4 left"));
        assert_eq!(lines, [line(5), line(10)]);
        removals.end("volume c");
        removals.end("volume d");
        assert_eq!(removals.reminder(at(60)), None);
    }
}
