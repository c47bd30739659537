//! The history of a subject for people: a line for each testcase, a column for each night.

use crate::state::Attempt;
use chrono::NaiveDate;
use scs_checks::verdict::Verdict;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The number of changes between PASS and FAIL from which a testcase is called flapping.
const FLAPPING: usize = 3;

/// The nights of a subject in a scope.
pub struct Nights<'a> {
    /// The nights that are shown, the oldest first.
    attempts: Vec<&'a Attempt>,
    /// All attempts that are known.
    all: &'a [Attempt],
}

impl<'a> Nights<'a> {
    /// Takes the last attempts of so many nights; of a night with several attempts, all that they decided.
    pub fn last(attempts: &'a [Attempt], nights: usize) -> Vec<Attempt> {
        let mut by_night: BTreeMap<NaiveDate, Attempt> = BTreeMap::new();
        for attempt in attempts {
            match by_night.get_mut(&attempt.night) {
                Some(merged) => merge(merged, attempt),
                None => drop(by_night.insert(attempt.night, attempt.clone())),
            }
        }
        let skipped = by_night.len().saturating_sub(nights);
        by_night.into_values().skip(skipped).collect()
    }

    /// Shows nights, the oldest first; `all` are the attempts that are known besides.
    pub fn new(nights: &'a [Attempt], all: &'a [Attempt]) -> Self {
        Self { attempts: nights.iter().collect(), all }
    }

    /// Returns the page: every testcase, or only those that are not all PASS.
    pub fn page(&self, title: &str, all: bool) -> String {
        let (Some(first), Some(last)) = (self.attempts.first(), self.attempts.last()) else {
            return format!("{title}: no night is known\n");
        };
        let ids = self.testcases();
        let width = ids.iter().map(|id| id.len()).max().unwrap_or_default().max("definitions".len());
        let nights = if self.attempts.len() == 1 { "night" } else { "nights" };
        let mut page = format!("{title}: {} {nights} from {} to {}\n\n", self.attempts.len(), first.night, last.night);
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{:width$}  {}", "", self.row(|attempt| day(attempt.night)));
        let changed = self.row(|attempt| self.changed(attempt));
        let _ = writeln!(page, "{}", format!("{:width$}  {changed}", "definitions").trim_end());
        let mut hidden = 0;
        for id in ids {
            if !all && self.is_quiet(id) {
                hidden += 1;
                continue;
            }
            let cells = self.row(|attempt| letter(attempt.verdict_of(id)));
            let _ = writeln!(page, "{id:width$}  {cells}  {}", self.remark(id));
        }
        let _ = writeln!(page, "\nP pass, F fail, A abort, M miss, . not run; C the definitions changed");
        if hidden > 0 {
            let _ = writeln!(page, "{hidden} testcases that never failed are not shown; --all shows them");
        }
        page
    }

    fn row(&self, cell: impl Fn(&Attempt) -> String) -> String {
        self.attempts.iter().map(|attempt| format!("{:>5}", cell(attempt))).collect::<Vec<_>>().join(" ")
    }

    fn testcases(&self) -> Vec<&'a str> {
        let all = self.attempts.iter().flat_map(|attempt| attempt.testcases.values().flatten());
        let mut ids: Vec<&str> = all.map(String::as_str).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Returns `C` if the definitions are not those of the night before.
    fn changed(&self, attempt: &Attempt) -> String {
        let at = self.attempts.iter().position(|one| std::ptr::eq(*one, attempt)).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|before| self.attempts.get(before));
        before.filter(|before| before.definitions != attempt.definitions).map_or(String::new(), |_| "C".to_owned())
    }

    fn is_quiet(&self, id: &str) -> bool {
        let is_quiet = |verdict| matches!(verdict, Verdict::Pass | Verdict::Miss);
        self.attempts.iter().filter_map(|attempt| attempt.verdict_of(id)).all(is_quiet)
    }

    fn remark(&self, id: &str) -> String {
        let decided: Vec<Verdict> = self
            .attempts
            .iter()
            .filter_map(|attempt| attempt.verdict_of(id))
            .filter(|verdict| matches!(verdict, Verdict::Pass | Verdict::Fail))
            .collect();
        let changes = decided.windows(2).filter(|pair| matches!(pair, [one, other] if one != other)).count();
        let passed = self.all.iter().filter(|attempt| attempt.verdict_of(id) == Some(Verdict::Pass));
        let last = passed.map(|attempt| attempt.night).max();
        let last = last.map_or("never passed".to_owned(), |night| format!("last pass {night}"));
        if changes >= FLAPPING { format!("flapping, {last}") } else { last }
    }
}

/// Adds what a later attempt of the same night has decided, and what no attempt has.
fn merge(into: &mut Attempt, later: &Attempt) {
    let is_decided = |verdict: Verdict| matches!(verdict, Verdict::Pass | Verdict::Fail);
    for (verdict, ids) in &later.testcases {
        let ids: Vec<String> = ids
            .iter()
            .filter(|id| is_decided(*verdict) || !into.verdict_of(id).is_some_and(is_decided))
            .cloned()
            .collect();
        for known in into.testcases.values_mut() {
            known.retain(|id| !ids.contains(id));
        }
        into.testcases.entry(*verdict).or_default().extend(ids);
    }
    into.definitions.clone_from(&later.definitions);
}

fn day(night: NaiveDate) -> String {
    night.format("%m-%d").to_string()
}

fn letter(verdict: Option<Verdict>) -> String {
    match verdict {
        Some(Verdict::Pass) => "P",
        Some(Verdict::Fail) => "F",
        Some(Verdict::Abort) => "A",
        Some(Verdict::Miss) => "M",
        None => ".",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(verdicts: &[Verdict]) -> Vec<Attempt> {
        (1..).zip(verdicts).map(|(day, verdict)| Attempt::sample(day, *verdict)).collect()
    }

    #[test]
    fn flapping_testcases_are_marked() {
        use Verdict::{Fail, Pass};
        let steady = attempts(&[Pass, Fail, Fail]);
        let page = Nights::new(&steady, &steady).page("a", false);
        assert!(page.contains("t                P     F     F  last pass 2026-11-01\n"), "{page}");
        let flapping = attempts(&[Pass, Fail, Pass, Fail]);
        assert!(Nights::new(&flapping, &flapping).page("a", false).contains("flapping, last pass 2026-11-03"));
        let never = attempts(&[Fail]);
        assert!(Nights::new(&never, &never).page("a", false).contains("never passed"));
    }

    #[test]
    fn what_always_passed_is_hidden_unless_asked_for() {
        let all = attempts(&[Verdict::Pass, Verdict::Pass]);
        let nights = Nights::new(&all, &all);
        assert!(nights.page("a", false).contains("1 testcases that never failed are not shown"));
        assert!(nights.page("a", true).contains("t                P     P  last pass 2026-11-02"));
    }

    #[test]
    fn attempts_of_a_night_are_one_column_and_new_rules_are_told() {
        let mut all = attempts(&[Verdict::Abort, Verdict::Fail]);
        let again = Attempt { attempt: 2, definitions: "e".into(), ..Attempt::sample(2, Verdict::Pass) };
        all.push(again);
        let merged = Nights::last(&all, 14);
        assert_eq!(merged.len(), 2);
        let page = Nights::new(&merged, &merged).page("a", true);
        assert!(page.contains("definitions            C\n") && page.contains("A     P"), "{page}");
        assert_eq!(Nights::last(&all, 1).len(), 1);
    }

    #[test]
    fn what_a_night_has_decided_stays_decided() {
        let mut all = attempts(&[Verdict::Pass]);
        all.push(Attempt { attempt: 2, ..Attempt::sample(1, Verdict::Abort) });
        assert_eq!(Nights::last(&all, 14)[0].verdict_of("t"), Some(Verdict::Pass));
        all.push(Attempt { attempt: 3, ..Attempt::sample(1, Verdict::Fail) });
        assert_eq!(Nights::last(&all, 14)[0].verdict_of("t"), Some(Verdict::Fail));
        let shown = attempts(&[Verdict::Fail]);
        assert!(Nights::new(&shown, &all).page("a", true).contains("last pass 2026-11-01"), "before the columns");
    }

    #[test]
    fn no_night_is_said_to_be_none() {
        assert_eq!(Nights::new(&[], &[]).page("a", true), "a: no night is known\n");
    }
}
