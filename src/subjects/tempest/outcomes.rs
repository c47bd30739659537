//! The outcomes of tests by name, as they are gathered from a file.

use super::error::ContentError;
use chrono::{DateTime, Utc};
use scs_checks::facts::TempestOutcome;
use std::collections::BTreeMap;

/// The most tests of a file; all of Tempest's are some 2,000.
const MOST_TESTS: usize = 50_000;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 1_000;

/// The outcomes of a run.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    pub tests: BTreeMap<String, TempestOutcome>,
    pub contradictions: Vec<String>,
    /// The last instant that the file tells.
    pub finished_at: Option<DateTime<Utc>>,
    pub complete: bool,
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
            .filter_map(|(name, outcome)| Some((class(name)?.to_owned(), *outcome)))
            .collect();
        for (class, outcome) in classes {
            let is_of = |name: &&String| name.strip_prefix(class.as_str()).is_some_and(|rest| rest.starts_with('.'));
            for name in listed.iter().filter(is_of) {
                self.tests.entry(name.clone()).or_insert(outcome);
            }
        }
    }
}

fn is_end(outcome: TempestOutcome) -> bool {
    !matches!(outcome, TempestOutcome::InProgress | TempestOutcome::Listed)
}

/// Returns the class that a name like `setUpClass (tempest.api.Class)` is about.
fn class(name: &str) -> Option<&str> {
    let (fixture, rest) = name.split_once(" (")?;
    matches!(fixture, "setUpClass" | "tearDownClass").then_some(())?;
    rest.strip_suffix(')')
}
