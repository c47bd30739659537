//! The past of a subject by a scope in memory: changes, since when a conclusion holds, and the strip of each testcase.
//!
//! It is read when it is first needed, and again after an upload about that subject: an upload costs only that one.

use crate::judge::{Rules, Strip, conclusion_word, strips};
use crate::store::{NewestReport, NightRow, Store, StoreError};
use crate::transitions::{Transition, transitions};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scs_checks::score::Conclusion;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// The time that strips show: eighteen months (scs-0004, regulation 4a).
pub const SHOWN: TimeDelta = TimeDelta::days(547);

/// The most reports that strips are made of: seven a night.
const REPORTS: i64 = 4_000;

/// The most subjects and scopes that are kept.
const MOST: usize = 400;

/// The conclusions of the past eighteen months.
#[derive(Clone, Debug, Default)]
pub struct Conclusions {
    /// The changes, the newest first.
    pub transitions: Vec<Transition>,
    /// The conclusion on each version that nights know, as one word, with its first day.
    last: BTreeMap<String, (String, NaiveDate)>,
    /// The last night on which a version was fulfilled.
    fulfilled: BTreeMap<String, NaiveDate>,
    /// The newest report.
    pub newest: Option<NewestReport>,
}

/// The results of the past eighteen months.
#[derive(Clone, Debug, Default)]
pub struct Strips {
    /// The strips by testcase.
    pub of: BTreeMap<String, Strip>,
    /// The ids of the reports, by the places that strips name.
    reports: Vec<String>,
    /// True if there were more reports than are read.
    pub is_cut: bool,
}

/// The state that a past depends on: another one is read for another state.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct State {
    revision: i64,
    day: NaiveDate,
    rules: String,
}

/// The past of one subject and scope; each part is read once.
#[derive(Debug, Default)]
struct Kept {
    state: State,
    conclusions: OnceCell<Arc<Conclusions>>,
    strips: OnceCell<Arc<Strips>>,
}

/// The pasts in memory, with the order in which they came.
#[derive(Debug, Default)]
pub struct Pasts(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    kept: HashMap<(String, String), (u64, Arc<Kept>)>,
    next: u64,
}

/// The subject and the scope that a past is asked for, and the state that it has to be of.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The subject of reports.
    pub subject: &'a str,
    /// The rules of the scope.
    pub rules: &'a Rules,
    /// The revision of the standing; 0 if there is none.
    pub revision: i64,
    /// The instant that counts as now.
    pub now: DateTime<Utc>,
}

impl Pasts {
    /// Returns the conclusions of a subject.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn conclusions(&self, store: &Store, asked: Asked<'_>) -> Result<Arc<Conclusions>, StoreError> {
        let kept = self.kept(asked);
        let read = || async { Ok::<_, StoreError>(Arc::new(Conclusions::read(store, asked).await?)) };
        kept.conclusions.get_or_try_init(read).await.cloned()
    }

    /// Returns the strips of a subject.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn strips(&self, store: &Store, asked: Asked<'_>) -> Result<Arc<Strips>, StoreError> {
        let kept = self.kept(asked);
        let read = || async { Ok::<_, StoreError>(Arc::new(Strips::read(store, asked).await?)) };
        kept.strips.get_or_try_init(read).await.cloned()
    }

    fn kept(&self, asked: Asked<'_>) -> Arc<Kept> {
        let Asked { subject, rules, revision, now } = asked;
        let state = State { revision, day: now.date_naive(), rules: rules.digest.clone() };
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.find(&(subject.to_owned(), rules.uuid.clone()), state)
    }
}

impl Entries {
    fn find(&mut self, key: &(String, String), state: State) -> Arc<Kept> {
        if let Some((_, kept)) = self.kept.get(key).filter(|(_, kept)| kept.state == state) {
            return Arc::clone(kept);
        }
        if self.kept.len() >= MOST && !self.kept.contains_key(key) {
            let oldest = self.kept.iter().min_by_key(|(_, (number, _))| *number).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.kept.remove(&key));
        }
        let kept = Arc::new(Kept { state, ..Kept::default() });
        self.next += 1;
        self.kept.insert(key.clone(), (self.next, Arc::clone(&kept)));
        kept
    }
}

impl Conclusions {
    async fn read(store: &Store, asked: Asked<'_>) -> Result<Self, StoreError> {
        let Asked { subject, rules, now, .. } = asked;
        let nights = store.nights(subject, &rules.uuid, (now - SHOWN).date_naive()).await?;
        let newest = store.newest_report(subject, &rules.uuid).await?;
        Ok(Self { newest, ..Self::new(&nights, rules, now) })
    }

    /// Makes them of nights, which come the newest first.
    fn new(nights: &[NightRow], rules: &Rules, now: DateTime<Utc>) -> Self {
        let transitions = transitions(nights, rules, now);
        let (mut last, mut fulfilled) = (BTreeMap::new(), BTreeMap::new());
        // The oldest night of a version is where its conclusion begins, unless there was a change since.
        for night in nights.iter().rev() {
            let Ok(day) = night.night.parse() else { continue };
            last.entry(night.version.clone()).or_insert((night.conclusion.clone(), day));
            if night.conclusion == conclusion_word(Conclusion::Conformant) {
                fulfilled.insert(night.version.clone(), day);
            }
        }
        for change in transitions.iter().rev() {
            if let Ok(day) = change.night.parse() {
                last.insert(change.version.clone(), (change.to.clone(), day));
            }
        }
        Self { transitions, last, fulfilled, newest: None }
    }

    /// Returns the first day of the conclusion on a version that holds now. None if the past does not tell it: nothing was recorded,
    /// or another conclusion, because the rules are new.
    pub fn since(&self, version: &str, conclusion: Conclusion) -> Option<NaiveDate> {
        let (word, day) = self.last.get(version)?;
        (word == conclusion_word(conclusion)).then_some(*day)
    }

    /// Returns the last night on which a version was fulfilled.
    pub fn last_conformant(&self, version: &str) -> Option<NaiveDate> {
        self.fulfilled.get(version).copied()
    }
}

impl Strips {
    async fn read(store: &Store, asked: Asked<'_>) -> Result<Self, StoreError> {
        let Asked { subject, rules, now, .. } = asked;
        let (from, to) = ((now - SHOWN).date_naive(), now.date_naive());
        let mut past = store.past(subject, &rules.uuid, from, REPORTS + 1).await?;
        let most = usize::try_from(REPORTS).unwrap_or(usize::MAX);
        let is_cut = past.len() > most;
        past.truncate(most);
        let of = strips(&past, from, to, |id| rules.testcases.contains_key(id));
        Ok(Self { of, reports: past.into_iter().map(|report| report.uuid).collect(), is_cut })
    }

    /// Returns the id of a report that a strip names by its place.
    pub fn report(&self, place: usize) -> Option<&str> {
        self.reports.get(place).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::rules_of;
    use rstest::rstest;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}]}]
modules: [{id: m, targets: {main: [a]}}]
timeline: [{date: 2025-01-01, versions: {v1: effective}}]
versions: [{version: v1, stabilized_at: 2025-01-01, include: [m]}]
";

    fn night(night: &str, conclusion: &str, until: Option<&str>) -> NightRow {
        NightRow { until: until.map(|time| time.parse().unwrap()), ..NightRow::of_v1(night, conclusion) }
    }

    const LATER: Option<&str> = Some("2026-12-24T00:00:00Z");

    #[rstest]
    #[case::from_the_first_night(&[("2026-11-03", "conformant", LATER), ("2026-11-01", "conformant", LATER)], Conclusion::Conformant, Some("2026-11-01"))]
    #[case::from_the_last_change(&[("2026-11-03", "violation", LATER), ("2026-11-02", "violation", LATER), ("2026-11-01", "conformant", LATER)], Conclusion::Violation, Some("2026-11-02"))]
    #[case::from_the_expiry(&[("2026-11-01", "conformant", Some("2026-11-15T00:00:00Z"))], Conclusion::Undecided, Some("2026-11-15"))]
    #[case::new_rules_conclude_otherwise(&[("2026-11-01", "conformant", LATER)], Conclusion::Undecided, None)]
    #[case::nothing(&[], Conclusion::Undecided, None)]
    fn first_day_of_a_conclusion_is_known(
        #[case] nights: &[(&str, &str, Option<&str>)],
        #[case] conclusion: Conclusion,
        #[case] expected: Option<&str>,
    ) {
        let nights: Vec<NightRow> = nights.iter().map(|(day, word, until)| night(day, word, *until)).collect();
        let found = Conclusions::new(&nights, &rules_of(SCOPE), "2026-11-30T12:00:00Z".parse().unwrap());
        assert_eq!(found.since("v1", conclusion), expected.map(|day| day.parse().unwrap()));
        assert_eq!(found.since("v2", conclusion), None);
        let last = nights.iter().find(|night| night.conclusion == "conformant");
        assert_eq!(found.last_conformant("v1"), last.map(|night| night.night.parse().unwrap()));
    }

    #[test]
    fn another_revision_replaces_one_past_and_the_oldest_go_first() {
        let mut entries = Entries::default();
        let state = |revision| State { revision, ..State::default() };
        let key = |number: usize| (number.to_string(), String::new());
        let first = entries.find(&key(0), state(1));
        assert!(Arc::ptr_eq(&first, &entries.find(&key(0), state(1))), "it is kept");
        let other = entries.find(&key(1), state(1));
        assert!(!Arc::ptr_eq(&first, &entries.find(&key(0), state(2))), "another revision is another past");
        assert!(Arc::ptr_eq(&other, &entries.find(&key(1), state(1))), "others stay");
        for number in 2..MOST + 5 {
            entries.find(&key(number), state(1));
        }
        assert_eq!(entries.kept.len(), MOST);
        assert!(!entries.kept.contains_key(&key(1)) && entries.kept.contains_key(&key(MOST + 4)));
    }
}
