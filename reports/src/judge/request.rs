//! A request to judge: one order of steps for runs, recordings, fleets and servers.

use super::evaluate::{Collected, evaluate};
use super::plan::{Plan, PlanError, Selection, plan};
use super::recording::Recording;
use crate::difference::Difference;
use crate::report::{Report, Tool};
use chrono::{DateTime, Utc};
use scs_checks::definition::Definitions;
use scs_checks::facts::Now;
use thiserror::Error;

/// The definitions and the selection by which a subject is judged.
#[derive(Clone, Debug)]
pub struct JudgeRequest<'a> {
    /// The definitions.
    pub definitions: &'a Definitions,
    /// The id of the scope.
    pub scope: &'a str,
    /// The versions and testcases that count, and the instant as of which the timeline is read.
    pub selection: Selection,
    /// True if the user has named that instant, so that no clock is compared.
    pub is_date_named: bool,
    /// The program that judges.
    pub tool: Tool,
}

/// A report of a recording.
#[derive(Debug)]
pub struct Reevaluation {
    /// The report.
    pub report: Report,
    /// For other versions or another day: the difference to what counted when the recording was made.
    pub forecast: Option<Difference>,
}

/// A reason why nothing can be judged.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum JudgeError {
    /// The definitions have no such scope.
    #[error("there is no scope \"{0}\"")]
    UnknownScope(String),
    /// No plan can be made of the selection.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The report of a recording contradicts itself, so the recording does.
    #[error("the recording contradicts itself: {0}")]
    Contradicts(String),
}

impl JudgeRequest<'_> {
    /// Makes the plan.
    ///
    /// # Errors
    /// The scope is unknown, or no plan can be made of the selection.
    pub fn plan(&self) -> Result<Plan<'_>, JudgeError> {
        let scope = self.definitions.scopes.get(self.scope);
        let scope = scope.ok_or_else(|| JudgeError::UnknownScope(self.scope.to_owned()))?;
        Ok(plan(self.definitions, scope, &self.selection)?)
    }

    /// Judges facts by the plan. This instant counts as now, by the local clock, unless the user has named another one.
    pub fn judge(&self, plan: &Plan<'_>, collected: Collected, instant: DateTime<Utc>) -> Report {
        let now = match self.is_date_named {
            true => Now::named(plan.reference),
            false => Now::from_clock(instant, collected.clock),
        };
        evaluate(self.definitions, plan, collected, now, self.tool.clone())
    }

    /// Judges a recording, as of the instant at which its facts were observed or of the one that the user has named.
    ///
    /// # Errors
    /// No plan can be made, or the recording contradicts itself.
    pub fn reevaluate(&self, recording: Recording) -> Result<Reevaluation, JudgeError> {
        if !self.is_forecast() {
            return Ok(Reevaluation { report: self.verified(recording)?, forecast: None });
        }
        let reference = recording.collected.observed_at;
        let selection = Selection { reference, versions: Vec::new(), ..self.selection.clone() };
        let as_it_was = JudgeRequest { selection, is_date_named: false, ..self.clone() };
        let before = as_it_was.verified(recording.clone())?;
        let report = self.verified(recording)?;
        let forecast = Some(Difference::between(&before, &report));
        Ok(Reevaluation { report, forecast })
    }

    /// Returns true if other versions or another day are asked for than those of a recording.
    fn is_forecast(&self) -> bool {
        self.is_date_named || !self.selection.versions.is_empty()
    }

    fn verified(&self, recording: Recording) -> Result<Report, JudgeError> {
        let plan = self.plan()?;
        let observed_at = recording.collected.observed_at;
        let report = self.judge(&plan, recording.collected, observed_at);
        report.verify().map_err(|contradiction| JudgeError::Contradicts(contradiction.to_string()))?;
        Ok(report)
    }
}
