//! Checks one subject: plans, collects, records and judges, in this order, for the command line and for whoever checks many
//! subjects.

use super::collect;
use super::request::CollectRequest;
use crate::watch::{Events, Stop};
use scs_checks::facts::{FactKind, Needs, SubjectKind};
use scs_reports::judge::{JudgeError, JudgeRequest, Recording};
use scs_reports::{Report, Tool};
use strum::VariantArray;

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

/// Collects all facts of a subject, and records them; `tool` is the program that does it.
pub async fn record(request: CollectRequest, tool: Tool, events: &Events, stop: Stop) -> Recording {
    let needs = everything(request.access.kind());
    Recording::of(collect(request, needs, events, stop).await, tool)
}

/// Checks a subject: plans, collects what the plan needs, records that, and judges it.
///
/// # Errors
/// No plan can be made; nothing was sent.
pub async fn check(request: CheckRequest<'_>, events: &Events, stop: Stop) -> Result<Checked, JudgeError> {
    let CheckRequest { judge, collect: request, keeps_recording } = request;
    let plan = judge.plan()?;
    let takes_hours = request.takes_hours();
    let collected = collect(request, plan.needs, events, stop).await;
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
