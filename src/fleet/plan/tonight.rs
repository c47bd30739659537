//! The testcases of a subject that run in a night, and the reason for each.

use super::due::{DueTestcase, Why, due};
use super::score_card::ScoreCard;
use crate::config::{Day, ScheduleRule, Subject};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use scs_checks::definition::{Definitions, Section};
use scs_reports::judge::{JudgeError, Selection, plan};

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

/// Returns the sections that a schedule forces on a date. The first rule that fits counts.
pub fn scheduled(schedule: &[ScheduleRule], date: NaiveDate) -> Option<Vec<Section>> {
    let fits = |rule: &&ScheduleRule| rule.days.is_empty() || rule.days.contains(&Day::of(date));
    schedule.iter().find(fits).map(|rule| rule.sections.clone())
}

impl<'a> Tonight<'a> {
    /// Returns what runs of a subject tonight.
    ///
    /// # Errors
    /// No version of its scope is in force.
    pub fn of_subject(&self, subject: &Subject, card: &ScoreCard) -> Result<Vec<DueTestcase<'a>>, JudgeError> {
        let scope = self.definitions.scopes.get(&subject.scope);
        let scope = scope.ok_or_else(|| JudgeError::UnknownScope(subject.scope.clone()))?;
        let plan = plan(self.definitions, scope, &Selection::everything(self.now))?;
        let selected = plan.testcases.into_iter().filter(|planned| planned.selected);
        let testcases = selected.filter_map(|planned| planned.testcase);
        if let Some(sections) = &self.forced {
            let forced = testcases.filter(|testcase| sections.contains(&testcase.section));
            return Ok(forced.map(|testcase| DueTestcase { id: &testcase.id, why: Why::Forced }).collect());
        }
        // Results have to count until the next night has had its turn.
        let next_night = (self.date + Days::new(2)).and_time(NaiveTime::MIN).and_utc();
        let next = self.horizon.map_or(next_night, |horizon| self.now + horizon);
        Ok(due(testcases, scope, card, &self.definitions.digest, next))
    }
}
