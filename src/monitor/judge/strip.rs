//! The strip of a testcase: one cell for each day, and what it tells: changes, flapping, and the time that a fix took.

use super::nights::Past;
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeMap;

/// More changes than these within [`FLAPPING_DAYS`] are flapping.
const FLAPPING_CHANGES: usize = 3;

/// The days within which changes are counted.
const FLAPPING_DAYS: i64 = 14;

/// The state of a testcase on a day, the worst one last.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Day {
    /// No report of that day has a result.
    #[default]
    Untested,
    /// It passed.
    Passed,
    /// It could not be decided.
    Undecided,
    /// It failed.
    Failed,
}

/// The results of a testcase, a cell for each day.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Strip {
    /// The first day.
    pub from: NaiveDate,
    /// The cells.
    pub days: Vec<Day>,
    /// The changes from one result to the next, the oldest first. A day without a result is no change.
    pub changes: Vec<ResultChange>,
}

/// A change from one result to the next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ResultChange {
    /// The day.
    pub day: NaiveDate,
    /// The result before; [`Day::Untested`] for the first one.
    pub from: Day,
    /// The result since.
    pub to: Day,
    /// The place of the report among those that the strip was made of.
    pub report: usize,
}

/// Days that follow each other and have the same state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Run {
    /// The place of the first one, from 0.
    pub start: usize,
    /// Their number.
    pub length: usize,
    /// The state.
    pub state: Day,
}

/// A time in which a testcase failed: from the first failure to the next PASS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Failure {
    /// The first day.
    pub from: NaiveDate,
    /// The day of the next PASS; none if there was none yet.
    pub fixed: Option<NaiveDate>,
}

/// A time in which a result changed so often that it says little.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Flapping {
    /// The day of the first change.
    pub from: NaiveDate,
    /// The day of the last change.
    pub to: NaiveDate,
    /// The number of changes.
    pub changes: usize,
}

impl From<i8> for Day {
    fn from(number: i8) -> Self {
        match number {
            1 => Self::Passed,
            0 => Self::Undecided,
            _ => Self::Failed,
        }
    }
}

/// Makes the strips of all testcases that are known, from one day to another. A day with several reports shows the worst of them.
pub fn strips(
    past: &[Past],
    from: NaiveDate,
    to: NaiveDate,
    is_known: impl Fn(&str) -> bool,
) -> BTreeMap<String, Strip> {
    let length = usize::try_from((to - from).num_days() + 1).unwrap_or_default();
    let mut cells: BTreeMap<&str, Vec<(Day, usize)>> = BTreeMap::new();
    for (report, one) in past.iter().enumerate() {
        let Ok(place) = usize::try_from((one.checked_at.date_naive() - from).num_days()) else { continue };
        for (id, number) in one.results.by_testcase() {
            if place >= length || !is_known(id) {
                continue;
            }
            let strip = cells.entry(id).or_insert_with(|| vec![(Day::Untested, 0); length]);
            if let Some(cell) = strip.get_mut(place).filter(|cell| cell.0 < Day::from(number)) {
                *cell = (Day::from(number), report);
            }
        }
    }
    cells.into_iter().map(|(id, cells)| (id.to_owned(), Strip::new(from, &cells))).collect()
}

impl Strip {
    fn new(from: NaiveDate, cells: &[(Day, usize)]) -> Self {
        let (mut changes, mut last) = (Vec::new(), Day::Untested);
        for (day, (state, report)) in from.iter_days().zip(cells) {
            if *state != Day::Untested && *state != last {
                changes.push(ResultChange { day, from: last, to: *state, report: *report });
                last = *state;
            }
        }
        Self { from, days: cells.iter().map(|(state, _)| *state).collect(), changes }
    }

    /// Returns the days of the same state that follow each other, the oldest first.
    pub fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (start, state) in self.days.iter().copied().enumerate() {
            match runs.last_mut().filter(|run| run.state == state) {
                Some(run) => run.length += 1,
                None => runs.push(Run { start, length: 1, state }),
            }
        }
        runs
    }

    /// Returns the number of days of a state.
    pub fn count(&self, state: Day) -> usize {
        self.days.iter().filter(|day| **day == state).count()
    }

    /// Returns the state of the last day that has a result.
    pub fn last(&self) -> Day {
        self.changes.last().map_or(Day::Untested, |change| change.to)
    }

    /// Returns the last day of a state.
    pub fn last_day(&self, state: Day) -> Option<NaiveDate> {
        let place = self.days.iter().rposition(|day| *day == state)?;
        self.from.checked_add_signed(TimeDelta::days(i64::try_from(place).ok()?))
    }

    /// Returns the times in which it failed, the oldest first. What could not be decided is no fix.
    pub fn failures(&self) -> Vec<Failure> {
        let mut failures: Vec<Failure> = Vec::new();
        for change in &self.changes {
            let open = failures.last_mut().filter(|failure| failure.fixed.is_none());
            match (change.to, open) {
                (Day::Failed, None) => failures.push(Failure { from: change.day, fixed: None }),
                (Day::Passed, Some(failure)) => failure.fixed = Some(change.day),
                _ => (),
            }
        }
        failures
    }

    /// Returns the first day of the failure that is not fixed yet.
    pub fn failing_since(&self) -> Option<NaiveDate> {
        self.failures().last().filter(|failure| failure.fixed.is_none()).map(|failure| failure.from)
    }

    /// Returns the times in which it flapped, the oldest first: more than three changes within fourteen days.
    pub fn flapping(&self) -> Vec<Flapping> {
        // The first result is no change of anything.
        let days: Vec<NaiveDate> =
            self.changes.iter().filter(|change| change.from != Day::Untested).map(|change| change.day).collect();
        let mut found: Vec<Flapping> = Vec::new();
        for window in days.windows(FLAPPING_CHANGES + 1) {
            let [from, .., to] = window else { continue };
            if (*to - *from).num_days() >= FLAPPING_DAYS {
                continue;
            }
            match found.last_mut().filter(|last| *from <= last.to) {
                Some(last) => last.to = *to,
                None => found.push(Flapping { from: *from, to: *to, changes: 0 }),
            }
        }
        for one in &mut found {
            one.changes = days.iter().filter(|day| (one.from..=one.to).contains(day)).count();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::results::Results;
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, number).unwrap()
    }

    fn report(on: u32, results: &[(&str, i8)]) -> Past {
        let mut uploaded = Results::default();
        results.iter().for_each(|(id, number)| uploaded.add("*", id, *number));
        let checked_at = day(on).and_hms_opt(3, 0, 0).unwrap().and_utc();
        Past { uuid: format!("report-{on}"), checked_at, arrived_at: checked_at, results: uploaded }
    }

    /// Makes a strip of letters, a day each: P, F, A for undecided, and a point for no result.
    fn strip(letters: &str) -> Strip {
        let cell = |letter| match letter {
            'P' => Day::Passed,
            'F' => Day::Failed,
            'A' => Day::Undecided,
            _ => Day::Untested,
        };
        Strip::new(day(1), &letters.chars().map(|letter| (cell(letter), 0)).collect::<Vec<_>>())
    }

    fn letters(strip: &Strip) -> String {
        let letter = |day: &Day| match day {
            Day::Passed => 'P',
            Day::Failed => 'F',
            Day::Undecided => 'A',
            Day::Untested => '.',
        };
        strip.days.iter().map(letter).collect()
    }

    #[rstest]
    #[case::a_cell_a_day(&[(1, 1), (2, -1), (3, 0)], "PFA..")]
    #[case::nothing(&[], "")]
    #[case::worst_of_a_day(&[(2, 1), (2, -1), (2, 0)], ".F...")]
    #[case::undecided_is_worse_than_passed(&[(2, 0), (2, 1)], ".A...")]
    #[case::order_does_not_matter(&[(5, 1), (1, -1)], "F...P")]
    #[case::other_days_are_left_out(&[(5, 1), (6, -1), (30, 1)], "....P")]
    fn strip_has_a_cell_for_each_day(#[case] results: &[(u32, i8)], #[case] expected: &str) {
        let past: Vec<Past> = results.iter().map(|(on, number)| report(*on, &[("a", *number), ("x", 1)])).collect();
        let found = strips(&past, day(1), day(5), |id| id == "a");
        assert_eq!(found.get("a").map(letters).unwrap_or_default(), expected);
        assert!(!found.contains_key("x"), "unknown testcases are left out");
    }

    #[test]
    fn a_change_names_the_report_that_shows_it() {
        let past = [report(1, &[("a", 1)]), report(3, &[("a", 1)]), report(3, &[("a", -1)]), report(4, &[("a", -1)])];
        let found = strips(&past, day(1), day(5), |_| true);
        let change = |on, from, to, report| ResultChange { day: day(on), from, to, report };
        let expected = [change(1, Day::Untested, Day::Passed, 0), change(3, Day::Passed, Day::Failed, 2)];
        assert_eq!(found["a"].changes, expected);
        assert!(strips(&past, day(5), day(1), |_| true).is_empty(), "there is no day between");
    }

    #[rstest]
    #[case("PPP", &[])]
    #[case("PFP", &[(2, Some(3))])]
    #[case("PFFAPF", &[(2, Some(5)), (6, None)])]
    #[case::silence_is_no_fix("F...F", &[(1, None)])]
    #[case::undecided_is_no_fix("FAAF", &[(1, None)])]
    #[case::never_failed("AA.", &[])]
    fn a_failure_lasts_until_the_next_pass(#[case] days: &str, #[case] expected: &[(u32, Option<u32>)]) {
        let strip = strip(days);
        let failure = |(from, fixed): &(u32, Option<u32>)| Failure { from: day(*from), fixed: fixed.map(day) };
        assert_eq!(strip.failures(), expected.iter().map(failure).collect::<Vec<_>>());
        let open = expected.last().filter(|(_, fixed)| fixed.is_none()).map(|(from, _)| day(*from));
        assert_eq!(strip.failing_since(), open);
    }

    #[rstest]
    #[case::three_changes("PFPFFFFFFFFFFFF", &[])]
    #[case::four_changes("PFPFP", &[(2, 5, 4)])]
    #[case::four_in_fourteen_days("PFPF..........P", &[(2, 15, 4)])]
    #[case::four_in_fifteen_days("PFPF...........P", &[])]
    #[case::it_goes_on("PFPFPFPPPPPPP", &[(2, 7, 6)])]
    #[case::two_times("PFPFPPPPPPPPPPPPPPPPFPFP", &[(2, 5, 4), (21, 24, 4)])]
    #[case::silence_is_no_change("P.P.P.P.P", &[])]
    #[case::undecided_counts("PAPAP", &[(2, 5, 4)])]
    fn flapping_is_more_than_three_changes_in_fourteen_days(
        #[case] days: &str,
        #[case] expected: &[(u32, u32, usize)],
    ) {
        let flapping =
            |(from, to, changes): &(u32, u32, usize)| Flapping { from: day(*from), to: day(*to), changes: *changes };
        assert_eq!(strip(days).flapping(), expected.iter().map(flapping).collect::<Vec<_>>());
    }

    #[test]
    fn last_days_are_known() {
        let strip = strip("PFP.A..");
        assert_eq!((strip.last(), strip.last_day(Day::Passed)), (Day::Undecided, Some(day(3))));
        assert_eq!((strip.last_day(Day::Failed), strip.count(Day::Untested)), (Some(day(2)), 3));
        assert_eq!((Strip::default().last(), Strip::default().last_day(Day::Passed)), (Day::Untested, None));
    }

    proptest! {
        #[test]
        fn runs_are_the_days_in_another_form(days in "[PFA.]{0,40}") {
            let strip = strip(&days);
            let again: Vec<Day> = strip.runs().iter().flat_map(|run| vec![run.state; run.length]).collect();
            prop_assert_eq!(&again, &strip.days);
            let mut place = 0;
            for pair in strip.runs().windows(2) {
                prop_assert_ne!(pair[0].state, pair[1].state);
            }
            for run in strip.runs() {
                prop_assert_eq!(run.start, place);
                place += run.length;
            }
        }
    }
}
