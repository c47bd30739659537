//! The number of demands in each text, counted apart from the definitions: a clause whose level was copied wrongly, or that was
//! lost, makes the numbers differ.

use super::located::Located;
use super::problem::{Problem, Source};
use super::standard::{Clause, Level};
use super::yaml;
use indexmap::IndexMap;
use serde::Deserialize;
use std::fmt;

/// The name of the file beside the definitions, in the folder of data.
pub const FILE: &str = "clauses.yaml";

/// The number of clauses of each level.
#[derive(Clone, Copy, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    #[serde(default)]
    must: usize,
    #[serde(default)]
    should: usize,
    #[serde(default)]
    may: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must, {} should, {} may", self.must, self.should, self.may)
    }
}

impl Counts {
    fn of_clauses(clauses: &[Clause]) -> Self {
        let count = |level| clauses.iter().filter(|clause| clause.level == level).count();
        Self { must: count(Level::Must), should: count(Level::Should), may: count(Level::May) }
    }
}

/// The numbers by version of a standard, such as `scs-0102-v1`.
#[derive(Default)]
pub(super) struct ClauseTable(IndexMap<Located<String>, Counts>);

impl ClauseTable {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not of the form.
    pub(super) fn read(source: &Source) -> Result<Self, Problem> {
        yaml::read(source).map(Self)
    }

    /// Returns the problem with the clauses of a version, whose name stands in its file at `place`.
    pub(super) fn problem(
        &self,
        version: &str,
        clauses: &[Clause],
        source: &Source,
        place: &Located<String>,
    ) -> Option<Problem> {
        let held = Counts::of_clauses(clauses);
        let listed = self.0.iter().find(|(name, _)| name.as_str() == version).map(|(_, counts)| *counts);
        match listed {
            Some(counts) if counts == held => None,
            Some(counts) => {
                let message = format!("{version} has {held}, but by {FILE} its text has {counts}");
                let help = format!("compare the level of each clause with the text, then correct it, or {FILE}");
                Some(source.problem_at(place, message).help(help))
            }
            None => {
                let message =
                    format!("{version} is not in {FILE}, so that a level that was copied wrongly goes unnoticed");
                let help = "count the demands of each level in its text, and add the numbers";
                Some(source.problem_at(place, message).help(help))
            }
        }
    }

    /// Returns a problem for each version that no standard has.
    pub(super) fn unknown(&self, known: &[&str], source: &Source) -> Vec<Problem> {
        let unknown = self.0.keys().filter(|version| !known.contains(&version.as_str()));
        let problem = |version: &Located<String>| {
            let message = format!("there is no version \"{version}\" of a standard");
            source.problem_at(version, message).suggest(version, known.iter().copied())
        };
        unknown.map(problem).collect()
    }
}
