//! Runs the listed tests of Tempest, and reads their results as they come.
//!
//! Tempest drops names that it does not know without a word, and its exit code 1 means anything. So it is first asked for the tests
//! that it has with this configuration, and afterwards the stream of results decides what was run.

use super::error::ContentError;
use super::outcomes::{Outcomes, without_tags};
use super::program::TempestTerms;
use super::subunit::Stream;
use super::{expected, results};
use crate::programs::{Call, LogRedactor, ProgramOutput};
use crate::suites::runner::Progress;
use crate::watch::{Events, Step};
use crate::wire::error::{Error, ErrorKind};
use chrono::Utc;
use scs_checks::facts::{TempestOutcome, TempestResults, TempestRun};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// The longest time for listing the tests.
const LISTING: Duration = Duration::from_secs(5 * 60);
/// The regular expression that no name of a test matches.
const NONE: &str = "^$";
/// The least time between two events about the progress.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
/// The tests that stestr makes up for a worker that did not end well, by the beginning of their names.
const CRASHED: [&str; 2] = ["process-returncode", "broken-runner-"];
/// The test that needs two projects.
const OF_TWO_PROJECTS: &str = "tempest.api.identity.v3.test_projects.";

/// The errors that Tempest raises because of its own accounts and configuration.
const OWN_ERRORS: [&str; 3] =
    ["exceptions.InvalidCredentials: ", "exceptions.InvalidConfiguration: ", "exceptions.InvalidTestResource: "];

/// A run of Tempest, about to begin.
pub(crate) struct TempestRunner<'a> {
    pub terms: &'a TempestTerms,
    /// A folder of its own, which goes with the run.
    pub folder: &'a Path,
    /// The configuration in it.
    pub configuration: &'a Path,
    pub redactor: &'a LogRedactor,
    pub events: &'a Events,
}

/// The listed tests: those that can be run, by their whole names, and why others cannot.
struct Selected {
    tests: Vec<String>,
    not_begun: BTreeMap<String, String>,
}

impl TempestRunner<'_> {
    /// Runs the tests. Whatever becomes of them, what is known by then is returned.
    ///
    /// # Errors
    /// None of the tests can be begun.
    pub async fn conduct(&self) -> Result<TempestResults, Error> {
        let (step, began) = (step(), Instant::now());
        self.events.began(&step);
        let outcome = self.results().await;
        let elapsed = humantime::format_duration(Duration::from_secs(began.elapsed().as_secs()));
        let how = match &outcome {
            Ok(results) => format!("{}, after {elapsed}", summary_line(results)),
            Err(error) => error.to_string(),
        };
        self.events.ended(&step, how);
        outcome
    }

    async fn results(&self) -> Result<TempestResults, Error> {
        let tool = self.terms.program.title().await;
        let Selected { tests, mut not_begun } = self.selected(&tool).await?;
        let list = self.folder.join("load-list");
        std::fs::write(&list, tests.join("\n") + "\n").map_err(|error| unwritten(&error))?;
        let (mut outcomes, cut_short) = self.run(&list, tests.len()).await?;
        let expected = expected();
        outcomes.expand_classes(&expected.names);
        outcomes.reasons.values_mut().for_each(|reason| *reason = self.redactor.clean(reason));
        not_begun.extend(take_unprepared(&mut outcomes));
        let finished_at = outcomes.finished_at.or_else(|| Some(Utc::now()));
        let run = Some(TempestRun { cut_short, not_begun, ..TempestRun::default() });
        // What is cut short says so itself.
        Ok(TempestResults {
            of_this_cloud: true,
            complete: true,
            finished_at,
            run,
            ..results(tool, expected, outcomes)
        })
    }

    /// Asks for the tests that there are, and selects those that are listed.
    async fn selected(&self, tool: &str) -> Result<Selected, Error> {
        self.events.pending(&step(), "asking which tests there are");
        let limit = LISTING.min(self.terms.limit);
        // Tests can be listed only where some were run before; this runs none, and so fails.
        self.call("tempest run --regex", &["--serial", "--regex", NONE], Vec::new(), limit).run(|_| {}).await?;
        let mut names = BTreeMap::new();
        let call = self.call("tempest run --list-tests", &["--list-tests"], Vec::new(), limit);
        let said = call.run(|line| {
            if line.starts_with("tempest.") && line.len() < LONGEST_NAME && names.len() < MOST_NAMES {
                names.insert(without_tags(line).to_owned(), line.trim().to_owned());
            }
        });
        let said = said.await?;
        if names.is_empty() {
            return Err(call.failed(&said));
        }
        let selected = select(expected().names, &names, tool, self.terms.accounts.is_some());
        match selected.tests.is_empty() {
            true => Err(Error::new(ErrorKind::SuiteFailed, format!("{tool} has none of the listed tests"))),
            false => Ok(selected),
        }
    }

    /// Runs the tests of a list; returns their outcomes, and why not all of them can be trusted to be there.
    async fn run(&self, list: &Path, total: usize) -> Result<(Outcomes, Option<String>), Error> {
        let concurrency = self.terms.workers.to_string();
        let workers: &[&str] =
            if self.terms.workers > 1 { &["--concurrency", concurrency.as_str()] } else { &["--serial"] };
        let options = [&["--subunit"][..], workers].concat();
        let call = self.call("tempest run", &options, vec!["--load-list".into(), list.into()], self.terms.limit);
        let (mut stream, mut damage, mut told) = (Stream::mixed(), None, None::<Instant>);
        self.events.pending(&step(), progress(&stream.outcomes, total));
        let said = call.stream(|piece| {
            if damage.is_none() {
                damage = stream.feed(piece).err();
            }
            if told.is_none_or(|told| told.elapsed() >= LEAST_PAUSE) {
                told = Some(Instant::now());
                self.events.pending(&step(), progress(&stream.outcomes, total));
            }
        });
        let said = said.await;
        let outcomes = stream.end();
        let cut_short = match said {
            Err(error) if error.kind == ErrorKind::Deadline => {
                Some(error.help("allow more with --tempest-limit").to_string())
            }
            Err(error) => return Err(error),
            Ok(said) => cut_short(&call, &said, &outcomes, damage),
        };
        Ok((outcomes, cut_short))
    }

    fn call(&self, name: &str, options: &[&str], more: Vec<OsString>, limit: Duration) -> Call<'_> {
        let mut arguments: Vec<OsString> = vec!["run".into(), "--config-file".into(), self.configuration.into()];
        arguments.extend(options.iter().map(Into::into));
        arguments.extend(more);
        Call {
            program: &self.terms.program.path,
            name: name.to_owned(),
            arguments,
            variables: &[],
            folder: Some(self.folder),
            bound: true,
            option: "--tempest",
            limit,
            redactor: self.redactor,
        }
    }
}

/// The longest line that is taken for the name of a test, in bytes; the most tests there can be.
const LONGEST_NAME: usize = 1_000;
const MOST_NAMES: usize = 50_000;

/// Selects the listed tests among those that there are.
fn select(expected: Vec<String>, names: &BTreeMap<String, String>, tool: &str, has_accounts: bool) -> Selected {
    let (mut tests, mut not_begun) = (Vec::new(), BTreeMap::new());
    for name in expected {
        match names.get(&name) {
            None => drop(not_begun.insert(name, format!("{tool} does not have all listed tests"))),
            Some(_) if name.starts_with(OF_TWO_PROJECTS) && !has_accounts => {
                let why = "one of them needs a user in another project; name accounts of two projects with --tempest-accounts";
                not_begun.insert(name, why.to_owned());
            }
            Some(whole) => tests.push(whole.clone()),
        }
    }
    Selected { tests, not_begun }
}

/// Returns why results are not all that there should be: a program that ends well, or because of tests that failed, has run them.
fn cut_short(
    call: &Call<'_>,
    said: &ProgramOutput,
    outcomes: &Outcomes,
    damage: Option<ContentError>,
) -> Option<String> {
    let has_failed = outcomes.tests.values().any(|outcome| *outcome == TempestOutcome::Failed);
    if outcomes.tests.keys().any(|name| CRASHED.iter().any(|made_up| name.starts_with(made_up))) {
        return Some(format!("a worker of Tempest crashed: {}", call.failed(said)));
    }
    if let Some(damage) = damage {
        return Some(format!("the stream of results is damaged: {damage}"));
    }
    if !outcomes.complete {
        return Some(format!("the stream of results breaks off: {}", call.failed(said)));
    }
    let ended = said.status.success() || (has_failed && said.status.code().is_some());
    (!ended).then(|| call.failed(said).to_string())
}

/// Takes out the tests that failed because of Tempest's own accounts or configuration: that says nothing of the cloud.
fn take_unprepared(outcomes: &mut Outcomes) -> BTreeMap<String, String> {
    let is_own = |reason: &String| OWN_ERRORS.iter().any(|error| reason.contains(error));
    let unprepared: BTreeMap<String, String> = outcomes
        .reasons
        .extract_if(.., |_, reason| is_own(reason))
        .map(|(name, reason)| (name, unprepared(&reason)))
        .collect();
    outcomes.tests.retain(|name, _| !unprepared.contains_key(name));
    unprepared
}

fn unprepared(reason: &str) -> String {
    format!("some did not begin for want of accounts, or by another fault of Tempest's configuration: {reason}")
}

fn step() -> Step {
    Step::Suite("the tests of Tempest".to_owned())
}

fn progress(outcomes: &Outcomes, total: usize) -> String {
    let (completed, failed) = outcomes.ended();
    let [completed, total, failed] = [completed, total, failed].map(|count| u64::try_from(count).unwrap_or(u64::MAX));
    Progress { completed, total: Some(total), failed }.to_string()
}

fn summary_line(results: &TempestResults) -> String {
    let count = |wanted| results.tests.values().filter(|outcome| **outcome == wanted).count();
    let [passed, failed, skipped] =
        [TempestOutcome::Passed, TempestOutcome::Failed, TempestOutcome::Skipped].map(count);
    format!("{passed} passed, {failed} failed, {skipped} skipped")
}

fn unwritten(error: &std::io::Error) -> Error {
    let what = format!("the files for Tempest cannot be written: {error}");
    Error::new(ErrorKind::Unusable, what).help("make room for temporary files")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::os::unix::process::ExitStatusExt;
    use std::path::PathBuf;
    use std::process::ExitStatus;

    const NAME: &str = "tempest.api.A.test_a";

    #[test]
    fn listed_tests_are_selected_by_name_without_tags() {
        let names = BTreeMap::from([
            (NAME.to_owned(), format!("{NAME}[id-1,smoke]")),
            (format!("{OF_TWO_PROJECTS}X.test_x"), format!("{OF_TWO_PROJECTS}X.test_x[id-2]")),
            ("tempest.api.A.test_other".to_owned(), "tempest.api.A.test_other[id-3]".to_owned()),
        ]);
        let expected = || {
            let names = [NAME, "tempest.api.A.test_gone", "tempest.api.identity.v3.test_projects.X.test_x"];
            names.map(str::to_owned).to_vec()
        };
        let Selected { tests, not_begun } = select(expected(), &names, "Tempest 47.0.0", false);
        assert_eq!(tests, [format!("{NAME}[id-1,smoke]")]);
        let reasons: Vec<&str> = not_begun.values().map(String::as_str).collect();
        assert!(reasons[0].starts_with("Tempest 47.0.0 does not have"), "{reasons:?}");
        assert!(reasons[1].contains("--tempest-accounts"), "{reasons:?}");
        assert_eq!(select(expected(), &names, "Tempest", true).tests.len(), 2);
    }

    #[test]
    fn a_fault_of_the_accounts_is_no_failure_of_the_cloud() {
        let error =
            "tempest.lib.exceptions.InvalidCredentials: Invalid Credentials Details: Insufficient number of users";
        let tests =
            [(NAME, error), ("tempest.api.A.test_b", "tempest.lib.exceptions.TimeoutException: Request timed out")];
        let mut outcomes = Outcomes::default();
        for (name, reason) in tests {
            outcomes.tests.insert(name.to_owned(), TempestOutcome::Failed);
            outcomes.reasons.insert(name.to_owned(), reason.to_owned());
        }
        let unprepared = take_unprepared(&mut outcomes);
        assert!(unprepared[NAME].contains("Insufficient number of users"), "{unprepared:?}");
        assert_eq!(outcomes.tests.keys().collect::<Vec<_>>(), ["tempest.api.A.test_b"]);
        assert_eq!(outcomes.reasons.len(), 1);
    }

    #[rstest]
    #[case::well(0, &[(NAME, TempestOutcome::Passed)], None)]
    #[case::failed_tests(1 << 8, &[(NAME, TempestOutcome::Failed)], None)]
    #[case::failed_alone(1 << 8, &[(NAME, TempestOutcome::Passed)], Some("tempest run failed (exit status: 1); it said last: no"))]
    #[case::killed(9, &[(NAME, TempestOutcome::Failed)], Some("SIGKILL"))]
    #[case::nothing(1 << 8, &[], Some("it said last: no"))]
    #[case::worker(1 << 8, &[(NAME, TempestOutcome::Failed), ("process-returncode", TempestOutcome::Failed)], Some("a worker of Tempest crashed"))]
    #[case::broken_stream(0, &[("broken-runner-'0'", TempestOutcome::Failed)], Some("a worker of Tempest crashed"))]
    fn only_failed_tests_excuse_a_failure(
        #[case] status: i32,
        #[case] tests: &[(&str, TempestOutcome)],
        #[case] expected: Option<&str>,
    ) {
        let redactor = LogRedactor::default();
        let terms = TempestTerms {
            program: super::super::Program { path: PathBuf::from("/bin/tempest") },
            accounts: None,
            workers: 1,
            limit: TempestTerms::LIMIT,
        };
        let events = Events::none();
        let runner = TempestRunner {
            terms: &terms,
            folder: Path::new("/f"),
            configuration: Path::new("/f/c"),
            redactor: &redactor,
            events: &events,
        };
        let call = runner.call("tempest run", &["--serial"], Vec::new(), LISTING);
        let said = ProgramOutput { stdout: String::new(), stderr: "no\n".into(), status: ExitStatus::from_raw(status) };
        let tests = tests.iter().map(|(name, outcome)| ((*name).to_owned(), *outcome)).collect();
        let outcomes = Outcomes { tests, complete: true, ..Outcomes::default() };
        let why = cut_short(&call, &said, &outcomes, None);
        assert_eq!(why.is_some(), expected.is_some(), "{why:?}");
        assert!(why.unwrap_or_default().contains(expected.unwrap_or_default()));
    }
}
