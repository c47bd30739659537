//! Script of a run, from the variable `STAND_IN`: words with commas between them, `key` or `key=value`.

use super::Outcome;
use std::path::PathBuf;
use std::time::Duration;

/// The script of a run.
#[derive(Debug)]
pub struct Script {
    /// `passed=310`: how many tests pass.
    pub passed: usize,
    /// `failed=NAME`, as often as wanted: tests that fail.
    pub failed: Vec<String>,
    /// `skipped=PART`: tests of Tempest with this in their names are skipped.
    pub skipped: Vec<String>,
    /// `unlisted=PART`: Tempest does not have these tests.
    pub unlisted: Vec<String>,
    /// `class=PART`: the preparation of the class of these tests fails.
    pub classes: Vec<String>,
    /// `error=TEXT`: why tests of Tempest fail.
    pub error: Option<String>,
    /// `lasts=200`: how many milliseconds the tests take.
    pub lasts: Duration,
    /// `pending=300`: for so many milliseconds the pod does not start.
    pub pending: Duration,
    /// `until=FILE`: the pod does not start before there is this file.
    pub until: Option<PathBuf>,
    /// `unpullable`: its image cannot be had.
    pub unpullable: bool,
    /// `hangs=run`: this command, or hydrophone itself (`hangs=tests`), does not come to its end.
    pub hangs: String,
    /// `crashes=run`: this command, the tests (`crashes=tests`), their stream (`crashes=damaged`, `silent`, `killed`), or Sonobuoy's aggregator (`crashes=aggregator`) fail without
    /// results.
    pub crashes: String,
    /// `blind=300`: for so many milliseconds the API server does not answer.
    pub blind: Duration,
    /// `truncated`: the results break off.
    pub truncated: bool,
    /// `leaves`: the tests leave their namespaces.
    pub leaves: bool,
}

impl Script {
    pub fn of_environment() -> Outcome<Self> {
        let mut script = Self {
            passed: 310,
            failed: Vec::new(),
            skipped: Vec::new(),
            unlisted: Vec::new(),
            classes: Vec::new(),
            error: None,
            lasts: Duration::from_millis(200),
            pending: Duration::ZERO,
            until: None,
            unpullable: false,
            hangs: String::new(),
            crashes: String::new(),
            blind: Duration::ZERO,
            truncated: false,
            leaves: false,
        };
        let text = std::env::var("STAND_IN").unwrap_or_default();
        for word in text.split(',').filter(|word| !word.is_empty()) {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let number = || value.parse::<u64>().map_err(|error| format!("STAND_IN: {word}: {error}"));
            match key {
                "passed" => script.passed = usize::try_from(number()?).map_err(|error| error.to_string())?,
                "failed" => script.failed.push(value.to_owned()),
                "skipped" => script.skipped.push(value.to_owned()),
                "unlisted" => script.unlisted.push(value.to_owned()),
                "class" => script.classes.push(value.to_owned()),
                "error" => script.error = Some(value.to_owned()),
                "lasts" => script.lasts = Duration::from_millis(number()?),
                "pending" => script.pending = Duration::from_millis(number()?),
                "until" => script.until = Some(value.into()),
                "blind" => script.blind = Duration::from_millis(number()?),
                "hangs" => value.clone_into(&mut script.hangs),
                "crashes" => value.clone_into(&mut script.crashes),
                "unpullable" => script.unpullable = true,
                "truncated" => script.truncated = true,
                "leaves" => script.leaves = true,
                _ => return Err(format!("STAND_IN: {word} means nothing")),
            }
        }
        Ok(script)
    }

    /// Returns true if the pod runs after a while.
    pub fn runs(&self, elapsed: Duration) -> bool {
        elapsed >= self.pending && self.until.as_ref().is_none_or(|file| file.exists())
    }

    /// Returns the number of tests that have ended after a while.
    pub fn completed(&self, total: usize, elapsed: Duration) -> usize {
        let part = elapsed.as_secs_f64() / self.lasts.as_secs_f64().max(1e-3);
        ((total as f64) * part.min(1.0)) as usize
    }
}
