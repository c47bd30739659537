//! The end of a night: reports are delivered as they come, outcomes are collected, and all is summed up.

use super::left::Left;
use super::request::{NightRequest, NightResult};
use crate::config::Subject;
use crate::deliver::Deliverer;
use crate::plan::{NightPlan, PlannedSubject, Work};
use crate::run::Finished;
use crate::summary::{
    Basis, NightRecords, NightSummary, SubjectOutcome, expired_waivers, not_run, nothing_due, outcome, untested,
};
use chrono::{DateTime, NaiveTime, Utc};
use indexmap::IndexMap;
use scs_checks::definition::Definitions;
use scs_files::ReadError;
use scs_reports::judge::{Known, ReportError, report_from_json};
use scs_reports::{ExitCode, Format, JointJunit, Report};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tokio::sync::mpsc::UnboundedReceiver;

/// The largest report that is read, in bytes.
const LARGEST: u64 = 48 << 20;

/// A report of an earlier attempt that cannot be read.
#[derive(Debug, Error)]
enum Unreadable {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] ReadError),
    /// It is not to be believed.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// The subjects whose turn is over, and everything else that has to be told.
pub(super) struct Ended<'a> {
    request: &'a NightRequest<'a>,
    /// The subjects by name and scope, in the order of the plan.
    planned: IndexMap<(&'a str, &'a str), &'a PlannedSubject<'a>>,
    outcomes: IndexMap<(String, String), SubjectOutcome>,
    pub(super) records: NightRecords,
    junit: Option<JointJunit>,
}

impl<'a> Ended<'a> {
    /// Returns what a night begins with.
    pub(super) fn new(request: &'a NightRequest<'a>, plan: &'a NightPlan<'a>) -> Self {
        let key = |planned: &'a PlannedSubject<'a>| (planned.subject.name.as_str(), planned.subject.scope.as_str());
        Self {
            request,
            planned: plan.subjects.iter().map(|planned| (key(planned), planned)).collect(),
            outcomes: IndexMap::new(),
            records: NightRecords {
                problems: expired_waivers(request.config, request.terms.date.max(request.terms.now.date_naive())),
                data: distributions(request.definitions),
                ..NightRecords::default()
            },
            junit: request.wants_junit.then(JointJunit::default),
        }
    }

    /// Delivers what earlier nights, or killed attempts of this one, still owe.
    pub(super) async fn resume(&mut self, deliverer: &Deliverer<'_>) {
        match deliverer.send_spooled().await {
            Ok((records, problems)) => {
                self.records.deliveries.extend(records);
                self.records.unreadable_reports += problems.len();
                self.records.problems.extend(problems.iter().map(ToString::to_string));
            }
            Err(error) => {
                self.records.unreadable_reports += 1;
                self.records.problems.push(error.to_string());
            }
        }
        // A folder that is gone was tidied away by somebody.
        let is_owed = |folder: &PathBuf| folder.is_dir() && deliverer.is_owed(folder);
        let folders: Vec<PathBuf> = self.planned.values().flat_map(|planned| planned.folders.clone()).collect();
        for folder in folders.into_iter().filter(is_owed) {
            match self.report_in(&folder) {
                Ok(report) => self.records.deliveries.extend(deliverer.deliver(&report, &folder).await),
                Err(why) => {
                    self.records.unreadable_reports += 1;
                    self.records.problems.push(format!("a report of an earlier attempt was not sent: {why}"));
                }
            }
        }
    }

    fn report_in(&self, folder: &Path) -> Result<Report, Unreadable> {
        let file = folder.join(Format::Json.usual_name());
        let text = scs_files::read_text(&file, LARGEST)?;
        let known = Known { official: self.request.definitions, tool: &self.request.tool, now: Utc::now() };
        Ok(report_from_json(&text, &file.display().to_string(), &known)?)
    }

    /// Adds a subject that is not run.
    pub(super) fn skip(&mut self, planned: &PlannedSubject<'_>, done: &mut impl FnMut(&SubjectOutcome)) {
        let basis = self.basis(&planned.subject, planned);
        let outcome = match &planned.work {
            Work::Run { .. } => return,
            Work::NothingDue => nothing_due(&basis),
            Work::Impossible(why) => not_run(&basis, why),
        };
        if let Some(junit) = &mut self.junit
            && let Err(error) = junit.add_untested(&untested(&outcome))
        {
            self.records.problems.push(format!("{}: the JUnit report cannot hold it: {error}", outcome.name));
        }
        self.keep(outcome, done);
    }

    fn basis<'b>(&self, subject: &'b Subject, planned: &'b PlannedSubject<'_>) -> Basis<'b>
    where
        'a: 'b,
    {
        Basis {
            config: self.request.config,
            night: self.request.terms.date,
            subject,
            definitions: self.request.definitions,
            now: self.request.terms.now,
            card: &planned.card,
            earlier: &planned.before,
            mandatory: &planned.mandatory,
            baseline: &self.request.baseline,
        }
    }

    fn keep(&mut self, outcome: SubjectOutcome, done: &mut impl FnMut(&SubjectOutcome)) {
        done(&outcome);
        self.outcomes.insert((outcome.name.clone(), outcome.scope.clone()), outcome);
    }

    /// Delivers and adds each subject whose turn is over.
    pub(super) async fn collect(
        &mut self,
        mut finished: UnboundedReceiver<Finished>,
        deliverer: &Deliverer<'_>,
        done: &mut impl FnMut(&SubjectOutcome),
    ) {
        while let Some(finished) = finished.recv().await {
            if let Some(unwritten) = &finished.unwritten {
                self.records.unwritten += 1;
                self.records.problems.push(format!("{}: {unwritten}", finished.subject));
            }
            self.records.add_data(&finished.seen.data);
            self.records.problems.extend(finished.left.iter().map(|left| format!("{}: {left}", finished.subject)));
            // What is not on the disk is not sent: the next attempt would have the same number.
            if let (Ok(report), None) = (&finished.report, &finished.unwritten) {
                self.records.deliveries.extend(deliverer.deliver(report, &finished.folder).await);
            }
            self.add(&finished, done);
        }
    }

    /// Adds what earlier nights have left. What this night has left is counted already.
    pub(super) fn add_left(&mut self, left: Left) {
        self.records.clusters_left += left.clusters.len();
        self.records.problems.extend(left.clusters);
        let is_counted = |name: &String| self.outcomes.values().any(|one| one.name == *name && one.left_behind > 0);
        for name in left.subjects.iter().filter(|name| !is_counted(name)) {
            self.records.unclear_journals += 1;
            let told = format!("{name}: an earlier run may have left something; `sweep nightly` tells more");
            self.records.problems.push(told);
        }
    }

    fn add(&mut self, finished: &Finished, done: &mut impl FnMut(&SubjectOutcome)) {
        let Some(planned) = self.planned.get(&(finished.subject.as_str(), finished.scope.as_str())).copied() else {
            return;
        };
        if let (Some(junit), Ok(report)) = (&mut self.junit, &finished.report)
            && let Err(error) = junit.add(report)
        {
            self.records.problems.push(format!("{}: the JUnit report cannot hold it: {error}", finished.subject));
        }
        let attempt = match &planned.work {
            Work::Run { attempt, .. } => *attempt,
            Work::NothingDue | Work::Impossible(_) => 0,
        };
        let outcome = outcome(&self.basis(&planned.subject, planned), attempt, finished);
        self.keep(outcome, done);
    }

    /// Sums up the night.
    pub(super) fn result(mut self, began: DateTime<Utc>) -> NightResult {
        let order = |one: &SubjectOutcome| self.planned.get_index_of(&(one.name.as_str(), one.scope.as_str()));
        self.records.subjects = self.outcomes.into_values().collect();
        self.records.subjects.sort_by_key(order);
        let NightRequest { config, terms, state, .. } = self.request;
        let mut summary = NightSummary::new(terms.date, began..Utc::now(), config.fail_on, self.records);
        let is_whole = terms.choice.subjects.is_empty() && terms.choice.scopes.is_empty();
        let last_success = match summary.exit() {
            ExitCode::Success | ExitCode::Violation if is_whole => {
                state.succeeded(summary.finished_at).map(|()| Some(summary.finished_at))
            }
            _ => state.last_success(),
        };
        let last_success = last_success.unwrap_or_else(|error| {
            summary.problems.push(error.to_string());
            None
        });
        NightResult { summary, junit: self.junit, last_success }
    }
}

/// Returns the day as of which the releases of distributions are known, which belong to the definitions.
fn distributions(definitions: &Definitions) -> BTreeMap<&'static str, DateTime<Utc>> {
    let as_of = definitions.distributions_as_of.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    as_of.map(|as_of| ("distributions", as_of)).into_iter().collect()
}
