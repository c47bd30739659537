//! The turn of one subject: collect, judge, write.

use super::{Entrance, Finished, Job, Night, Seen, Unwritten, entrance, report_id};
use crate::config::{Access, Subject, folder_of};
use crate::state::Attempt;
use chrono::{DateTime, Utc};
use scs_checks::facts::Needs;
use scs_checks::verdict::{Reason, ReasonCode};
use scs_files::WriteError;
use scs_reports::judge::{Bundle, BundleError, Collected, JudgeError, JudgeRequest, Recording, Selection};
use scs_reports::{Format, Report, render};
use scs_subjects::collect::{ChangePermission, ChangeTerms};
use scs_subjects::ledger::Journals;
use scs_subjects::run::{CollectRequest, SpawnedRun, SubjectAccess, spawn};
use scs_subjects::watch::{Events, Stop};
use scs_subjects::wire::limits::Limits;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// The time for cleaning up, after which a run is no longer waited for.
const CLEANUP: Duration = Duration::from_secs(6 * 60);
/// The time that a run gets to clean up after the night was stopped, and the time after that: jobs are killed half a minute
/// after they were asked to end.
const STOPPING: Duration = Duration::from_secs(15);
const HURRYING: Duration = Duration::from_secs(4);

/// A subject that was checked.
struct Checked {
    report: Result<Report, JudgeError>,
    /// The bundle, if it is wanted.
    bundle: Option<Result<Bundle, BundleError>>,
    /// The reason why its cluster is left, which was made for the night.
    left: Option<String>,
    seen: Seen,
}

impl Night<'_> {
    /// Checks a subject, and puts the result on the disk before anybody hears of it.
    pub(super) async fn finish(&self, job: Job) -> Finished {
        let Checked { report, bundle, left, seen } = self.checked(&job).await;
        let Job { subject, attempt, .. } = job;
        let folder = folder_of(&self.config.outputs.dir, &subject, self.date, attempt);
        let written = match &report {
            Ok(report) => self.put_down(report, &subject, attempt, &folder).await,
            Err(_) => Ok(()),
        };
        let unwritten = match (written, bundle) {
            (Ok(()), Some(bundle)) => self.put_bundle(bundle, &folder).await.err(),
            (written, _) => written.err(),
        };
        Finished { subject: subject.name, scope: subject.scope, report, folder, unwritten, left, seen }
    }

    async fn checked(&self, job: &Job) -> Checked {
        let judge = self.judge(job);
        let plan = match judge.plan() {
            Ok(plan) => plan,
            Err(error) => return Checked { report: Err(error), bundle: None, left: None, seen: Seen::default() },
        };
        // The kubeconfig of a cluster that is made for the night goes with it.
        let (collected, left, certificate_end) = match &job.subject.access {
            Access::Provisioned(provisioner) => {
                let (collected, left) = Box::pin(self.on_demand(job, provisioner, plan.needs)).await;
                (collected, left, None)
            }
            access => {
                let (collected, end) = self.collected(job, plan.needs, access, job.subject.deadline).await;
                (collected, None, end)
            }
        };
        let seen = Seen::from_run(&collected.facts, certificate_end, collected.credential_ends_at);
        let recording = self.config.outputs.bundle.then(|| Recording::of(collected.clone(), self.tool.clone()));
        let instant = collected.observed_at;
        let id = report_id(&job.subject.name, &job.subject.scope, self.date, job.attempt);
        let report = Report { id, ..judge.judge(&plan, collected, instant) };
        let bundle = recording.map(|recording| Bundle::new(self.definitions, &report, &recording));
        Checked { report: Ok(report), bundle, left, seen }
    }

    /// Returns what is known of a subject that was not tested, for this reason.
    pub(super) fn nothing_known(&self, subject: &Subject, reason: Reason, began: DateTime<Utc>) -> Collected {
        Collected::nothing(&subject.name, subject.access.kind(), reason, self.run_by.clone(), began)
    }

    /// Collects from a subject. A mistake in its configuration, a defect or a run that does not end is what is known of it.
    /// Besides, the end of the client certificate that logs in.
    pub(super) async fn collected(
        &self,
        job: &Job,
        needs: Needs,
        access: &Access,
        deadline: Duration,
    ) -> (Collected, Option<DateTime<Utc>>) {
        let began = Utc::now();
        let subject = &job.subject;
        let nothing = |reason| self.nothing_known(subject, reason, began);
        if let Some(reason) = self.stop.reason() {
            return (nothing(reason), None);
        }
        let (access, certificate_end) = match entrance(&self.environment, access, &self.keep).await {
            Ok(Entrance::Cloud(cloud)) => (SubjectAccess::from(*cloud), None),
            Ok(Entrance::Cluster { cluster, certificate_end }) => {
                (SubjectAccess::from((*cluster, self.world.clone())), certificate_end)
            }
            Err(reason) => return (nothing(reason), None),
        };
        let events = Arc::clone(&self.events);
        let events = Events::new(&subject.name, move |event| events(event));
        let stop = Stop::default();
        let run = spawn(self.request(subject, access, deadline), needs, events, stop.clone());
        (self.attended(run, &stop, deadline).await.unwrap_or_else(nothing), certificate_end)
    }

    fn request(&self, subject: &Subject, access: SubjectAccess, deadline: Duration) -> CollectRequest {
        let permission = subject.changes.then(|| ChangePermission {
            terms: ChangeTerms::default(),
            journals: Journals::named(self.state.journals_of(&subject.name)),
        });
        CollectRequest {
            subject: Some(subject.name.clone()),
            permission,
            deadline: Some(deadline),
            asks_for_credential: true,
            limits: Limits { hosts: self.hosts.clone(), ..Limits::default() },
            run_by: self.run_by.clone(),
            ..CollectRequest::new(access)
        }
    }

    /// Waits for a run, and stops it when the night is stopped. Its own deadline and its cleaning up are its own affair; one
    /// that goes on after both is left alone.
    async fn attended(&self, run: SpawnedRun, stop: &Stop, deadline: Duration) -> Result<Collected, Reason> {
        let mut run = pin!(run.collected());
        let limit = deadline + CLEANUP;
        let in_time = tokio::select! {
            ended = tokio::time::timeout(limit, &mut run) => ended.ok(),
            reason = self.stop.thrown() => {
                stop.throw(&reason.message);
                match tokio::time::timeout(STOPPING, &mut run).await {
                    Ok(ended) => Some(ended),
                    Err(_) => {
                        stop.hurry();
                        tokio::time::timeout(HURRYING, &mut run).await.ok()
                    }
                }
            }
        };
        match in_time {
            Some(Ok(collected)) => Ok(collected),
            Some(Err(_)) => Err(Reason::new(
                ReasonCode::InternalError,
                "the run of this subject met a defect of this program; please report it, with the log",
            )),
            None => {
                let seconds =
                    humantime::format_duration(if self.stop.reason().is_some() { STOPPING + HURRYING } else { limit });
                Err(Reason::new(ReasonCode::Deadline, format!("the run did not end within {seconds}")))
            }
        }
    }

    /// Writes the files of a report, and then the line of the history.
    async fn put_down(&self, report: &Report, subject: &Subject, attempt: u32, folder: &Path) -> Result<(), Unwritten> {
        let history = self.state.history(&subject.name, &subject.scope);
        let attempt = Attempt::from_report(report, self.date, attempt, folder.to_owned());
        let (folder, formats, report) = (folder.to_owned(), self.config.outputs.formats.clone(), report.clone());
        let writing = tokio::task::spawn_blocking(move || {
            write(&report, &formats, &folder)?;
            Ok(history.add(&attempt)?)
        });
        writing.await.unwrap_or_else(|_| Err(Unwritten::Format("a format met a defect".to_owned())))
    }

    /// Signs a bundle, and writes it beside the report.
    async fn put_bundle(&self, bundle: Result<Bundle, BundleError>, folder: &Path) -> Result<(), Unwritten> {
        let text = bundle?.to_json().map_err(|error| Unwritten::Format(error.to_string()))?;
        let signature = self.signer.ok_or(Unwritten::NoSigner)?.sign(&text).await?;
        let file = folder.join(Bundle::USUAL_NAME);
        let writing = tokio::task::spawn_blocking(move || {
            Ok(scs_files::replace(&file, &scs_signatures::attach(&signature, &text))?)
        });
        writing.await.unwrap_or_else(|_| Err(Unwritten::Format("the bundle met a defect".to_owned())))
    }

    fn judge<'a>(&'a self, job: &'a Job) -> JudgeRequest<'a> {
        let selection = Selection { select: job.testcases.clone(), ..Selection::everything(self.now) };
        JudgeRequest {
            definitions: self.definitions,
            scope: &job.subject.scope,
            selection,
            is_date_named: false,
            tool: self.tool.clone(),
        }
    }
}

fn write(report: &Report, formats: &[Format], folder: &Path) -> Result<(), Unwritten> {
    scs_files::private_folder(folder).map_err(|error| WriteError::new(folder, error))?;
    for format in formats {
        let text = render(*format, report).map_err(|error| Unwritten::Format(error.to_string()))?;
        scs_files::replace(&folder.join(format.usual_name()), &text)?;
    }
    Ok(())
}
