//! Reads the values in the sections of a console.

use super::Console;
use scs_checks::facts::{CpuInstructions, EntropyPool, RandomBlocks};

/// The number of blocks that the test server tests.
const BLOCKS: u64 = 1000;

impl Console {
    /// Returns the section `entropy-avail`.
    pub fn entropy_pool(&self) -> Result<EntropyPool, String> {
        let lines = self.section("entropy-avail")?;
        let line = lines.first().ok_or("section entropy-avail of the console is empty")?.clone();
        Ok(EntropyPool { line, console: lines })
    }

    /// Returns the section `random-test`: fails also where its numbers do not fit together, or where
    /// other than 1,000 blocks were tested.
    pub fn random_blocks(&self) -> Result<RandomBlocks, String> {
        let lines = self.section("random-test")?;
        let (blocks, failures) = (number(&lines, "blocks")?, number(&lines, "failures")?);
        if blocks != BLOCKS {
            return Err(format!("the server tested {blocks} blocks of random numbers, not {BLOCKS}"));
        }
        let by_test = ["Monobit", "Poker", "Runs", "Long run", "Continuous run"]
            .map(|test| number(&lines, &format!("{test} failures")));
        let by_test = by_test.into_iter().collect::<Result<Vec<_>, _>>()?;
        // A block that fails fails one test or more.
        let most = by_test.iter().fold(0, |sum: u64, count| sum.saturating_add(*count)).min(blocks);
        let least = by_test.iter().copied().max().unwrap_or_default();
        if !(least..=most).contains(&failures) {
            return Err(format!("{failures} failed blocks do not fit the failures by test: {by_test:?}"));
        }
        Ok(RandomBlocks { source: value(&lines, "source")?.to_owned(), blocks, failures, console: lines })
    }

    /// Returns the section `cpu`.
    pub fn cpu_instructions(&self) -> Result<CpuInstructions, String> {
        let lines = self.section("cpu")?;
        let architecture = value(&lines, "architecture")?.to_owned();
        let instructions = match value(&lines, "instructions")? {
            "none" => Vec::new(),
            shown => shown.split(' ').map(str::to_owned).collect(),
        };
        Ok(CpuInstructions { architecture, instructions, console: lines })
    }

    fn section(&self, name: &str) -> Result<Vec<String>, String> {
        self.sections.get(name).cloned().unwrap_or_else(|| Err(format!("the console has no section {name}")))
    }
}

/// Returns the value of the line `KEY: VALUE`.
fn value<'a>(lines: &'a [String], key: &str) -> Result<&'a str, String> {
    let value = lines.iter().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    value.ok_or_else(|| format!("the server does not say its {key}"))
}

fn number(lines: &[String], key: &str) -> Result<u64, String> {
    let value = value(lines, key)?;
    value.parse().map_err(|_| format!("the server says {value:?} for its {key}, which is not a number"))
}
