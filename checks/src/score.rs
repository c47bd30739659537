//! The roll-up: from testcases to targets, from targets to versions, from versions to the conclusion of a run.
//!
//! `FAIL > MISS > ABORT > PASS`; only the target `main` decides. A target without testcases has no verdict at all: an empty
//! list proves nothing (deviation Q-SPEC-11). A testcase that a target lists and that has no result was not tested. Nothing
//! else in this workspace rolls verdicts up.

use crate::accepts::is_default;
use crate::verdict::{ReasonCode, Verdict};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The part of a testcase's result that the roll-up reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Score {
    /// The verdict.
    pub verdict: Verdict,
    /// True for a PASS over nothing.
    pub vacuous: bool,
    /// The reason of an ABORT or a MISS.
    pub reason: Option<ReasonCode>,
}

impl Score {
    /// The score of a testcase that has no result.
    pub const ABSENT: Self = Self { verdict: Verdict::Miss, vacuous: false, reason: None };

    /// Returns true for a testcase that does not concern the subject.
    fn is_inapplicable(self) -> bool {
        self.reason == Some(ReasonCode::NotApplicable)
    }
}

/// The counts of a target's testcases by verdict.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// The number of passed testcases.
    pub passed: usize,
    /// The number of failed testcases.
    pub failed: usize,
    /// The number of testcases that could not be decided.
    pub aborted: usize,
    /// The number of testcases that were not tested.
    pub missing: usize,
    /// The number of testcases that do not concern the subject. They do not count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_applicable: usize,
}

impl Tally {
    /// Counts testcases by their scores.
    pub fn of(scores: impl IntoIterator<Item = Score>) -> Self {
        let mut tally = Self::default();
        for score in scores {
            match score.verdict {
                Verdict::Miss if score.is_inapplicable() => tally.not_applicable += 1,
                Verdict::Pass => tally.passed += 1,
                Verdict::Fail => tally.failed += 1,
                Verdict::Abort => tally.aborted += 1,
                Verdict::Miss => tally.missing += 1,
            }
        }
        tally
    }

    /// Adds the testcases of another target.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            aborted: self.aborted + other.aborted,
            missing: self.missing + other.missing,
            not_applicable: self.not_applicable + other.not_applicable,
        }
    }

    /// Returns the number of testcases that count.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.aborted + self.missing
    }

    /// Returns the verdict on the whole; none for a target that is empty, or of which nothing concerns the subject.
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

/// The state of testcases that are neither passed nor failed, as far as the conclusion mentions it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Open {
    /// The run ended before they were decided.
    Interrupted,
    /// They were not tested.
    NotRun(Option<ReasonCode>),
    /// They were tested, but not decided.
    Undecided(Option<ReasonCode>),
}

/// The state of the testcases in the targets `main` of one or several versions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The number of passed testcases.
    pub passed: usize,
    /// The number of passed testcases that examined something.
    pub substantial: usize,
    /// The number of failed testcases.
    pub failed: usize,
    /// The number of testcases that the user's selection left out.
    pub not_selected: usize,
    /// The number of testcases that do not concern the subject.
    pub not_applicable: usize,
    /// The number of open testcases, by reason.
    pub open: IndexMap<Open, usize>,
}

impl Standing {
    /// Counts the testcases of a target.
    pub fn of(scores: impl IntoIterator<Item = Score>) -> Self {
        let mut standing = Self::default();
        scores.into_iter().for_each(|score| standing.add(score));
        standing
    }

    fn add(&mut self, score: Score) {
        match (score.verdict, score.reason) {
            (Verdict::Fail, _) => self.failed += 1,
            (Verdict::Pass, _) => {
                self.passed += 1;
                self.substantial += usize::from(!score.vacuous);
            }
            (Verdict::Miss, Some(ReasonCode::NotSelected)) => self.not_selected += 1,
            (Verdict::Miss, Some(ReasonCode::NotApplicable)) => self.not_applicable += 1,
            (_, Some(ReasonCode::Interrupted)) => self.add_open(Open::Interrupted, 1),
            (Verdict::Miss, reason) => self.add_open(Open::NotRun(reason), 1),
            (Verdict::Abort, reason) => self.add_open(Open::Undecided(reason), 1),
        }
    }

    fn add_open(&mut self, open: Open, number: usize) {
        *self.open.entry(open).or_default() += number;
    }

    /// Adds the testcases of another version.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.passed += other.passed;
        self.substantial += other.substantial;
        self.failed += other.failed;
        self.not_selected += other.not_selected;
        self.not_applicable += other.not_applicable;
        other.open.iter().for_each(|(open, number)| self.add_open(*open, *number));
        self
    }

    /// Returns the number of testcases that count.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.not_selected + self.open.values().sum::<usize>()
    }

    /// Concludes on one version. `whole` is true for a run that reached its subject and was not interrupted. What the run
    /// left behind is not a matter of a version.
    pub fn conclusion(&self, whole: bool) -> Conclusion {
        if self.failed > 0 {
            Conclusion::Violation
        } else if self.substantial > 0 && self.open.is_empty() && whole {
            Conclusion::Conformant
        } else {
            Conclusion::Undecided
        }
    }
}

/// The conclusion of a run. The first that applies counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Conclusion {
    /// A violation in target `main` of a deciding version.
    Violation,
    /// No violation, but something that decides was not, or could not be, tested.
    Undecided,
    /// Everything that was selected and decides has passed, but the run has left something behind.
    Residue,
    /// Everything that was selected and decides has passed.
    Conformant,
}

impl Conclusion {
    /// Concludes on the versions that decide. `whole` as for [`Standing::conclusion`]; `residue` is true if the run left
    /// something behind.
    ///
    /// A testcase that the user's selection left out does not count here. But a version without any PASS over something
    /// shows nothing, whatever the others do: be its `main` empty or left out, or the cloud so empty that nothing could
    /// be wrong.
    pub fn of(deciding: &[Standing], whole: bool, residue: bool) -> Self {
        let all = deciding.iter().fold(Standing::default(), Standing::and);
        let hollow = deciding.iter().any(|standing| standing.substantial == 0);
        match all.conclusion(whole) {
            Self::Conformant if hollow => Self::Undecided,
            Self::Conformant if residue => Self::Residue,
            conclusion => conclusion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use strum::VariantArray;

    const PASS: Score = Score { verdict: Verdict::Pass, vacuous: false, reason: None };
    const VACUOUS: Score = Score { vacuous: true, ..PASS };
    const FAIL: Score = Score { verdict: Verdict::Fail, vacuous: false, reason: None };
    const ABORT: Score = Score { verdict: Verdict::Abort, vacuous: false, reason: Some(ReasonCode::Deadline) };
    const LEFT_OUT: Score = Score { reason: Some(ReasonCode::NotSelected), ..Score::ABSENT };
    const OF_NO_CONCERN: Score = Score { reason: Some(ReasonCode::NotApplicable), ..Score::ABSENT };

    #[rstest]
    #[case::all_passed(vec![vec![PASS, VACUOUS]], true, false, Conclusion::Conformant)]
    #[case::residue(vec![vec![PASS]], true, true, Conclusion::Residue)]
    #[case::violation_before_residue(vec![vec![PASS, FAIL]], true, true, Conclusion::Violation)]
    #[case::open_before_residue(vec![vec![PASS, ABORT]], true, true, Conclusion::Undecided)]
    #[case::not_tested(vec![vec![PASS, Score::ABSENT]], true, false, Conclusion::Undecided)]
    #[case::interrupted(vec![vec![PASS]], false, false, Conclusion::Undecided)]
    #[case::left_out(vec![vec![PASS, LEFT_OUT]], true, false, Conclusion::Conformant)]
    #[case::only_left_out(vec![vec![LEFT_OUT]], true, false, Conclusion::Undecided)]
    #[case::of_no_concern(vec![vec![PASS, OF_NO_CONCERN]], true, false, Conclusion::Conformant)]
    #[case::only_of_no_concern(vec![vec![OF_NO_CONCERN]], true, false, Conclusion::Undecided)]
    #[case::violation_beside_no_concern(vec![vec![OF_NO_CONCERN, FAIL]], true, false, Conclusion::Violation)]
    #[case::vacuous(vec![vec![VACUOUS]], true, false, Conclusion::Undecided)]
    #[case::one_version_is_empty(vec![vec![PASS], vec![]], true, false, Conclusion::Undecided)]
    #[case::one_version_is_violated(vec![vec![PASS], vec![FAIL]], true, false, Conclusion::Violation)]
    #[case::nothing_decides(vec![], true, false, Conclusion::Undecided)]
    fn the_conclusion_follows_from_all_versions(
        #[case] versions: Vec<Vec<Score>>,
        #[case] whole: bool,
        #[case] residue: bool,
        #[case] expected: Conclusion,
    ) {
        let standings: Vec<Standing> = versions.into_iter().map(Standing::of).collect();
        assert_eq!(Conclusion::of(&standings, whole, residue), expected);
    }

    #[rstest]
    #[case(vec![OF_NO_CONCERN], None)]
    #[case(vec![OF_NO_CONCERN, PASS], Some(Verdict::Pass))]
    #[case(vec![OF_NO_CONCERN, LEFT_OUT, PASS], Some(Verdict::Miss))]
    fn a_testcase_of_no_concern_does_not_count(#[case] scores: Vec<Score>, #[case] verdict: Option<Verdict>) {
        let tally = Tally::of(scores.iter().copied());
        assert_eq!((tally.verdict(), tally.not_applicable, tally.total()), (verdict, 1, scores.len() - 1));
    }

    proptest! {
        #[test]
        fn the_tally_agrees_with_the_order_of_verdicts(
            verdicts in prop::collection::vec(prop::sample::select(Verdict::VARIANTS), 0..20)
        ) {
            let tally = Tally::of(verdicts.iter().map(|verdict| Score { verdict: *verdict, ..PASS }));
            prop_assert_eq!(tally.verdict(), verdicts.iter().max().copied());
            prop_assert_eq!(tally.total(), verdicts.len());
        }

        #[test]
        fn a_standing_counts_each_testcase_once(
            verdicts in prop::collection::vec(prop::sample::select(Verdict::VARIANTS), 0..20)
        ) {
            let standing = Standing::of(verdicts.iter().map(|verdict| Score { verdict: *verdict, ..PASS }));
            prop_assert_eq!(standing.total(), verdicts.len());
        }
    }
}
