//! Rolls the verdicts of testcases up to targets, and those of targets to versions.
//!
//! `FAIL > MISS > ABORT > PASS`; only the target `main` decides. A target without testcases
//! has no verdict at all: an empty list proves nothing (deviation Q-SPEC-11).

use crate::verdict::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many testcases of a target ended in which way.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many could not be decided.
    pub aborted: usize,
    /// How many were not tested.
    pub missing: usize,
}

impl Tally {
    /// Counts verdicts.
    pub fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut tally = Self::default();
        for verdict in verdicts {
            match verdict {
                Verdict::Pass => tally.passed += 1,
                Verdict::Fail => tally.failed += 1,
                Verdict::Abort => tally.aborted += 1,
                Verdict::Miss => tally.missing += 1,
            }
        }
        tally
    }

    /// How many testcases there are.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.aborted + self.missing
    }

    /// The verdict on the whole; none for an empty target.
    pub fn verdict(&self) -> Option<Verdict> {
        if self.failed > 0 {
            Some(Verdict::Fail)
        } else if self.missing > 0 {
            Some(Verdict::Miss)
        } else if self.aborted > 0 {
            Some(Verdict::Abort)
        } else if self.passed > 0 {
            Some(Verdict::Pass)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use strum::VariantArray;

    proptest! {
        #[test]
        fn the_tally_agrees_with_the_order_of_verdicts(
            verdicts in prop::collection::vec(prop::sample::select(Verdict::VARIANTS), 0..20)
        ) {
            let tally = Tally::of(verdicts.iter().copied());
            prop_assert_eq!(tally.verdict(), verdicts.iter().max().copied());
            prop_assert_eq!(tally.total(), verdicts.len());
        }
    }
}
