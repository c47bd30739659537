//! The memory of all that was told and of what was seen since: it outlives restarts, and all servers of a database share it.

use crate::store::{StoreError, ToldChange, ToldRow};
use chrono::{DateTime, NaiveDate, Utc};
use scs_checks::score::Conclusion;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A conclusion, as it is remembered.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// Every mandatory testcase has passed.
    Conformant,
    /// A mandatory testcase has failed.
    Violation,
    /// Something that is mandatory was not tested, or could not be decided.
    Undecided,
}

impl From<Conclusion> for State {
    fn from(conclusion: Conclusion) -> Self {
        match conclusion {
            Conclusion::Conformant => Self::Conformant,
            Conclusion::Violation => Self::Violation,
            Conclusion::Undecided | Conclusion::Residue => Self::Undecided,
        }
    }
}

impl From<State> for Conclusion {
    fn from(state: State) -> Self {
        match state {
            State::Conformant => Self::Conformant,
            State::Violation => Self::Violation,
            State::Undecided => Self::Undecided,
        }
    }
}

/// The subject of reports, the scope and the version that a conclusion is about.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Key {
    /// The subject of reports.
    pub tested: String,
    /// The id of the scope in reports.
    pub scope: String,
    /// The version of the scope.
    pub version: String,
}

/// A conclusion that was told, and what was seen since.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Told {
    /// The conclusion that was told, or that was there when it was seen for the first time; none for a first violation.
    pub told: Option<State>,
    /// The instant of that.
    pub told_at: DateTime<Utc>,
    /// The first day of the conclusion that was told.
    pub told_since: Option<NaiveDate>,
    /// The conclusion that was seen last.
    pub seen: State,
    /// The instant since when it is seen.
    pub seen_at: DateTime<Utc>,
    /// Its first day, as far as it is known.
    pub since: Option<NaiveDate>,
    /// The last conclusion that was none of `Undecided`.
    pub decided: Option<State>,
    /// The instants of changes from one decided conclusion to the other, the oldest first.
    pub changes: Vec<DateTime<Utc>>,
    /// The instant of the last of them, however old.
    pub changed_at: Option<DateTime<Utc>>,
    /// The number of changes since it was told, or since it is unstable.
    pub count: usize,
    /// True if a violation was seen that was not told.
    pub violated: bool,
    /// True if it was told that the conclusion keeps changing.
    pub unstable: bool,
    /// True if it was told once more.
    pub reminded: bool,
    /// The digest of the rules by which it was told.
    pub rules: String,
}

/// The stage of something that ends or falls due, as it was told.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stage {
    /// Nothing is due.
    Fine,
    /// It ends within so many days.
    Within(u64),
    /// It has ended.
    Over,
    /// It was revoked on that day.
    Revoked(NaiveDate),
}

/// Everything that is remembered.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Memory {
    /// The conclusions.
    pub conclusions: BTreeMap<Key, Told>,
    /// The certificates by id.
    pub certificates: BTreeMap<String, Stage>,
    /// The statements of people, by subject of reports and testcase.
    pub evidence: BTreeMap<(String, String), Stage>,
    /// The instant of the last message about each subject of the registry.
    pub subjects: BTreeMap<String, DateTime<Utc>>,
}

/// The kind, subject, scope and version of a row.
type RowKey = [String; 4];

const CONCLUSION: &str = "conclusion";
const CERTIFICATE: &str = "certificate";
const EVIDENCE: &str = "evidence";
const SUBJECT: &str = "subject";

impl Memory {
    /// Reads rows of the database.
    ///
    /// # Errors
    /// One of them is of another version of the program.
    pub fn from_rows(rows: Vec<ToldRow>) -> Result<Self, StoreError> {
        let mut memory = Self::default();
        for row in rows {
            let [kind, subject, scope, version] = row.key;
            match kind.as_str() {
                CONCLUSION => {
                    let key = Key { tested: subject, scope, version };
                    memory.conclusions.insert(key, parse(&row.state)?);
                }
                CERTIFICATE => drop(memory.certificates.insert(subject, parse(&row.state)?)),
                EVIDENCE => drop(memory.evidence.insert((subject, version), parse(&row.state)?)),
                SUBJECT => drop(memory.subjects.insert(subject, parse(&row.state)?)),
                other => return Err(StoreError::Content(format!("told: \"{other}\""))),
            }
        }
        Ok(memory)
    }

    fn rows(&self) -> BTreeMap<RowKey, String> {
        let key =
            |kind: &str, subject: &str, scope: &str, version: &str| [kind, subject, scope, version].map(str::to_owned);
        let conclusions = self.conclusions.iter();
        let conclusions =
            conclusions.map(|(of, told)| (key(CONCLUSION, &of.tested, &of.scope, &of.version), text(told)));
        let certificates = self.certificates.iter().map(|(id, stage)| (key(CERTIFICATE, id, "", ""), text(stage)));
        let evidence = self.evidence.iter();
        let evidence = evidence.map(|((subject, testcase), stage)| (key(EVIDENCE, subject, "", testcase), text(stage)));
        let subjects = self.subjects.iter().map(|(name, at)| (key(SUBJECT, name, "", ""), text(at)));
        conclusions.chain(certificates).chain(evidence).chain(subjects).collect()
    }

    /// Returns the rows to write and to remove, so that the database holds this instead of what it held before.
    pub fn change_from(&self, before: &Self) -> ToldChange {
        let (old, new) = (before.rows(), self.rows());
        let kept: BTreeSet<&RowKey> = new.keys().collect();
        let removed = old.keys().filter(|key| !kept.contains(key)).cloned().collect();
        let written = new.iter().filter(|(key, state)| old.get(*key) != Some(state));
        let row = |(key, state): (&RowKey, &String)| ToldRow { key: key.clone(), state: state.clone() };
        ToldChange { written: written.map(row).collect(), removed }
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Content(format!("told: {error}")))
}

fn text<T: Serialize>(state: &T) -> String {
    // Texts, numbers and dates have a form in JSON.
    serde_json::to_string(state).unwrap_or_default()
}
