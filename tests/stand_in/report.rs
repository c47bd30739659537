//! Output of ginkgo v2: its JUnit report and its log. Without `-v`, as here, the log says nothing of the version
//! that was tested.

use super::catalog::{Environment, State, Test, tests};
use super::script::Script;
use chrono::{DateTime, Utc};
use std::fmt::Write;

/// The results of a run.
pub struct Report<'a> {
    pub script: &'a Script,
    pub environment: &'a Environment,
    pub tests: Vec<Test>,
    pub began: DateTime<Utc>,
}

/// The steps that ginkgo reports besides tests, before and after them.
const BEFORE: [&str; 2] = ["[ReportBeforeSuite]", "[SynchronizedBeforeSuite]"];
const AFTER: [&str; 2] = ["[SynchronizedAfterSuite]", "[ReportAfterSuite] Kubernetes e2e suite report"];
const CASE: &str = "          ";

impl<'a> Report<'a> {
    pub fn new(script: &'a Script, environment: &'a Environment, began: DateTime<Utc>) -> Self {
        Self { script, environment, tests: tests(script, environment), began }
    }

    pub fn count(&self, state: State) -> usize {
        self.tests.iter().filter(|test| test.state == state).count()
    }

    /// Returns the number of tests that are run.
    pub fn total(&self) -> usize {
        self.tests.len() - self.count(State::Skipped)
    }

    /// Returns true if a test failed; none does where they are only listed.
    pub fn has_failed(&self) -> bool {
        !self.environment.is_dry() && self.count(State::Failed) > 0
    }

    pub fn seconds(&self) -> f64 {
        if self.environment.is_dry() { 0.0 } else { self.script.lasts.as_secs_f64() }
    }

    pub fn status(&self) -> &'static str {
        if self.has_failed() { "failed" } else { "passed" }
    }

    /// Returns the names of all cases as reports have them, and their states.
    pub fn cases(&self) -> impl Iterator<Item = (String, State)> {
        let around = |names: [&'static str; 2]| names.into_iter().map(|name| (name.to_owned(), State::Passed));
        let dry = self.environment.is_dry();
        let tests = self.tests.iter().map(move |test| {
            let state = if dry && test.state == State::Failed { State::Passed } else { test.state };
            (format!("[It] {}", test.name), state)
        });
        around(BEFORE).chain(tests).chain(around(AFTER))
    }

    pub fn junit(&self) -> String {
        let (count, skipped, seconds) = (self.cases().count(), self.count(State::Skipped), self.seconds());
        let failures = self.cases().filter(|(_, state)| *state == State::Failed).count();
        let at = self.began.format("%Y-%m-%dT%H:%M:%S");
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n  <testsuites tests=\"{count}\" disabled=\"{skipped}\" errors=\"0\" \
             failures=\"{failures}\" time=\"{seconds}\">\n      <testsuite name=\"Kubernetes e2e suite\" \
             package=\"/usr/local/bin\" tests=\"{count}\" disabled=\"0\" skipped=\"{skipped}\" errors=\"0\" \
             failures=\"{failures}\" time=\"{seconds}\" timestamp=\"{at}\">\n{CASE}<properties>\n"
        );
        for (name, value) in self.properties() {
            let _ = writeln!(text, "{CASE}    <property name=\"{name}\" value=\"{}\"></property>", escaped(&value));
        }
        let _ = writeln!(text, "{CASE}</properties>");
        self.cases().for_each(|(name, state)| self.case(&mut text, &name, state));
        if self.script.truncated {
            text.truncate(text.len() / 2);
            text.truncate(text.rfind('\n').unwrap_or_default());
            return text;
        }
        text + "      </testsuite>\n  </testsuites>"
    }

    fn properties(&self) -> [(&'static str, String); 17] {
        let ginkgo = |name: &str, otherwise: &str| self.environment.ginkgo(name).unwrap_or(otherwise).to_owned();
        [
            ("SuiteSucceeded", (!self.has_failed()).to_string()),
            ("SuiteHasProgrammaticFocus", "false".into()),
            ("SpecialSuiteFailureReason", String::new()),
            ("SuiteLabels", "[]".into()),
            ("RandomSeed", "1694109242".into()),
            ("RandomizeAllSpecs", "true".into()),
            ("LabelFilter", String::new()),
            ("FocusStrings", self.environment.get("E2E_FOCUS").to_owned()),
            ("SkipStrings", self.environment.get("E2E_SKIP").to_owned()),
            ("FocusFiles", String::new()),
            ("SkipFiles", String::new()),
            ("FailOnPending", "false".into()),
            ("FailFast", "false".into()),
            ("FlakeAttempts", ginkgo("--flake-attempts", "0")),
            ("DryRun", self.environment.is_dry().to_string()),
            ("ParallelTotal", ginkgo("--procs", "1")),
            ("OutputInterceptorMode", String::new()),
        ]
    }

    fn case(&self, text: &mut String, name: &str, state: State) {
        let (word, time) = match state {
            State::Passed => ("passed", if self.environment.is_dry() { 0.0 } else { 2.046 }),
            State::Failed => ("failed", 0.001),
            State::Skipped => ("skipped", 0.0),
        };
        let begin = format!(
            "{CASE}<testcase name=\"{}\" classname=\"Kubernetes e2e suite\" status=\"{word}\" time=\"{time}\">",
            escaped(name)
        );
        let _ = match state {
            State::Passed => writeln!(text, "{begin}</testcase>"),
            State::Skipped => {
                writeln!(text, "{begin}\n{CASE}    <skipped message=\"skipped\"></skipped>\n{CASE}</testcase>")
            }
            State::Failed => writeln!(
                text,
                "{begin}\n{CASE}    <failure message=\"timed out\" type=\"failed\">[FAILED] timed out</failure>\n\
                 {CASE}    <system-err>STEP: waiting</system-err>\n{CASE}</testcase>"
            ),
        };
    }

    /// Returns the beginning of the log.
    pub fn preface(&self) -> String {
        let at = self.began.format("I%m%d %H:%M:%S%.6f");
        let mut text = format!(
            "  {at}      29 e2e.go:109] Starting e2e run \"d8454cdd-0000-4000-8000-000000000000\" on Ginkgo node 1\n\
             Running Suite: Kubernetes e2e suite - /usr/local/bin\n\
             ====================================================\n\
             Random Seed: 1694109242 - will randomize all specs\n\n\
             Will run {} of {} specs\n",
            self.total(),
            self.tests.len()
        );
        if let Some(processes) = self.environment.ginkgo("--procs") {
            let _ = writeln!(text, "Running in parallel across {processes} processes");
        }
        text
    }

    /// Returns the lines of the log about a test that failed.
    pub fn failure(name: &str) -> String {
        let rule = "------------------------------";
        format!("{rule}\n• [FAILED] [0.001 seconds]\n{name}\ntest/e2e/a_test.go:1\n\n  [FAILED] timed out\n{rule}")
    }

    /// Returns the end of the log: the marks of all tests that did not fail, in one line, and the sum.
    pub fn end(&self) -> String {
        let mark = |test: &Test| if test.state == State::Skipped { 'S' } else { '•' };
        let others = self.tests.iter().filter(|test| test.state != State::Failed || self.environment.is_dry());
        let marks: String = others.map(mark).collect();
        let (total, skipped, seconds) = (self.total(), self.count(State::Skipped), self.seconds());
        let failed = if self.has_failed() { self.count(State::Failed) } else { 0 };
        let (word, short, long) =
            if self.has_failed() { ("FAIL!", "FAIL", "Failed") } else { ("SUCCESS!", "PASS", "Passed") };
        format!(
            "{marks}\n\nRan {total} of {} Specs in {seconds:.3} seconds\n\
             {word} -- {} Passed | {failed} Failed | 0 Pending | {skipped} Skipped\n{short}\n\n\
             Ginkgo ran 1 suite in {seconds}s\nTest Suite {long}\n",
            self.tests.len(),
            total - failed
        )
    }

    /// Returns the whole log.
    pub fn log(&self) -> String {
        let failed = self.tests.iter().filter(|test| test.state == State::Failed && !self.environment.is_dry());
        let failures: String = failed.map(|test| Self::failure(&test.name) + "\n").collect();
        self.preface() + &failures + &self.end()
    }
}

/// Escapes a text as a library for XML writes it.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&#34;").replace('\'', "&#39;")
}
