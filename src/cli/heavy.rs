//! Options for test suites that take hours.

use super::error::CliError;
use super::subject::{duration, environment};
use clap::{Args, ValueEnum};
use scs_subjects::suites::runner::{ExecutionMode, Heavy, Tool};
use scs_subjects::tempest::{Program, TempestTerms};
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

/// The way to run Tempest.
#[derive(Args)]
pub(super) struct TempestRunOptions {
    /// Also run the tests that scs-0128 lists with Tempest: auto (the program on the PATH or in ~/.local/bin), or its path; it takes
    /// up to an hour, and what it leaves in the project is removed
    #[arg(long, value_name = "auto|PATH", requires = "allow_changes", conflicts_with = "results")]
    tempest: Option<String>,

    /// Accounts for Tempest (its accounts.yaml), the first one with a role in the project of the cloud; one test needs a second
    /// project [default: the user of the cloud, for all roles]
    #[arg(long, value_name = "FILE", requires = "tempest")]
    tempest_accounts: Option<PathBuf>,

    /// Number of tests that Tempest runs at the same time; each takes accounts of its own
    #[arg(long, value_name = "N", default_value = "1", value_parser = workers, requires = "tempest_accounts")]
    tempest_workers: usize,

    /// Time limit for Tempest; at most 20h
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = limit, requires = "tempest")]
    tempest_limit: Duration,
}

impl TempestRunOptions {
    /// Returns the terms on which Tempest is run, if it is.
    ///
    /// # Errors
    /// It is not installed, or there is no file of accounts: what to do.
    pub(super) fn terms(&self) -> Result<Option<TempestTerms>, CliError> {
        let Some(wanted) = &self.tempest else { return Ok(None) };
        let program = Program::find(wanted, &environment()?)?;
        let accounts = accounts(self.tempest_accounts.as_deref())?;
        Ok(Some(TempestTerms { program, accounts, workers: self.tempest_workers, limit: self.tempest_limit }))
    }
}

/// Returns the path of the file of accounts, as Tempest finds it from any folder.
///
/// # Errors
/// There is no such file.
pub(super) fn accounts(path: Option<&Path>) -> Result<Option<PathBuf>, CliError> {
    let Some(path) = path else { return Ok(None) };
    match path.is_file() {
        true => Ok(Some(environment()?.cwd.join(path))),
        false => Err(format!("--tempest-accounts {}: there is no such file", path.display()).into()),
    }
}

fn workers(text: &str) -> Result<usize, CliError> {
    text.parse().ok().filter(|count| (1..=MOST_WORKERS).contains(count)).ok_or_else(|| "from 1 to 32".into())
}

/// The most tests that Tempest may run at the same time.
const MOST_WORKERS: usize = 32;

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
