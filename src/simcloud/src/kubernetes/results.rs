//! Results of end-to-end tests that nobody ran: files as ginkgo 2 leaves them, for clusters that do not exist.

use chrono::{DateTime, TimeDelta, Utc};
use std::fmt::Write;

/// The number of tests of each kind: a little more than certified runs have.
const TESTS: [(&str, &str, usize); 2] =
    [("Simulated test", "[Conformance]", 420), ("Simulated test of NetworkPolicy", "", 40)];
/// The number of other tests, which are skipped; real files have thousands.
const OTHERS: usize = 60;
/// The steps of ginkgo before and after all tests, which it lists as well.
const AROUND: [&str; 4] = [
    "[ReportBeforeSuite]",
    "[SynchronizedBeforeSuite]",
    "[SynchronizedAfterSuite]",
    "[ReportAfterSuite] Kubernetes e2e suite report",
];

/// The duration of a test in seconds.
const SECONDS: usize = 15;

/// The results of a run of the end-to-end tests.
#[derive(Clone, Debug)]
pub struct SuiteFiles {
    /// `junit_01.xml`
    pub junit: String,
    /// `e2e.log`, as ginkgo writes it with `-v`, without what the tests print.
    pub log: String,
}

impl SuiteFiles {
    /// Returns the results of a run against a cluster of this version, which ended at this instant and in which
    /// everything passed. The names of the tests say that they are made up.
    #[must_use]
    pub fn passed(version: &str, ended: DateTime<Utc>) -> Self {
        let ran: usize = TESTS.iter().map(|(.., count)| count).sum();
        let (specs, seconds) = (ran + OTHERS, ran * SECONDS);
        let began = ended - TimeDelta::seconds(i64::try_from(seconds).unwrap_or_default());
        Self { junit: junit(began, specs + AROUND.len(), seconds), log: log(version, began, (ran, specs), seconds) }
    }
}

fn junit(began: DateTime<Utc>, all: usize, seconds: usize) -> String {
    let mut cases = String::new();
    for name in AROUND {
        case(&mut cases, name, "0.0001");
    }
    for (what, mark, count) in TESTS {
        for number in 1..=count {
            case(&mut cases, format!("[It] {what} {number} {mark}").trim_end(), &format!("{SECONDS}.0123"));
        }
    }
    for number in 1..=OTHERS {
        let _ = writeln!(
            cases,
            r#"<testcase name="[It] Simulated test {number} of something else" classname="Kubernetes e2e suite" status="skipped" time="0"><skipped message="skipped"></skipped></testcase>"#
        );
    }
    let stamp = began.format("%Y-%m-%dT%H:%M:%S");
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="{all}" disabled="{OTHERS}" errors="0" failures="0" time="{seconds}.5">
<testsuite name="Kubernetes e2e suite" package="/usr/local/bin" tests="{all}" disabled="0" skipped="{OTHERS}" errors="0" failures="0" time="{seconds}.5" timestamp="{stamp}">
<properties>
<property name="SuiteSucceeded" value="true"></property>
<property name="SpecialSuiteFailureReason" value=""></property>
<property name="FocusStrings" value="\[Conformance\],NetworkPolicy"></property>
<property name="SkipStrings" value=""></property>
<property name="FlakeAttempts" value="0"></property>
<property name="DryRun" value="false"></property>
<property name="ParallelTotal" value="1"></property>
</properties>
{cases}</testsuite>
</testsuites>
"#
    )
}

/// Writes a testcase. Writing to a string cannot fail.
fn case(cases: &mut String, name: &str, seconds: &str) {
    let _ = writeln!(
        cases,
        r#"<testcase name="{name}" classname="Kubernetes e2e suite" status="passed" time="{seconds}"></testcase>"#
    );
}

fn log(version: &str, began: DateTime<Utc>, (ran, specs): (usize, usize), seconds: usize) -> String {
    let (stamp, seed) = (began.format("%m%d %H:%M:%S"), began.timestamp());
    format!(
        "  I{stamp}.558662      22 e2e.go:117] Starting e2e run \"6c0ee1bd\" on Ginkgo node 1\n\
         Running Suite: Kubernetes e2e suite - /usr/local/bin\n\
         Random Seed: {seed} - will randomize all specs\n\n\
         Will run {ran} of {specs} specs\n\
         INFO: kube-apiserver version: {version}\n\n\
         Ran {ran} of {specs} Specs in {seconds}.500 seconds\n\
         SUCCESS! -- {ran} Passed | 0 Failed | 0 Pending | {} Skipped\nPASS\n",
        specs - ran
    )
}
