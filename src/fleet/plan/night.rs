//! The plan of a night: the subjects that run, the testcases of each, and the reason for every one.

use super::branches::expand;
use super::choice::{Choice, ChoiceError, choose};
use super::due::DueTestcase;
use super::missing::{DecidedBy, ServedSubject};
use super::score_card::ScoreCard;
use super::shard::Shard;
use super::tonight::{Tonight, scheduled};
use crate::config::{Config, Subject};
use crate::state::{Attempt, StateFolder};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scs_checks::definition::{Definitions, Section};
use scs_checks::verdict::Verdict;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The wishes of a user for a night.
#[derive(Clone, Debug)]
pub struct NightTerms {
    /// The date that the night belongs to, in UTC.
    pub date: NaiveDate,
    /// The instant as of which is planned.
    pub now: DateTime<Utc>,
    /// The subjects.
    pub choice: Choice,
    /// The part of the subjects for this machine.
    pub shard: Option<Shard>,
    /// The sections that are run whatever is due.
    pub sections: Option<Vec<Section>>,
    /// The record by which that is left out which is decided tonight already; nothing is left out if none.
    pub only_missing: Option<DecidedBy>,
    /// The time from now within which results must not expire; until the next night has had its turn if none.
    pub horizon: Option<TimeDelta>,
}

/// The plan of a night.
#[derive(Debug)]
pub struct NightPlan<'a> {
    /// The subjects that were chosen, in the order of the configuration.
    pub subjects: Vec<PlannedSubject<'a>>,
}

/// A subject and its work tonight.
#[derive(Debug)]
pub struct PlannedSubject<'a> {
    /// The subject.
    pub subject: Subject,
    /// The latest results before this attempt.
    pub card: ScoreCard,
    /// The folders with the reports of earlier attempts of this night.
    pub tonight: Vec<PathBuf>,
    /// The work.
    pub work: Work<'a>,
}

/// The work on a subject tonight.
#[derive(Debug)]
pub enum Work<'a> {
    /// These testcases are run, in this attempt of the night.
    Run {
        /// The number of the attempt, from 1.
        attempt: u32,
        /// The testcases.
        testcases: Vec<DueTestcase<'a>>,
    },
    /// Every result counts for long enough.
    NothingDue,
    /// It cannot be planned, for this reason.
    Impossible(String),
}

/// Plans a night. `branches` are the supported ones of Kubernetes; without a state folder nothing is known of earlier nights.
///
/// # Errors
/// The user names something that the configuration does not have.
pub fn plan_night<'a>(
    config: &Config,
    definitions: &'a Definitions,
    branches: &[String],
    state: Option<&StateFolder>,
    terms: &NightTerms,
) -> Result<NightPlan<'a>, ChoiceError> {
    let tonight = Tonight {
        definitions,
        date: terms.date,
        now: terms.now,
        forced: terms.sections.clone().or_else(|| scheduled(&config.schedule, terms.date)),
        horizon: terms.horizon,
    };
    let chosen = chosen(config, branches, terms)?.into_iter();
    let planned = chosen.map(|subject| planned(subject, &tonight, state, terms.only_missing.as_ref()));
    Ok(NightPlan { subjects: planned.collect() })
}

/// Returns the subjects of this part that a user means, in the order of the configuration.
///
/// # Errors
/// The user names something that the configuration does not have.
pub fn chosen(config: &Config, branches: &[String], terms: &NightTerms) -> Result<Vec<Subject>, ChoiceError> {
    let mut chosen = choose(config, expand(&config.subjects, branches), &terms.choice)?;
    chosen.retain(|subject| terms.shard.is_none_or(|shard| shard.has(subject)));
    Ok(chosen)
}

fn planned<'a>(
    subject: Subject,
    tonight: &Tonight<'a>,
    state: Option<&StateFolder>,
    only_missing: Option<&DecidedBy>,
) -> PlannedSubject<'a> {
    let attempts = state.map(|state| state.history(&subject.name, &subject.scope).attempts()).transpose();
    let attempts = match attempts {
        Ok(attempts) => attempts.unwrap_or_default(),
        Err(error) => {
            return PlannedSubject {
                subject,
                card: ScoreCard::default(),
                tonight: Vec::new(),
                work: Work::Impossible(error.to_string()),
            };
        }
    };
    let card = ScoreCard::from_attempts(&attempts);
    let work = match tonight.of_subject(&subject, &card) {
        Err(error) => Work::Impossible(error.to_string()),
        Ok(testcases) => work(testcases, &subject, &attempts, tonight, only_missing),
    };
    let earlier = attempts.iter().filter(|attempt| attempt.night == tonight.date);
    let tonight = earlier.map(|attempt| attempt.folder.clone()).collect();
    PlannedSubject { subject, card, tonight, work }
}

fn work<'a>(
    mut testcases: Vec<DueTestcase<'a>>,
    subject: &Subject,
    attempts: &[Attempt],
    tonight: &Tonight<'_>,
    only_missing: Option<&DecidedBy>,
) -> Work<'a> {
    let earlier = || attempts.iter().filter(|attempt| attempt.night == tonight.date);
    let key = (subject.name.clone(), subject.scope.clone());
    let mut last = earlier().map(|attempt| attempt.attempt).max().unwrap_or_default();
    match only_missing {
        None => {}
        Some(DecidedBy::State) => {
            let settled = settled(earlier());
            testcases.retain(|due| !settled.contains(due.id));
        }
        Some(DecidedBy::Server(night)) => {
            let nothing = ServedSubject::default();
            let served = night.0.get(&key).unwrap_or(&nothing);
            let due: Vec<&str> = testcases.iter().map(|due| due.id).collect();
            let settled = served.settled(tonight.definitions, subject, &due);
            testcases.retain(|due| !settled.contains(due.id));
            // The id of a report that the server has would count as a repeated upload.
            last = last.max(served.attempt);
        }
    }
    match testcases.is_empty() {
        true => Work::NothingDue,
        false => Work::Run { attempt: last + 1, testcases },
    }
}

/// Returns what attempts have settled. What has to be judged by people, or is not permitted, is so at every attempt.
fn settled<'a>(attempts: impl Iterator<Item = &'a Attempt>) -> BTreeSet<&'a str> {
    let decided = |attempt: &'a Attempt| attempt.testcases.iter().filter(|(verdict, _)| **verdict != Verdict::Abort);
    attempts.flat_map(decided).flat_map(|(_, ids)| ids.iter().map(String::as_str)).collect()
}
