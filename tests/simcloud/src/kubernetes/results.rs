//! Results of end-to-end tests that nobody ran: files as the real ones leave them, for clusters that do not exist.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};

/// How many tests there are of each kind: a little more than certified runs have.
const TESTS: [(&str, &str, usize); 2] =
    [("Simulated test", "[Conformance]", 420), ("Simulated test of NetworkPolicy", "", 40)];

/// How long a test takes, in seconds.
const SECONDS: usize = 15;

/// What a run of the end-to-end tests leaves.
#[derive(Clone, Debug)]
pub struct SuiteFiles {
    /// `junit_01.xml`
    pub junit: String,
    /// `e2e.log`, of which only the line is there that tells the version.
    pub log: String,
}

impl SuiteFiles {
    /// Of a run against a cluster of this version, which ended at this instant and in which everything passed. The names of
    /// the tests say that they are made up.
    #[must_use]
    pub fn passed(version: &str, ended: DateTime<Utc>) -> Self {
        let count: usize = TESTS.iter().map(|(.., count)| count).sum();
        let seconds = count * SECONDS;
        let began = ended - TimeDelta::seconds(i64::try_from(seconds).unwrap_or_default());
        let mut cases = String::new();
        for (what, mark, count) in TESTS {
            for number in 1..=count {
                let name = format!("[It] {what} {number} {mark}");
                // Writing to a string cannot fail.
                let _ = writeln!(cases, r#"<testcase name="{}" time="{SECONDS}"></testcase>"#, name.trim_end());
            }
        }
        let stamp = began.format("%Y-%m-%dT%H:%M:%S");
        let junit = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{count}\">\n\
             <testsuite name=\"Kubernetes e2e suite\" timestamp=\"{stamp}\" time=\"{seconds}\">\n\
             {cases}</testsuite>\n</testsuites>\n"
        );
        Self { junit, log: format!("kube-apiserver version: {version}\n") }
    }
}
