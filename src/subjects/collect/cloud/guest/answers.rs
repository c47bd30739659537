//! Reads the values in the sections of a console.

use super::Console;
use super::console::Untrusted;
use scs_checks::facts::{CpuInstructions, EntropyPool, RandomBlocks};
use thiserror::Error;

/// The number of blocks that the test server tests.
const BLOCKS: u64 = 1000;

/// A section of a console that has no value to count on.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum AnswerError {
    /// The console cannot be trusted there.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// The console has no such section.
    #[error("the console has no section {0}")]
    NoSection(String),
    /// The section has no line.
    #[error("section {0} of the console is empty")]
    Empty(&'static str),
    /// The section has no line with this key.
    #[error("the server does not say its {0}")]
    NoValue(String),
    /// A number is expected.
    #[error("the server says {value:?} for its {key}, which is not a number")]
    NotANumber {
        /// The key of the line.
        key: String,
        /// The text in place of the number.
        value: String,
    },
    /// Too few or too many blocks were tested.
    #[error("the server tested {0} blocks of random numbers, not {BLOCKS}")]
    Blocks(u64),
    /// The failures by test cannot add up to the failures.
    #[error("{failures} failed blocks do not fit the failures by test: {by_test:?}")]
    Sum {
        /// The number of blocks that failed.
        failures: u64,
        /// The number of blocks that failed each test.
        by_test: Vec<u64>,
    },
}

impl Console {
    /// Returns the section `entropy-avail`.
    pub fn entropy_pool(&self) -> Result<EntropyPool, AnswerError> {
        let lines = self.section("entropy-avail")?;
        let line = lines.first().ok_or(AnswerError::Empty("entropy-avail"))?.clone();
        Ok(EntropyPool { line, console: lines })
    }

    /// Returns the section `random-test`: fails also where its numbers do not fit together, or where
    /// other than 1,000 blocks were tested.
    pub fn random_blocks(&self) -> Result<RandomBlocks, AnswerError> {
        let lines = self.section("random-test")?;
        let (blocks, failures) = (number(&lines, "blocks")?, number(&lines, "failures")?);
        if blocks != BLOCKS {
            return Err(AnswerError::Blocks(blocks));
        }
        let by_test = ["Monobit", "Poker", "Runs", "Long run", "Continuous run"]
            .map(|test| number(&lines, &format!("{test} failures")));
        let by_test = by_test.into_iter().collect::<Result<Vec<_>, _>>()?;
        // A block that fails fails one test or more.
        let most = by_test.iter().fold(0, |sum: u64, count| sum.saturating_add(*count)).min(blocks);
        let least = by_test.iter().copied().max().unwrap_or_default();
        if !(least..=most).contains(&failures) {
            return Err(AnswerError::Sum { failures, by_test });
        }
        Ok(RandomBlocks { source: value(&lines, "source")?.to_owned(), blocks, failures, console: lines })
    }

    /// Returns the section `cpu`.
    pub fn cpu_instructions(&self) -> Result<CpuInstructions, AnswerError> {
        let lines = self.section("cpu")?;
        let architecture = value(&lines, "architecture")?.to_owned();
        let instructions = match value(&lines, "instructions")? {
            "none" => Vec::new(),
            shown => shown.split(' ').map(str::to_owned).collect(),
        };
        Ok(CpuInstructions { architecture, instructions, console: lines })
    }

    fn section(&self, name: &str) -> Result<Vec<String>, AnswerError> {
        let section = self.sections.get(name).ok_or_else(|| AnswerError::NoSection(name.to_owned()))?;
        Ok(section.clone()?)
    }
}

/// Returns the value of the line `KEY: VALUE`.
fn value<'a>(lines: &'a [String], key: &str) -> Result<&'a str, AnswerError> {
    let value = lines.iter().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    value.ok_or_else(|| AnswerError::NoValue(key.to_owned()))
}

fn number(lines: &[String], key: &str) -> Result<u64, AnswerError> {
    let value = value(lines, key)?;
    value.parse().map_err(|_| AnswerError::NotANumber { key: key.to_owned(), value: value.to_owned() })
}
