//! The outcomes of tests by name, as they are gathered from a file.

use super::error::ContentError;
use chrono::{DateTime, Utc};
use scs_checks::facts::TempestOutcome;
use std::collections::BTreeMap;

/// The most tests of a file; all of Tempest's are some 2,000.
const MOST_TESTS: usize = 50_000;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 1_000;
/// The most that is kept of a traceback, in bytes, from its end.
const TRACEBACK: usize = 4_096;
/// The most tests whose tracebacks are kept at the same time, until they end.
const TRACEBACKS: usize = 100;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 300;

/// The outcomes of a run.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    pub tests: BTreeMap<String, TempestOutcome>,
    pub contradictions: Vec<String>,
    /// The last instant that the file tells.
    pub finished_at: Option<DateTime<Utc>>,
    pub complete: bool,
    /// The error of each test that failed.
    pub reasons: BTreeMap<String, String>,
    pub(super) tracebacks: BTreeMap<String, Vec<u8>>,
}

/// Returns the name of a test without the tags in brackets behind it.
pub(super) fn without_tags(name: &str) -> &str {
    name.split('[').next().unwrap_or(name).trim()
}

impl Outcomes {
    /// Adds an event of a test. A test that ends twice has to end in the same way.
    ///
    /// # Errors
    /// There are more tests, or longer names, than any real file has.
    pub fn add(&mut self, name: &str, outcome: TempestOutcome) -> Result<(), ContentError> {
        let name = without_tags(name);
        if name.len() > LONGEST_NAME {
            return Err(ContentError::TooLarge("1,000 bytes in the name of a test"));
        }
        if is_end(outcome) {
            let reason = self.tracebacks.remove(name).and_then(|text| error_of(&text));
            let is_kept = outcome == TempestOutcome::Failed && self.reasons.len() < MOST_TESTS;
            self.reasons.extend(reason.filter(|_| is_kept).map(|reason| (name.to_owned(), reason)));
        }
        if let Some(known) = self.tests.get_mut(name) {
            match (is_end(*known), is_end(outcome)) {
                (true, true) if *known != outcome => {
                    let both = format!("{name} ended twice, as {known} and as {outcome}");
                    self.contradictions.push(both);
                }
                (false, _) => *known = outcome,
                _ => {}
            }
            return Ok(());
        }
        if self.tests.len() >= MOST_TESTS {
            return Err(ContentError::TooLarge("50,000 tests"));
        }
        self.tests.insert(name.to_owned(), outcome);
        Ok(())
    }

    /// Adds a piece of the traceback of a test.
    pub fn add_traceback(&mut self, name: &str, piece: &[u8]) {
        let name = without_tags(name);
        if name.len() > LONGEST_NAME || self.tracebacks.len() >= TRACEBACKS && !self.tracebacks.contains_key(name) {
            return;
        }
        let kept = self.tracebacks.entry(name.to_owned()).or_default();
        kept.extend_from_slice(piece);
        let surplus = kept.len().saturating_sub(TRACEBACK);
        kept.drain(..surplus);
    }

    /// Returns the number of tests with an end, and of those that failed; preparations of classes are no tests.
    pub fn ended(&self) -> (usize, usize) {
        let ends = self.tests.iter().filter(|(name, outcome)| is_end(**outcome) && class_of(name).is_none());
        ends.fold((0, 0), |(all, failed), (_, outcome)| {
            (all + 1, failed + usize::from(*outcome == TempestOutcome::Failed))
        })
    }

    /// Notes the instant of an event.
    pub fn seen_at(&mut self, instant: DateTime<Utc>) {
        self.finished_at = self.finished_at.max(Some(instant));
    }

    /// Gives the tests of a class the outcome of its preparation, such as `setUpClass (tempest.api.Class)`, if that failed or
    /// was skipped: then none of them was run. Only listed names are known besides those of the file.
    pub fn expand_classes(&mut self, listed: &[String]) {
        let classes: Vec<(String, TempestOutcome)> = self
            .tests
            .iter()
            .filter(|(_, outcome)| matches!(outcome, TempestOutcome::Failed | TempestOutcome::Skipped))
            .filter_map(|(name, outcome)| Some((class_of(name)?.to_owned(), *outcome)))
            .collect();
        for (class, outcome) in classes {
            let is_of = |name: &&String| name.strip_prefix(class.as_str()).is_some_and(|rest| rest.starts_with('.'));
            let fixture = self.reasons.iter().find(|(name, _)| class_of(name) == Some(class.as_str()));
            let reason = fixture.map(|(_, reason)| reason.clone());
            // A worker lists its tests before it prepares their classes.
            let is_open = |name: &&String| matches!(self.tests.get(*name), None | Some(TempestOutcome::Listed));
            let open: Vec<&String> = listed.iter().filter(is_of).filter(is_open).collect();
            for name in open {
                self.tests.insert(name.clone(), outcome);
                self.reasons.extend(reason.iter().map(|reason| (name.clone(), reason.clone())));
            }
        }
    }
}

fn is_end(outcome: TempestOutcome) -> bool {
    !matches!(outcome, TempestOutcome::InProgress | TempestOutcome::Listed)
}

/// Returns the class that a name like `setUpClass (tempest.api.Class)` is about.
fn class_of(name: &str) -> Option<&str> {
    let (fixture, rest) = name.split_once(" (")?;
    matches!(fixture, "setUpClass" | "tearDownClass").then_some(())?;
    rest.strip_suffix(')')
}

/// Returns the error behind the frames of a traceback, in one line and not too long; all that is unindented at its end belongs to
/// it.
fn error_of(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let mut lines: Vec<&str> = text.trim_end().lines().rev().take_while(|line| !line.starts_with(' ')).collect();
    lines.reverse();
    let error = lines.into_iter().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    Some(error.chars().take(LONGEST_REASON).collect()).filter(|error: &String| !error.is_empty())
}
