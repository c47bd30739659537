//! The states of tests, as one file has them or several together.

use super::budget::{LONGEST_NAME, MOST_TESTS};
use super::error::ContentError;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The state of a test by one file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// `passed`, `failed`, `skipped`, or what else it is.
    pub status: String,
    /// The time that it took, in microseconds; none if that is not known.
    pub micros: Option<u64>,
}

/// The most contradictions that are kept, each with names of both sides.
const MOST_CONTRADICTIONS: usize = 50;

/// Contradictions between files or within one, each in a sentence.
#[derive(Debug, Default)]
pub(super) struct Contradictions(Vec<String>);

impl Contradictions {
    pub fn add(&mut self, what: impl Into<String>) {
        let what = what.into();
        if self.0.len() < MOST_CONTRADICTIONS && !self.0.contains(&what) {
            self.0.push(what);
        }
    }

    pub fn extend(&mut self, others: Self) {
        others.0.into_iter().for_each(|what| self.add(what));
    }

    pub fn into_list(self) -> Vec<String> {
        self.0
    }

    /// Notes two values that should be the same, each with where it stands.
    pub fn compare<T: PartialEq + std::fmt::Display>(
        &mut self,
        (one, of_one): (T, &str),
        (other, of_other): (T, &str),
    ) {
        if one != other {
            self.add(format!("{of_one} says {one}, {of_other} says {other}"));
        }
    }
}

/// Tests by name.
#[derive(Debug, Default)]
pub(super) struct States(pub BTreeMap<String, State>);

impl States {
    /// Notes a test of a file of which it is said for the first time; else what was said before.
    ///
    /// # Errors
    /// There are too many tests, or its name is too long.
    pub fn add(&mut self, name: &str, state: State) -> Result<Option<&mut State>, ContentError> {
        if name.len() > LONGEST_NAME {
            return Err(ContentError::TooLarge(format!("it has a test with a name of {} bytes", name.len())));
        }
        if self.0.len() >= MOST_TESTS {
            return Err(ContentError::TooManyTests(MOST_TESTS));
        }
        Ok(match self.0.entry(name.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(state);
                None
            }
            Entry::Occupied(entry) => Some(entry.into_mut()),
        })
    }

    /// Takes in the tests of another file, which may not say anything else of the same test.
    ///
    /// # Errors
    /// There are too many tests.
    pub fn join(&mut self, other: Self, contradictions: &mut Contradictions) -> Result<(), ContentError> {
        for (name, state) in other.0 {
            let status = state.status.clone();
            if let Some(known) = self.add(&name, state)?.filter(|known| known.status != status) {
                contradictions.add(format!("{name:?} is {} in one file and {status} in another", known.status));
            }
        }
        Ok(())
    }

    /// Compares the tests of two lists of the same run.
    pub fn compare(&self, what: &str, other: &Self, of_other: &str, contradictions: &mut Contradictions) {
        for (name, state) in &self.0 {
            match other.0.get(name) {
                Some(same) if same.status == state.status => {}
                Some(same) => contradictions
                    .add(format!("{name:?} is {} in {what}, and {} in {of_other}", state.status, same.status)),
                None => contradictions.add(format!("{name:?} is in {what}, and not in {of_other}")),
            }
        }
        for name in other.0.keys().filter(|name| !self.0.contains_key(*name)) {
            contradictions.add(format!("{name:?} is in {of_other}, and not in {what}"));
        }
    }

    /// Returns the tests with this in their names; none if none of them was run.
    pub fn with_mark(&self, mark: &str) -> Option<Vec<(&String, &State)>> {
        let marked: Vec<_> = self.0.iter().filter(|(name, _)| name.contains(mark)).collect();
        marked.iter().any(|(_, state)| state.status != "skipped").then_some(marked)
    }
}
