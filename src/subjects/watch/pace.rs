//! The pauses between looks at something that is waited for: short at first, then longer and longer.

use std::time::Duration;

/// Pauses that grow to about a seventh of the time that has passed, each with some jitter so that many runs do not ask
/// at the same moment.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The first pause.
    pub first: Duration,
    /// The longest one.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: Duration::from_millis(250), longest: Duration::from_secs(5) }
    }
}

impl Pace {
    /// Returns the pauses, without end.
    pub fn pauses(self) -> impl Iterator<Item = Duration> {
        let grow = move |pause: &Duration| Some(pause.mul_f64(1.15).min(self.longest));
        std::iter::successors(Some(self.first), grow).map(|pause| pause.mul_f64(rand::random_range(0.8..1.2)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let pace = Pace { first: Duration::from_millis(100), longest: Duration::from_secs(1) };
        let pauses: Vec<Duration> = pace.pauses().take(40).collect();
        assert!(pauses[0] < Duration::from_millis(121), "{pauses:?}");
        assert!(pauses[39] > Duration::from_millis(799) && pauses[39] < Duration::from_millis(1201), "{pauses:?}");
    }
}
