//! Options for test suites that take hours.

use super::error::CliError;
use super::subject::{duration, environment};
use clap::{Args, ValueEnum};
use scs_subjects::suites::runner::{ExecutionMode, Heavy, Tool};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The program that runs them, and its terms.
#[derive(Args)]
pub(super) struct HeavyOptions {
    /// Also run the suites that take hours (conformance and network policy tests) with this tool: sonobuoy, hydrophone, auto
    /// (the one on the PATH or in ~/.local/bin), or a path
    #[arg(long, value_name = "TOOL|PATH", requires = "allow_changes")]
    runner: Option<String>,

    /// Execution mode of these suites: parallel (where tests allow that), serial, or dry, which only lists the tests and gives
    /// no verdict
    #[arg(long, value_name = "MODE", default_value = "parallel", hide_possible_values = true, requires = "runner")]
    execution_mode: Mode,

    /// Time limit for each of these suites; at most 20h
    #[arg(long, value_name = "TIME", default_value = "4h", value_parser = limit, requires = "runner")]
    suite_limit: Duration,

    /// Folder for the results of these suites, with a folder for each run [default: results, beside the journals]
    #[arg(long, value_name = "DIR", requires = "runner")]
    results_dir: Option<PathBuf>,
}

impl HeavyOptions {
    /// Returns the terms on which they are run, if they are; journals are in this folder.
    ///
    /// # Errors
    /// The program is not installed, or no results can be kept: what to do.
    pub(super) fn heavy(&self, journals: &Path) -> Result<Option<Heavy>, CliError> {
        let Some(runner) = &self.runner else { return Ok(None) };
        let tool = Tool::find(runner, &environment()?)?;
        let results = self.results_dir.clone().unwrap_or_else(|| journals.join("results"));
        scs_files::private_folder(&results).map_err(|error| {
            let results = results.display();
            format!("the folder for results {results} cannot be made: {error}; name another one with --results-dir")
        })?;
        // The tools have a working directory of their own kind.
        let results = std::path::absolute(&results).unwrap_or(results);
        Ok(Some(Heavy { tool, mode: self.execution_mode.into(), limit: self.suite_limit, results, pace: Heavy::PACE }))
    }
}

/// The values of `--execution-mode`.
#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    Parallel,
    Serial,
    Dry,
}

impl From<Mode> for ExecutionMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Parallel => Self::Parallel,
            Mode::Serial => Self::Serial,
            Mode::Dry => Self::Dry,
        }
    }
}

/// The longest time for a suite: a run does not go on for more than a day.
const LONGEST: Duration = Duration::from_secs(20 * 60 * 60);

fn limit(text: &str) -> Result<Duration, CliError> {
    let limit = duration(text)?;
    if limit > LONGEST { Err("at most 20h".into()) } else { Ok(limit) }
}
