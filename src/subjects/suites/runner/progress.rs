//! Reads the progress of a run from the output of its tool.

use serde::Deserialize;
use std::fmt;

/// The progress of a run of the tests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Progress {
    /// The number of tests that have ended.
    pub completed: u64,
    /// The number of tests; none while that is not known.
    pub total: Option<u64>,
    /// The number of tests that failed.
    pub failed: u64,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.total {
            Some(total) => write!(f, "{} of {total} tests", self.completed)?,
            None => write!(f, "{} tests", self.completed)?,
        }
        match self.failed {
            0 => f.write_str(", none failed so far"),
            failed => write!(f, ", {failed} failed so far"),
        }
    }
}

/// The output of `sonobuoy status --json`, as far as it matters.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    /// The state of the aggregator: `running`, `post-processing`, `complete` or `failed`.
    status: String,
    #[serde(default)]
    plugins: Vec<Plugin>,
}

/// The plugin that runs the tests.
pub(super) const E2E: &str = "e2e";

#[derive(Debug, Deserialize)]
struct Plugin {
    plugin: String,
    /// `running`, `complete`, or `failed`: it broke, whatever came of tests.
    #[serde(default)]
    status: String,
    progress: Option<ReportedProgress>,
}

/// The progress that the tests report to Sonobuoy.
#[derive(Debug, Deserialize)]
struct ReportedProgress {
    #[serde(default)]
    total: u64,
    #[serde(default)]
    completed: u64,
    #[serde(default)]
    failures: Option<Vec<String>>,
}

/// The state of a run.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Course {
    /// It is not over.
    GoesOn,
    /// There are results.
    Complete,
    /// There will be none: why.
    Broken(String),
}

impl Status {
    /// Reads it.
    ///
    /// # Errors
    /// It is not what Sonobuoy prints.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Tells how it stands with the run. A plugin that failed does not make the aggregator fail; and an aggregator that
    /// failed says nothing of plugins.
    pub fn course(&self) -> Course {
        let failed = self.plugins.iter().filter(|plugin| plugin.status == "failed");
        let failed: Vec<&str> = failed.map(|plugin| plugin.plugin.as_str()).collect();
        match self.status.as_str() {
            "failed" if failed.is_empty() => Course::Broken("its aggregator failed".to_owned()),
            state if state == "failed" || failed.contains(&E2E) => {
                Course::Broken(format!("{} failed", failed.join(", ")))
            }
            "complete" => Course::Complete,
            _ => Course::GoesOn,
        }
    }

    /// Returns the progress of the tests; none before they have reported any.
    pub fn progress(&self) -> Option<Progress> {
        let status = self.plugins.iter().find(|plugin| plugin.plugin == E2E)?.progress.as_ref()?;
        let failed = status.failures.as_ref().map_or(0, Vec::len);
        let total = (status.total > 0).then_some(status.total);
        Some(Progress { completed: status.completed, total, failed: u64::try_from(failed).unwrap_or(u64::MAX) })
    }

    /// Returns the status in a few words.
    pub fn brief(&self) -> String {
        let progress = self.progress().filter(|_| self.status == "running");
        progress.map_or_else(|| self.status.clone(), |progress| progress.to_string())
    }
}

/// Follows the log of the tests, which hydrophone prints, and what hydrophone says itself.
#[derive(Debug, Default)]
pub(super) struct Follower {
    /// The progress that was reported last.
    last: Progress,
    /// The number of tests that have ended by the log. Their marks stand in one line, which comes when it is complete.
    ended: u64,
    failed: u64,
    begun: bool,
}

/// The report that older tests print after each test.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    total: u64,
    completed: u64,
    #[serde(default)]
    failed: u64,
}

/// The marks that ginkgo prints for tests that passed, were left out, or wait to be written, one beside the other.
const MARKS: [char; 4] = ['•', 'S', 'P', '↺'];
/// The marks in the line of a test that failed.
const FAILED: [&str; 5] = ["[FAILED]", "[PANICKED]", "[TIMEDOUT]", "[INTERRUPTED]", "[ABORTED]"];

impl Follower {
    /// Looks at a line; true if it tells of progress.
    pub fn look(&mut self, line: &str) -> bool {
        let line = line.trim();
        let tells = self.look_at_count(line) || self.look_at_marks(line);
        self.begun |= tells;
        tells
    }

    /// Returns true if tests have begun.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// Returns the progress of the tests.
    pub fn progress(&self) -> Progress {
        let Progress { completed, total, failed } = self.last;
        Progress { completed: completed.max(self.ended), total, failed: failed.max(self.failed) }
    }

    /// Reads a line that says how many tests there are, or have ended.
    fn look_at_count(&mut self, line: &str) -> bool {
        if line.starts_with('{') {
            let Ok(line) = serde_json::from_str::<Line>(line) else { return false };
            let total = (line.total > 0).then_some(line.total).or(self.last.total);
            self.last = Progress { completed: line.completed, total, failed: line.failed };
        } else if let Some((completed, total)) = hydrophone_counts(line) {
            self.last = Progress { completed, total: Some(total), ..self.last };
        } else if let Some(total) = planned(line) {
            self.last.total = Some(total);
        } else {
            return false;
        }
        true
    }

    /// Reads a line of marks, or the one with which a test begins that says more.
    fn look_at_marks(&mut self, line: &str) -> bool {
        let ended = match line.chars().all(|mark| MARKS.contains(&mark)) {
            true => line.chars().filter(|mark| ['•', '↺'].contains(mark)).count(),
            false => usize::from(line.starts_with('•')),
        };
        self.ended += u64::try_from(ended).unwrap_or_default();
        self.failed += u64::from(ended == 1 && FAILED.iter().any(|word| line.contains(word)));
        ended > 0
    }
}

/// Parses `[12:00:30] Progress: 12/419 tests completed (2.9%)`.
fn hydrophone_counts(line: &str) -> Option<(u64, u64)> {
    let (completed, rest) = line.split_once("Progress: ")?.1.split_once('/')?;
    let (total, _) = rest.split_once(" tests completed")?;
    Some((completed.trim().parse().ok()?, total.trim().parse().ok()?))
}

/// Parses `Will run 380 of 7387 specs`.
fn planned(line: &str) -> Option<u64> {
    line.strip_prefix("Will run ")?.split_once(" of ")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const STATUS: &str = r#"{"plugins": [
        {"plugin": "e2e", "node": "global", "status": "running", "result-status": "", "result-counts": null,
         "progress": {"name": "e2e", "node": "global", "timestamp": "2026-11-20T10:00:00Z", "msg": "PASSED",
                      "total": 402, "completed": 31, "failures": ["a", "b"]}},
        {"plugin": "systemd-logs", "node": "node-1", "status": "complete", "result-status": "passed"}],
        "status": "running", "tar-info": {"name": "", "created": "0001-01-01T00:00:00Z", "sha256": "", "size": 0}}"#;

    #[rstest]
    #[case(STATUS.to_owned(), "31 of 402 tests, 2 failed so far")]
    #[case(STATUS.replace(r#""total": 402, "#, ""), "31 tests, 2 failed so far")]
    #[case(STATUS.replace(r#"["a", "b"]"#, "null"), "31 of 402 tests, none failed so far")]
    #[case(STATUS.replace("e2e", "other"), "running")]
    #[case(STATUS.replace(r#""status": "running", "tar"#, r#""status": "complete", "tar"#), "complete")]
    #[case(r#"{"status": "running", "plugins": []}"#.to_owned(), "running")]
    fn sonobuoy_tells_how_far_it_is(#[case] text: String, #[case] brief: &str) {
        assert_eq!(Status::read(&text).unwrap().brief(), brief);
    }

    const RUNNING: &str = r#""status": "running", "tar"#;
    const FAILED_PLUGIN: &str = r#""status": "failed", "result-status": "", "result"#;

    fn broken(why: &str) -> Course {
        Course::Broken(why.to_owned())
    }

    #[rstest]
    #[case(STATUS.to_owned(), Course::GoesOn)]
    #[case(STATUS.replace(RUNNING, r#""status": "post-processing", "tar"#), Course::GoesOn)]
    #[case(STATUS.replace(RUNNING, r#""status": "complete", "tar"#), Course::Complete)]
    #[case(STATUS.replace(RUNNING, r#""status": "failed", "tar"#), broken("its aggregator failed"))]
    #[case::of_other_plugins(STATUS.replace(r#""status": "complete""#, r#""status": "failed""#), Course::GoesOn)]
    #[case::while_others_run(
        STATUS.replace(r#""status": "running", "result-status": "", "result"#, FAILED_PLUGIN), broken("e2e failed"))]
    #[case::in_the_end(
        STATUS.replace("running", "complete").replace(r#""status": "complete", "result-status": "", "result"#, FAILED_PLUGIN),
        broken("e2e failed"))]
    fn a_status_tells_whether_there_will_be_results(#[case] text: String, #[case] course: Course) {
        assert_eq!(Status::read(&text).unwrap().course(), course);
    }

    #[rstest]
    #[case("")]
    #[case("{}")]
    #[case("time=\"2026\" level=error")]
    #[case("[]")]
    fn what_is_no_status_is_told(#[case] text: &str) {
        assert!(Status::read(text).is_err());
    }

    fn seen(follower: &mut Follower, line: &str) -> Option<String> {
        follower.look(line).then(|| follower.progress().to_string())
    }

    #[test]
    fn a_log_tells_how_far_it_is() {
        let mut follower = Follower::default();
        let mut seen = |line: &str| seen(&mut follower, line);
        assert_eq!(seen("Running Suite: Kubernetes e2e suite - /usr/local/bin"), None);
        assert_eq!(seen("Will run 402 of 7197 specs").unwrap(), "0 of 402 tests, none failed so far");
        assert_eq!(seen("• [12.345 seconds]").unwrap(), "1 of 402 tests, none failed so far");
        assert_eq!(seen("  • [FAILED] [3.2 seconds]").unwrap(), "2 of 402 tests, 1 failed so far");
        assert_eq!(seen("SSSSS"), None);
        assert_eq!(seen("SSS•S••SS").unwrap(), "5 of 402 tests, 1 failed so far");
        assert_eq!(seen("------------------------------"), None);
        let line = r#"{"msg":"PASSED [sig-node] x","total":402,"completed":9,"skipped":70,"failed":2}"#;
        assert_eq!(seen(line).unwrap(), "9 of 402 tests, 2 failed so far");
        assert_eq!(seen(r#"{"msg":"PASSED","completed":10,"failed":2}"#).unwrap(), "10 of 402 tests, 2 failed so far");
        assert_eq!(seen(r#"{"something": 1}"#), None);
        assert_eq!(seen("Will run some of 7197"), None);
        assert_eq!(seen(""), None);
    }

    /// The line with all the marks comes last, and says again what was told before.
    #[test]
    fn hydrophone_tells_how_far_it_is() {
        let mut follower = Follower::default();
        let mut seen = |line: &str| seen(&mut follower, line);
        assert_eq!(seen("12:00:00 INF Waiting up to 30m0s for Pod to start..."), None);
        assert_eq!(seen("Will run 419 of 7197 specs").unwrap(), "0 of 419 tests, none failed so far");
        assert_eq!(
            seen("[12:00:30] Progress: 12/419 tests completed (2.9%)").unwrap(),
            "12 of 419 tests, none failed so far"
        );
        assert_eq!(seen("• [FAILED] [0.1 seconds]").unwrap(), "12 of 419 tests, 1 failed so far");
        assert_eq!(
            seen("[13:00:30] Progress: 419/419 tests completed (100.0%)").unwrap(),
            "419 of 419 tests, 1 failed so far"
        );
        assert_eq!(seen(&"SS•".repeat(418)).unwrap(), "419 of 419 tests, 1 failed so far");
        assert_eq!(seen("Progress: some/419 tests completed"), None);
        assert_eq!(seen("Progress: 12/419 images pulled"), None);
    }
}
