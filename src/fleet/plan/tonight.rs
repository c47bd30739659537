//! The testcases of a subject that run in a night, and the reason for each.

use super::due::{DueTestcase, Why, due};
use super::score_card::ScoreCard;
use crate::config::{Day, ScheduleRule, Subject};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use scs_checks::definition::{Definitions, Section, Target};
use scs_reports::judge::{JudgeError, Selection, counts, plan};
use std::collections::BTreeSet;

/// A night, as far as planning needs it.
#[derive(Debug)]
pub struct Tonight<'a> {
    /// The definitions.
    pub definitions: &'a Definitions,
    /// The date that the night belongs to.
    pub date: NaiveDate,
    /// The instant as of which versions are in force.
    pub now: DateTime<Utc>,
    /// The sections that are run whatever is due; none if what is due is run.
    pub forced: Option<Vec<Section>>,
    /// The time from now within which results must not expire; until the next night has had its turn if none.
    pub horizon: Option<TimeDelta>,
}

/// The testcases of a subject that matter tonight.
#[derive(Debug)]
pub struct SubjectWork<'a> {
    /// The testcases that run.
    pub due: Vec<DueTestcase<'a>>,
    /// The testcases in `main` of the versions that decide.
    pub mandatory: BTreeSet<String>,
}

/// Returns the sections that a schedule forces on a date. The first rule that fits counts.
pub fn scheduled(schedule: &[ScheduleRule], date: NaiveDate) -> Option<Vec<Section>> {
    let fits = |rule: &&ScheduleRule| rule.days.is_empty() || rule.days.contains(&Day::of(date));
    schedule.iter().find(fits).map(|rule| rule.sections.clone())
}

impl<'a> Tonight<'a> {
    /// Returns what runs of a subject tonight, and what decides.
    ///
    /// # Errors
    /// No version of its scope is in force.
    pub fn of_subject(&self, subject: &Subject, card: &ScoreCard) -> Result<SubjectWork<'a>, JudgeError> {
        let scope = self.definitions.scopes.get(&subject.scope);
        let scope = scope.ok_or_else(|| JudgeError::UnknownScope(subject.scope.clone()))?;
        let plan = plan(self.definitions, scope, &Selection::everything(self.now))?;
        let deciding = || plan.versions.iter().filter(|planned| planned.decides);
        let is_mandatory = |id: &&str| deciding().any(|planned| counts(planned.version, id, &[Target::Main]));
        let mandatory =
            plan.testcases.iter().map(|planned| planned.id).filter(is_mandatory).map(str::to_owned).collect();
        let selected = plan.testcases.iter().filter(|planned| planned.selected);
        let testcases = selected.filter_map(|planned| planned.testcase);
        if let Some(sections) = &self.forced {
            let forced = testcases.filter(|testcase| sections.contains(&testcase.section));
            let due = forced.map(|testcase| DueTestcase { id: &testcase.id, why: Why::Forced }).collect();
            return Ok(SubjectWork { due, mandatory });
        }
        let due = due(testcases, scope, card, &self.definitions.digest, self.now..self.next());
        Ok(SubjectWork { due, mandatory })
    }

    /// Returns the instant until which results have to count: the next night has had its turn then. A night in the past is as
    /// good as one of today.
    fn next(&self) -> DateTime<Utc> {
        match self.horizon {
            Some(horizon) => self.now.checked_add_signed(horizon).unwrap_or(DateTime::<Utc>::MAX_UTC),
            None => {
                let date = self.date.max(self.now.date_naive());
                let next = date.checked_add_days(Days::new(2)).unwrap_or(NaiveDate::MAX);
                next.and_time(NaiveTime::MIN).and_utc()
            }
        }
    }
}
