//! The history of one subject in one scope: a line for each attempt, the oldest first.
//!
//! It is the only record of what was decided when; the latest results are read from it. A line that a kill has cut off is the
//! last one, and is left out.

use super::error::StateError;
use chrono::{DateTime, NaiveDate, Utc};
use indexmap::IndexMap;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_files::WriteError;
use scs_reports::Report;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// The largest history that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The number of attempts that are kept: 18 months of nights, and some that were repeated.
const KEPT: usize = 600;

/// The number of attempts at which the oldest are removed.
const MOST: usize = 800;

/// A file with the attempts to check a subject.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
}

/// One attempt to check a subject that has ended with a report.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The night that it belongs to.
    pub night: NaiveDate,
    /// Its number within the night, from 1.
    pub attempt: u32,
    /// The id of the report.
    pub report: String,
    /// The folder with the report.
    pub folder: PathBuf,
    /// The instant of the check.
    pub checked_at: DateTime<Utc>,
    /// The digest of the definitions.
    pub definitions: String,
    /// The verdict of each version that decides.
    pub versions: BTreeMap<String, Option<Verdict>>,
    /// The testcases by verdict. Those that were not selected are left out.
    pub testcases: IndexMap<Verdict, Vec<String>>,
}

impl Attempt {
    /// Summarises a report.
    pub fn from_report(report: &Report, night: NaiveDate, attempt: u32, folder: PathBuf) -> Self {
        let mut testcases: IndexMap<Verdict, Vec<String>> = IndexMap::new();
        for (id, result) in &report.testcases {
            if result.reason.as_ref().is_none_or(|reason| reason.code != ReasonCode::NotSelected) {
                testcases.entry(result.verdict).or_default().push(id.clone());
            }
        }
        let deciding = report.versions.iter().filter(|(_, version)| version.decides);
        Self {
            night,
            attempt,
            report: report.id.clone(),
            folder,
            checked_at: report.started_at,
            definitions: report.definitions.digest.clone(),
            versions: deciding.map(|(name, version)| (name.clone(), version.verdict)).collect(),
            testcases,
        }
    }

    /// Returns the verdict of a testcase, if it was selected.
    pub fn verdict_of(&self, testcase: &str) -> Option<Verdict> {
        let has = |ids: &Vec<String>| ids.iter().any(|id| id == testcase);
        self.testcases.iter().find(|(_, ids)| has(ids)).map(|(verdict, _)| *verdict)
    }
}

impl History {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Reads the attempts, the oldest first.
    ///
    /// # Errors
    /// The file cannot be read, or a line that is not the last one is broken.
    pub fn attempts(&self) -> Result<Vec<Attempt>, StateError> {
        Ok(self.read()?.0)
    }

    /// Reads the attempts; true besides if a kill has cut off the last line.
    fn read(&self) -> Result<(Vec<Attempt>, bool), StateError> {
        if !self.path.exists() {
            return Ok((Vec::new(), false));
        }
        let bytes = scs_files::read(&self.path, LARGEST)?;
        let (whole, rest) = bytes.split_at(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
        let line = |(line, text): (usize, &[u8])| {
            let broken = |reason: String| StateError::Line { file: self.path.clone(), line, reason };
            serde_json::from_slice(text).map_err(|error| broken(error.to_string()))
        };
        let lines = whole.split_inclusive(|byte| *byte == b'\n');
        let attempts: Result<Vec<Attempt>, StateError> = (1..).zip(lines).map(line).collect();
        Ok((attempts?, !rest.is_empty()))
    }

    /// Adds an attempt. When it is on the disk, this returns.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn add(&self, attempt: &Attempt) -> Result<(), StateError> {
        let (mut attempts, is_cut_off) = self.read()?;
        let unwritable = |error| StateError::Write(WriteError::new(&self.path, error));
        let line = |attempt: &Attempt| match serde_json::to_string(attempt) {
            Ok(text) => Ok(format!("{text}\n")),
            Err(error) => Err(unwritable(error.into())),
        };
        if attempts.len() + 1 >= MOST || is_cut_off {
            attempts.push(attempt.clone());
            let kept: Result<String, StateError> =
                attempts.iter().skip(attempts.len().saturating_sub(KEPT)).map(line).collect();
            return Ok(scs_files::replace(&self.path, &kept?)?);
        }
        let line = line(attempt)?;
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).map_err(unwritable)?;
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(unwritable)
    }
}

#[cfg(test)]
impl Attempt {
    /// Returns an attempt of this day of November with one testcase, `t`.
    pub(crate) fn sample(day: u32, verdict: Verdict) -> Self {
        let night = NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        Self {
            night,
            attempt: 1,
            report: format!("report-{day}"),
            folder: "results/nächtlich".into(),
            checked_at: night.and_hms_opt(3, 0, 0).unwrap().and_utc(),
            definitions: "d".into(),
            versions: [("v1".to_owned(), Some(verdict))].into(),
            testcases: [(verdict, vec!["t".to_owned()])].into_iter().collect(),
        }
    }
}
