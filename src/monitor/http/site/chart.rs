//! Strips as SVG: a line for each state, thicker and higher the worse it is, so that they can be read without colour.

use crate::judge::{Day, Run, Strip};
use crate::language::Language;
use chrono::{NaiveDate, TimeDelta};
use std::fmt::Write;

/// A strip that can be drawn.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Chart {
    /// The number of days.
    pub days: usize,
    /// The sentence for those who do not see it.
    pub title: String,
    /// The path of the days that passed.
    pub passed: String,
    /// The path of the days that could not be decided.
    pub undecided: String,
    /// The path of the days that failed.
    pub failed: String,
}

/// The heights at which lines run, in the height of 16 that strips have: each stands on the ground.
const PASSED: &str = "13";
const UNDECIDED: &str = "11";
const FAILED: &str = "8";

impl Chart {
    /// Draws a strip; one that is not there was never tested.
    pub fn new(strip: Option<&Strip>, days: usize, language: Language) -> Self {
        let Some(strip) = strip else {
            let title = language.text("Not tested in these 18 months", "In diesen 18 Monaten nicht getestet");
            return Self { days, title: title.to_owned(), ..Self::default() };
        };
        let runs = strip.runs();
        Self {
            days: strip.days.len(),
            title: title(strip, language),
            passed: path(&runs, Day::Passed, PASSED),
            undecided: path(&runs, Day::Undecided, UNDECIDED),
            failed: path(&runs, Day::Failed, FAILED),
        }
    }
}

fn title(strip: &Strip, language: Language) -> String {
    let count = |state| strip.count(state);
    let (passed, failed) = (count(Day::Passed), count(Day::Failed));
    let (undecided, untested) = (count(Day::Undecided), count(Day::Untested));
    match language {
        Language::En => {
            format!("Days: {passed} passed, {failed} failed, {undecided} not decided, {untested} not tested")
        }
        Language::De => format!(
            "Tage: {passed} bestanden, {failed} nicht bestanden, {undecided} nicht entschieden, {untested} nicht getestet"
        ),
    }
}

/// Returns the path of all days of a state: a line for each run of days, each beginning where the last one ended.
fn path(runs: &[Run], state: Day, height: &str) -> String {
    let (mut path, mut end) = (String::new(), None);
    for run in runs.iter().filter(|run| run.state == state) {
        // Writing to a string cannot fail.
        let _ = match end {
            None => write!(path, "M{} {height}h{}", run.start, run.length),
            Some(end) => write!(path, "m{} 0h{}", run.start - end, run.length),
        };
        end = Some(run.start + run.length);
    }
    path
}

/// Returns the days at which the axis of strips is labelled: the first one, the middle, and the last one.
pub fn axis(today: NaiveDate, shown: TimeDelta, language: Language) -> Vec<String> {
    let days = [today - shown, today - shown / 2, today];
    days.map(|day| language.date(day)).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_own_line() {
        let from = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        let days = vec![Day::Passed, Day::Passed, Day::Failed, Day::Untested, Day::Passed, Day::Undecided, Day::Passed];
        let chart = Chart::new(Some(&Strip { from, days, changes: Vec::new() }), 7, Language::En);
        assert_eq!(chart.passed, "M0 13h2m2 0h1m1 0h1");
        assert_eq!((chart.failed.as_str(), chart.undecided.as_str()), ("M2 8h1", "M5 11h1"));
        assert_eq!(chart.title, "Days: 4 passed, 1 failed, 1 not decided, 1 not tested");
        let nothing = Chart::new(None, 7, Language::De);
        assert_eq!((nothing.passed.as_str(), nothing.days), ("", 7));
        assert_eq!(nothing.title, "In diesen 18 Monaten nicht getestet");
    }
}
