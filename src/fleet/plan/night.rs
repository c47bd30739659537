//! The plan of a night: the subjects that run, the testcases of each, and the reason for every one.

use super::branches::expand;
use super::choice::{Choice, ChoiceError, choose};
use super::due::DueTestcase;
use super::missing::{DecidedBy, ServedSubject};
use super::score_card::ScoreCard;
use super::shard::Shard;
use super::tonight::{SubjectWork, Tonight, scheduled};
use crate::config::{BRANCH, Config, Subject, folder_of};
use crate::state::{Attempt, StateView};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scs_checks::definition::{Definitions, Section};
use scs_checks::verdict::Verdict;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The number of attempts whose reports are looked for, in case they were not sent.
const RECENT: usize = 14;

/// The largest number of attempts in one night.
const MOST_ATTEMPTS: u32 = 1000;

/// The reason why a subject that stands for branches cannot be tested.
const NO_BRANCH: &str = "the data about Kubernetes names no branch that is supported now, so {branch} stands for nothing; look at \
                         --data, or run `scs-conformance data update`";

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
    /// The latest results before this night.
    pub before: ScoreCard,
    /// The testcases in `main` of the versions that decide.
    pub mandatory: BTreeSet<String>,
    /// The folders with the reports of the latest attempts, of this night and of earlier ones.
    pub folders: Vec<PathBuf>,
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
    state: Option<&StateView>,
    terms: &NightTerms,
) -> Result<NightPlan<'a>, ChoiceError> {
    let tonight = Tonight {
        definitions,
        date: terms.date,
        now: terms.now,
        forced: terms.sections.clone().or_else(|| scheduled(&config.schedule, terms.date)),
        horizon: terms.horizon,
    };
    let planner = Planner { tonight, only_missing: terms.only_missing.as_ref(), outputs: &config.outputs.dir };
    let chosen = chosen(config, branches, terms)?.into_iter();
    Ok(NightPlan { subjects: chosen.map(|subject| planner.planned(subject, state)).collect() })
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

/// Planning of one subject after another.
struct Planner<'p, 'a> {
    tonight: Tonight<'a>,
    only_missing: Option<&'p DecidedBy>,
    /// The pattern for folders of reports.
    outputs: &'p str,
}

impl<'a> Planner<'_, 'a> {
    fn planned(&self, subject: Subject, state: Option<&StateView>) -> PlannedSubject<'a> {
        let impossible = |subject, why| PlannedSubject {
            subject,
            card: ScoreCard::default(),
            before: ScoreCard::default(),
            mandatory: BTreeSet::new(),
            folders: Vec::new(),
            work: Work::Impossible(why),
        };
        if subject.name.contains(BRANCH) {
            return impossible(subject, NO_BRANCH.to_owned());
        }
        let attempts = state.map(|state| state.history(&subject.name, &subject.scope).attempts()).transpose();
        let attempts = match attempts {
            Ok(attempts) => attempts.unwrap_or_default(),
            Err(error) => return impossible(subject, error.to_string()),
        };
        let card = ScoreCard::from_attempts(&attempts);
        let work = match self.tonight.of_subject(&subject, &card) {
            Err(error) => return impossible(subject, error.to_string()),
            Ok(work) => work,
        };
        let before = ScoreCard::from_attempts(attempts.iter().filter(|attempt| attempt.night < self.tonight.date));
        let folders = attempts.iter().rev().take(RECENT).map(|attempt| attempt.folder.clone()).collect();
        let SubjectWork { due, mandatory } = work;
        let work = self.work(due, &subject, &attempts);
        PlannedSubject { subject, card, before, mandatory, folders, work }
    }

    fn work(&self, mut testcases: Vec<DueTestcase<'a>>, subject: &Subject, attempts: &[Attempt]) -> Work<'a> {
        let earlier = || attempts.iter().filter(|attempt| attempt.night == self.tonight.date);
        let mut last = earlier().map(|attempt| attempt.attempt).max().unwrap_or_default();
        match self.only_missing {
            None => {}
            Some(DecidedBy::State) => {
                let settled = settled(earlier());
                testcases.retain(|due| !settled.contains(due.id));
            }
            Some(DecidedBy::Server(night)) => {
                let nothing = ServedSubject::default();
                let key = (subject.name.clone(), subject.scope.clone());
                let served = night.0.get(&key).unwrap_or(&nothing);
                let due: Vec<&str> = testcases.iter().map(|due| due.id).collect();
                let settled = served.settled(self.tonight.definitions, subject, &due);
                testcases.retain(|due| !settled.contains(due.id));
                // The id of a report that the server has would count as a repeated upload.
                last = last.max(served.attempt);
            }
        }
        match testcases.is_empty() {
            true => Work::NothingDue,
            false => Work::Run { attempt: self.free_after(last, subject), testcases },
        }
    }

    /// Returns the number of the next attempt. Reports of attempts that a lost history does not know are not replaced.
    fn free_after(&self, last: u32, subject: &Subject) -> u32 {
        let is_free = |attempt: &u32| !folder_of(self.outputs, subject, self.tonight.date, *attempt).exists();
        (last + 1..last + MOST_ATTEMPTS).find(is_free).unwrap_or(last + MOST_ATTEMPTS)
    }
}

/// Returns what attempts have settled. What has to be judged by people, or is not permitted, is so at every attempt.
fn settled<'a>(attempts: impl Iterator<Item = &'a Attempt>) -> BTreeSet<&'a str> {
    let decided = |attempt: &'a Attempt| attempt.testcases.iter().filter(|(verdict, _)| **verdict != Verdict::Abort);
    attempts.flat_map(decided).flat_map(|(_, ids)| ids.iter().map(String::as_str)).collect()
}
