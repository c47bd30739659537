//! Has the community's tools run the heavy suites, and takes their results home.
//!
//! A tool runs in a namespace of ours and talks to the cluster by itself; what it makes there, the ledger removes.
//! Nothing here decides anything: the results go through the same reader as those that are brought along, and what went
//! wrong with a tool is an error, never a result.

mod hydrophone;
mod progress;
mod sonobuoy;
mod tool;

pub(crate) use progress::Progress;
pub use tool::{Tool, ToolError, ToolKind};

use super::brought::{Suites, expected, import};
use super::lists::NETWORK_POLICY;
use crate::blocking::blocking;
use crate::programs::{Call, LogRedactor};
use crate::watch::{Events, Pace, Step};
use crate::wire::error::{Error, ErrorKind, one_line};
use chrono::Utc;
use scs_checks::facts::SuiteResults;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strum::{Display, EnumString, VariantArray};
use tokio::time::{Instant, timeout};

/// The suites that take hours.
#[derive(Clone, Copy, Debug, Display, EnumString, Eq, PartialEq, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Suite {
    /// The conformance tests (scs-0201).
    Conformance,
    /// The tests of network policies (scs-0219).
    NetworkPolicies,
}

impl Suite {
    /// Returns the name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Conformance => "the conformance tests",
            Self::NetworkPolicies => "the tests of network policies",
        }
    }

    /// Returns its results among those that a run had.
    fn results_in(self, suites: Suites) -> Option<SuiteResults> {
        match self {
            Self::Conformance => suites.conformance,
            Self::NetworkPolicies => suites.network_policies,
        }
    }
}

/// Returns the results of a suite that this program has had run in the cluster.
pub(crate) fn run_here(results: SuiteResults, suite: Suite) -> SuiteResults {
    let mut results = SuiteResults { run_here: true, ..results };
    if suite == Suite::Conformance {
        results.expected = expected(&results);
    }
    results
}

/// The way in which tests are run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ExecutionMode {
    /// Several at the same time, where they allow that.
    #[default]
    Parallel,
    /// One after another.
    Serial,
    /// They are only listed, which proves nothing.
    Dry,
}

/// The options for suites that take hours.
#[derive(Clone, Debug)]
pub struct Heavy {
    /// The program that runs them.
    pub tool: Tool,
    /// The way in which tests are run.
    pub mode: ExecutionMode,
    /// The longest time for one suite.
    pub limit: Duration,
    /// The folder for results, with a folder for each run in it.
    pub results: PathBuf,
    /// The pauses between looks at the progress.
    pub pace: Pace,
}

impl Heavy {
    /// The default pauses between looks at the progress: a suite takes hours.
    pub const PACE: Pace = Pace { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
    /// The default limit for a suite: some clusters need three hours and more.
    pub const LIMIT: Duration = Duration::from_secs(4 * 60 * 60);
}

/// The option by which ginkgo tries a failed test again, as today's suite does.
const FLAKE_ATTEMPTS: &str = "--flake-attempts=2";
/// The number of tests that ginkgo runs at the same time in parallel mode; those that are `[Serial]` it runs alone,
/// after all others.
const PROCESSES: &str = "25";
/// The longest time for a call that only asks or starts something.
const SHORT: Duration = Duration::from_secs(5 * 60);
/// The time after which progress is reported again, also if the tool is silent.
const REPEAT: Duration = Duration::from_secs(15);

/// One suite, about to be run.
pub(crate) struct SuiteRun<'a> {
    pub suite: Suite,
    pub heavy: &'a Heavy,
    /// The namespace that it runs in.
    pub namespace: &'a str,
    /// A kubeconfig with nothing but the way to this cluster.
    pub kubeconfig: &'a Path,
    /// Its context.
    pub context: &'a str,
    /// Variables that the tool gets besides ours.
    pub variables: &'a [(String, String)],
    /// The folder for its results, which exists.
    pub folder: &'a Path,
    pub redactor: &'a LogRedactor,
    pub events: &'a Events,
    /// The progress that was seen last.
    pub seen: Mutex<String>,
}

/// The beginning of a suite: a new one, or one that is running in the cluster already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Start {
    Anew,
    Resumed,
}

impl SuiteRun<'_> {
    /// Runs the suite, or waits for the one that is running, and reads its results.
    ///
    /// # Errors
    /// The tool failed, took too long, or left nothing that could be read. What it left in the cluster has to be
    /// removed in any case.
    pub async fn conduct(&self, start: Start) -> Result<SuiteResults, Error> {
        let (step, began) = (self.step(), Instant::now());
        self.events.began(&step);
        let title = self.heavy.tool.title().await;
        let outcome = timeout(self.heavy.limit, self.repeating(self.results(start))).await;
        let outcome =
            outcome.unwrap_or_else(|_| Err(self.too_late())).map(|results| SuiteResults { tool: title, ..results });
        let elapsed = humantime::format_duration(Duration::from_secs(began.elapsed().as_secs()));
        let how = match &outcome {
            Ok(results) => {
                let failed = results.failed.len() + results.others.len();
                format!("{} passed, {failed} failed, after {elapsed}", results.passed.len())
            }
            Err(error) => error.to_string(),
        };
        self.events.ended(&step, how);
        outcome
    }

    async fn results(&self, start: Start) -> Result<SuiteResults, Error> {
        let path = match self.heavy.tool.kind {
            ToolKind::Sonobuoy => self.by_sonobuoy(start).await?,
            ToolKind::Hydrophone => self.by_hydrophone(start).await?,
        };
        let archive = path.clone();
        let imported = blocking(move || import(&archive)).await;
        let suites = imported.map_err(|why| Error::new(ErrorKind::SuiteFailed, why.to_string()))?;
        let found = self.suite.results_in(suites).map(|found| SuiteResults {
            dry_run: found.dry_run || self.is_dry(),
            // Where nothing tells when a run ended that we began, it was just now.
            finished_at: found.finished_at.or((start == Start::Anew).then(Utc::now)),
            ..found
        });
        found.ok_or_else(|| {
            let what = format!("{}: none of {} was run", path.display(), self.suite.title());
            Error::new(ErrorKind::SuiteFailed, what)
        })
    }

    /// Returns the step as progress shows it.
    fn step(&self) -> Step {
        Step::Suite(format!("{} by {}", self.suite.title(), self.heavy.tool.kind))
    }

    /// Returns true for a dry run. Whatever its results look like, a dry run proves nothing.
    fn is_dry(&self) -> bool {
        self.heavy.mode == ExecutionMode::Dry
    }

    fn too_late(&self) -> Error {
        let limit = humantime::format_duration(self.heavy.limit);
        let seen = self.seen();
        let last = if seen.is_empty() { String::new() } else { format!("; seen last: {seen}") };
        let what = format!("{} were not done within {limit}{last}", self.suite.title());
        Error::new(ErrorKind::Deadline, what).help("allow more with --suite-limit")
    }

    /// Notes what is seen, and tells it.
    fn pending(&self, seen: String) {
        self.note(seen);
        self.repeat();
    }

    fn seen(&self) -> MutexGuard<'_, String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, seen: String) {
        *self.seen() = seen;
    }

    /// Tells again what was seen last.
    fn repeat(&self) {
        let seen = self.seen().clone();
        self.events.pending(&self.step(), seen);
    }

    /// Tells again and again what was seen last, until the work is done.
    async fn repeating<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            match timeout(REPEAT, work.as_mut()).await {
                Ok(done) => return done,
                Err(_) => self.repeat(),
            }
        }
    }

    /// Returns what the tool said, in one line that is not too long, and without secrets.
    fn quoted(&self, said: &str) -> String {
        let said = one_line(&self.redactor.clean(said));
        format!("{} says: {}", self.heavy.tool.kind, if said.is_empty() { "nothing" } else { &said })
    }

    /// Returns a call of the tool.
    fn call(&self, name: &str, arguments: Vec<OsString>, limit: Duration) -> Call<'_> {
        Call {
            program: &self.heavy.tool.path,
            name: format!("{} {name}", self.heavy.tool.kind).trim_end().to_owned(),
            arguments,
            variables: self.variables,
            folder: None,
            // What it runs goes on in the cluster, and a later run of this program waits for it.
            bound: false,
            option: "--runner",
            limit,
            redactor: self.redactor,
        }
    }
}

#[cfg(test)]
mod tests;
