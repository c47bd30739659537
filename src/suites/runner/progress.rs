//! How far a run is, as its tool tells it.

use serde::Deserialize;
use std::fmt;

/// How far a run is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Progress {
    /// How many tests have ended.
    pub completed: u64,
    /// How many there are; none while that is not known.
    pub total: Option<u64>,
    /// How many of them failed.
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

/// What `sonobuoy status --json` prints, as far as it matters.
#[derive(Debug, Deserialize)]
pub(super) struct Status {
    /// `running`, `post-processing`, `complete` or `failed`.
    pub status: String,
    #[serde(default)]
    plugins: Vec<Plugin>,
}

#[derive(Debug, Deserialize)]
struct Plugin {
    plugin: String,
    #[serde(default)]
    status: String,
    progress: Option<Told>,
}

/// What the tests tell of themselves, by way of Sonobuoy.
#[derive(Debug, Deserialize)]
struct Told {
    #[serde(default)]
    total: u64,
    #[serde(default)]
    completed: u64,
    #[serde(default)]
    failures: Option<Vec<String>>,
}

impl Status {
    /// Reads it.
    ///
    /// # Errors
    /// It is not what Sonobuoy prints.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// How far the tests are; none before they have told.
    pub fn progress(&self) -> Option<Progress> {
        let told = self.plugins.iter().find(|plugin| plugin.plugin == "e2e")?.progress.as_ref()?;
        let failed = told.failures.as_ref().map_or(0, Vec::len);
        let total = (told.total > 0).then_some(told.total);
        Some(Progress { completed: told.completed, total, failed: u64::try_from(failed).unwrap_or(u64::MAX) })
    }

    /// In a few words.
    pub fn brief(&self) -> String {
        let progress = self.progress().filter(|_| self.status == "running");
        progress.map_or_else(|| self.status.clone(), |progress| progress.to_string())
    }

    /// The plugins that did not come to a good end.
    pub fn failed_plugins(&self) -> Vec<&str> {
        self.plugins.iter().filter(|plugin| plugin.status == "failed").map(|plugin| plugin.plugin.as_str()).collect()
    }
}

/// Follows the log of the tests, which hydrophone prints as it comes.
#[derive(Debug, Default)]
pub(super) struct Follower(pub Option<Progress>);

/// What older tests print of themselves after each test.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    total: u64,
    completed: u64,
    #[serde(default)]
    failed: u64,
}

impl Follower {
    /// Looks at a line; true if it tells of progress.
    pub fn look(&mut self, line: &str) -> bool {
        let line = line.trim();
        if line.starts_with('{') {
            let Ok(told) = serde_json::from_str::<Line>(line) else { return false };
            let total = (told.total > 0).then_some(told.total).or(self.0.as_ref().and_then(|known| known.total));
            self.0 = Some(Progress { completed: told.completed, total, failed: told.failed });
            return true;
        }
        if let Some((number, _)) = line.strip_prefix("Will run ").and_then(|rest| rest.split_once(" of ")) {
            let Ok(total) = number.parse() else { return false };
            self.0.get_or_insert_default().total = Some(total);
            return true;
        }
        // Ginkgo begins the line of a test that ended with a dot.
        let Some(rest) = line.strip_prefix('•') else { return false };
        let progress = self.0.get_or_insert_default();
        progress.completed += 1;
        progress.failed += u64::from(rest.contains("[FAILED]") || rest.contains("[PANICKED]"));
        true
    }
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

    #[test]
    fn plugins_that_failed_are_named() {
        let text = STATUS.replace(r#""status": "running", "result"#, r#""status": "failed", "result"#);
        assert_eq!(Status::read(&text).unwrap().failed_plugins(), ["e2e"]);
    }

    #[rstest]
    #[case("")]
    #[case("{}")]
    #[case("time=\"2026\" level=error")]
    #[case("[]")]
    fn what_is_no_status_is_told(#[case] text: &str) {
        assert!(Status::read(text).is_err());
    }

    #[test]
    fn a_log_tells_how_far_it_is() {
        let mut follower = Follower::default();
        let mut seen = |line: &str| follower.look(line).then(|| follower.0.as_ref().unwrap().to_string());
        assert_eq!(seen("Running Suite: Kubernetes e2e suite - /usr/local/bin"), None);
        assert_eq!(seen("Will run 402 of 7197 specs").unwrap(), "0 of 402 tests, none failed so far");
        assert_eq!(seen("• [12.345 seconds]").unwrap(), "1 of 402 tests, none failed so far");
        assert_eq!(seen("  • [FAILED] [3.2 seconds]").unwrap(), "2 of 402 tests, 1 failed so far");
        assert_eq!(seen("SSSSS"), None);
        let line = r#"{"msg":"PASSED [sig-node] x","total":402,"completed":9,"skipped":70,"failed":2}"#;
        assert_eq!(seen(line).unwrap(), "9 of 402 tests, 2 failed so far");
        assert_eq!(seen(r#"{"msg":"PASSED","completed":10,"failed":2}"#).unwrap(), "10 of 402 tests, 2 failed so far");
        assert_eq!(seen(r#"{"something": 1}"#), None);
        assert_eq!(seen("Will run some of 7197"), None);
    }
}
