//! The results of one report.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The results of a report by version and testcase: 1 for PASS, 0 for ABORT, -1 for FAIL. A testcase that was not tested is absent.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Results(BTreeMap<String, BTreeMap<String, i8>>);

impl Results {
    /// Adds a result. Of two for the same testcase the worse one stays.
    pub fn add(&mut self, version: &str, testcase: &str, number: i8) {
        let of_version = self.0.entry(version.to_owned()).or_default();
        let result = of_version.entry(testcase.to_owned()).or_insert(number);
        *result = number.min(*result);
    }

    /// Returns all results, with version and testcase.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, i8)> {
        self.0.iter().flat_map(|(version, results)| {
            results.iter().map(move |(testcase, number)| (version.as_str(), testcase.as_str(), *number))
        })
    }

    /// Returns the number of results.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Returns true if nothing was tested.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the worst result of each testcase, whatever the version.
    pub fn by_testcase(&self) -> BTreeMap<&str, i8> {
        let mut worst = BTreeMap::new();
        for (_, testcase, number) in self.iter() {
            let result = worst.entry(testcase).or_insert(number);
            *result = number.min(*result);
        }
        worst
    }

    /// Returns the number of testcases with this result.
    pub fn count(&self, number: i8) -> usize {
        self.by_testcase().values().filter(|result| **result == number).count()
    }
}
