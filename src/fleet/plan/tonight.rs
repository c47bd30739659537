//! The testcases of a subject that run in a night, and the reason for each.

use super::due::{DueTestcase, Why, due};
use super::score_card::ScoreCard;
use crate::config::{Day, ScheduleRule, Subject};
use chrono::{DateTime, Days, NaiveDate, Utc};
use scs_checks::definition::{Definitions, Section, Testcase};
use scs_reports::Tool;
use scs_reports::judge::{JudgeError, JudgeRequest, Selection};

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
        let testcases = self.testcases(subject)?;
        if let Some(sections) = &self.forced {
            let forced = testcases.into_iter().filter(|testcase| sections.contains(&testcase.section));
            return Ok(forced.map(|testcase| DueTestcase { id: &testcase.id, why: Why::Forced }).collect());
        }
        let scope = self.definitions.scopes.get(&subject.scope);
        let scope = scope.ok_or_else(|| JudgeError::UnknownScope(subject.scope.clone()))?;
        // Results have to count until the next night has had its turn.
        let next = (self.date + Days::new(2)).and_time(chrono::NaiveTime::MIN).and_utc();
        Ok(due(testcases, scope, card, &self.definitions.digest, next))
    }

    /// Returns the testcases of the versions that count.
    fn testcases(&self, subject: &Subject) -> Result<Vec<&'a Testcase>, JudgeError> {
        let judge = JudgeRequest {
            definitions: self.definitions,
            scope: &subject.scope,
            selection: Selection::everything(self.now),
            is_date_named: false,
            tool: Tool { name: String::new(), version: String::new(), commit: None },
        };
        let plan = judge.plan()?;
        let selected = plan.testcases.iter().filter(|planned| planned.selected);
        Ok(selected.filter_map(|planned| self.definitions.testcase(planned.id)).collect())
    }
}
