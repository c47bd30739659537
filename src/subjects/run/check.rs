//! Checks one subject: plans, collects, records and judges, in this order, for the command line and for whoever checks many
//! subjects.

use super::collect;
use super::job::{Job, Target};
use crate::collect::ChangePermission;
use crate::suites::Suites;
use crate::watch::{Events, Stop};
use crate::wire::limits::Limits;
use scs_checks::facts::{FactKind, Needs, SubjectKind};
use scs_reports::judge::{Collected, JudgeError, JudgeRequest, Recording};
use scs_reports::{Report, RunBy, Tool};
use std::time::Duration;
use strum::VariantArray;

/// The time limit of a run that only reads.
const READING: Duration = Duration::from_secs(5 * 60);
/// The time limit of a run that may change the subject.
const CHANGING: Duration = Duration::from_secs(60 * 60);
/// The number of suites that take hours.
const SUITES: u32 = 2;

/// A request to collect from one subject.
pub struct CollectRequest {
    /// The subject, and how to reach it.
    pub target: Target,
    /// The name of the subject in reports, instead of the one that its configuration gives it.
    pub subject: Option<String>,
    /// True if the subject is a simulation, which every report then says.
    pub simulated: bool,
    /// The permission to change the subject, if there is one.
    pub permission: Option<ChangePermission>,
    /// Results of suites that are brought along.
    pub brought: Suites,
    /// The time limit, instead of the usual one.
    pub deadline: Option<Duration>,
    /// The limits of the client.
    pub limits: Limits,
    /// The person or CI job that collects.
    pub run_by: RunBy,
}

/// A request to check one subject.
pub struct CheckRequest<'a> {
    /// The definitions and the selection.
    pub judge: JudgeRequest<'a>,
    /// The subject, and the terms of the run.
    pub collect: CollectRequest,
    /// True if the recording is wanted besides the report.
    pub keeps_recording: bool,
}

/// The result of a check.
pub struct Checked {
    /// The report.
    pub report: Report,
    /// The recording, if it is wanted.
    pub recording: Option<Recording>,
}

impl CollectRequest {
    /// Returns the name of the subject in reports.
    pub fn subject(&self) -> &str {
        self.subject.as_deref().unwrap_or_else(|| self.target.name())
    }

    /// Returns the time limit: the one that is set, or the usual one of such a run. Suites that take hours are not cut short
    /// by a limit that nobody has set.
    pub fn deadline(&self) -> Duration {
        let usual = self.permission.as_ref().map_or(READING, |permission| {
            let heavy = permission.terms.heavy.as_ref();
            CHANGING + heavy.map_or(Duration::ZERO, |heavy| heavy.limit * SUITES)
        });
        self.deadline.unwrap_or(usual)
    }

    async fn collect(self, needs: Needs, events: &Events, stop: Stop) -> Collected {
        let (subject, deadline) = (self.subject().to_owned(), self.deadline());
        let Self { target, simulated, permission, brought, limits, mut run_by, .. } = self;
        let secrets = target.secrets().clone();
        run_by.texts_mut().for_each(|text| *text = secrets.hide(text).into_owned());
        let job = Job { needs, target, subject, deadline, limits, brought, permission };
        let mut collected = collect(job, events, stop).await;
        collected.run_by = run_by;
        collected.subject.simulated = simulated;
        collected
    }
}

/// Collects all facts of a subject, and records them; `tool` is the program that does it.
pub async fn record(request: CollectRequest, tool: Tool, events: &Events, stop: Stop) -> Recording {
    let needs = everything(request.target.kind());
    Recording::of(request.collect(needs, events, stop).await, tool)
}

/// Checks a subject: plans, collects what the plan needs, records that, and judges it.
///
/// # Errors
/// No plan can be made; nothing was sent.
pub async fn check(request: CheckRequest<'_>, events: &Events, stop: Stop) -> Result<Checked, JudgeError> {
    let CheckRequest { judge, collect, keeps_recording } = request;
    let plan = judge.plan()?;
    let takes_hours = collect.permission.as_ref().is_some_and(ChangePermission::takes_hours);
    let collected = collect.collect(plan.needs, events, stop).await;
    // Results of tests that took hours are judged as of their end.
    let instant = if takes_hours { collected.observed_at } else { plan.reference };
    let recording = keeps_recording.then(|| Recording::of(collected.clone(), judge.tool.clone()));
    Ok(Checked { report: judge.judge(&plan, collected, instant), recording })
}

/// Returns all facts that such a subject can have.
fn everything(subject: SubjectKind) -> Needs {
    let own = FactKind::VARIANTS.iter().filter(|fact| fact.subject() == subject);
    own.fold(Needs::NONE, |needs, fact| needs.and(Needs::only(*fact)))
}
