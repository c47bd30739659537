//! Nights side by side: the results of each testcase on two days.

use super::mark::Mark;
use crate::http::past::Strips;
use crate::judge::{Day, Rules, Strip};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// A testcase on two days.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pair<'r> {
    /// The testcase.
    pub id: &'r str,
    /// Its result on the first day.
    pub from: Mark,
    /// Its result on the second day.
    pub to: Mark,
}

/// Returns the days with a result, the newest first.
pub fn days(strips: &Strips) -> Vec<NaiveDate> {
    let days = strips.of.values().flat_map(|strip| {
        strip.from.iter_days().zip(&strip.days).filter(|(_, state)| **state != Day::Untested).map(|(day, _)| day)
    });
    days.collect::<BTreeSet<_>>().into_iter().rev().collect()
}

/// Compares all testcases of a scope: those that differ first, the worst result first.
pub fn compare<'r>(rules: &'r Rules, strips: &Strips, from: NaiveDate, to: NaiveDate) -> Vec<Pair<'r>> {
    let mut pairs: Vec<Pair<'_>> = rules
        .testcases
        .keys()
        .map(|id| {
            let on = |day| strips.of.get(id).map_or(Mark::NotTested, |strip| mark(strip, day));
            Pair { id, from: on(from), to: on(to) }
        })
        .collect();
    pairs.sort_by_key(|pair| (pair.from == pair.to, pair.to, pair.from));
    pairs
}

fn mark(strip: &Strip, day: NaiveDate) -> Mark {
    let place = usize::try_from((day - strip.from).num_days()).ok();
    match place.and_then(|place| strip.days.get(place)) {
        Some(Day::Passed) => Mark::Passes,
        Some(Day::Failed) => Mark::Fails,
        Some(Day::Undecided) => Mark::NotDecided,
        Some(Day::Untested) | None => Mark::NotTested,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::rules_of;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}, {id: b}, {id: c}, {id: d}]}]
modules: [{id: m, targets: {main: [a, b, c, d]}}]
timeline: [{date: 2025-01-01, versions: {v1: effective}}]
versions: [{version: v1, include: [m]}]
";

    #[test]
    fn what_differs_comes_first() {
        let from: NaiveDate = "2026-11-01".parse().unwrap();
        let strip = |days: [Day; 4]| Strip { from, days: days.to_vec(), changes: Vec::new() };
        let (pass, fail, open, none) = (Day::Passed, Day::Failed, Day::Undecided, Day::Untested);
        let of = [
            ("a", strip([pass, none, none, pass])),
            ("b", strip([pass, none, none, fail])),
            ("c", strip([fail, open, none, none])),
        ];
        let mut strips = Strips::default();
        strips.of.extend(of.map(|(id, strip)| (id.to_owned(), strip)));
        let shown: Vec<String> = days(&strips).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["2026-11-04", "2026-11-02", "2026-11-01"]);
        let rules = rules_of(SCOPE);
        let pairs = |from: &str, to: &str| -> Vec<String> {
            let found = compare(&rules, &strips, from.parse().unwrap(), to.parse().unwrap());
            found.iter().map(|pair| format!("{} {} {}", pair.id, pair.from.class(), pair.to.class())).collect()
        };
        assert_eq!(pairs("2026-11-01", "2026-11-04"), ["b pass fail", "c fail miss", "d miss miss", "a pass pass"]);
        assert_eq!(
            pairs("2026-11-04", "2026-12-24")[..2],
            ["b fail miss", "a pass miss"],
            "nothing is known of that day"
        );
    }
}
