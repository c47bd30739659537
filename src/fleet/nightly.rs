//! A night from its beginning to its end: plan, run, deliver, sum up.

use crate::config::{BRANCH, Config, Subject};
use crate::deliver::{Deliverer, DeliveryError, Variable};
use crate::plan::{ChoiceError, DecidedBy, NightPlan, NightTerms, PlannedSubject, Work, chosen, expand, plan_night};
use crate::provision::{ClusterJournal, ClusterSweep, ProvisionError, ProvisionPace, SweptCluster, sweep_clusters};
use crate::run::{Finished, Job, JobSelection, KeepSecrets, Night};
use crate::sign::SigningAgent;
use crate::state::{StateError, StateFolder};
use crate::status::{Asked, StatusRequest};
use crate::summary::{Baseline, Basis, NightRecords, NightSummary, SubjectOutcome, expired_waivers, left_out, outcome};
use crate::sweep::{FormerSubject, former_subjects};
use chrono::{DateTime, NaiveTime, Utc};
use indexmap::IndexMap;
use scs_checks::definition::Definitions;
use scs_files::ReadError;
use scs_reports::judge::{Known, ReportError, report_from_json};
use scs_reports::{ExitCode, Format, JointJunit, Report, RunBy, Tool};
use scs_subjects::settings::Environment;
use scs_subjects::watch::{Event, Events, Stop};
use scs_subjects::wire::limits::Limits;
use scs_subjects::wire::permits::HostPermits;
use scs_subjects::world::SharedWorld;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use url::Url;

/// The longest part of a night's time that is kept for cleaning up and delivering.
const RESERVE: Duration = Duration::from_secs(5 * 60);

/// The largest report that is read, in bytes.
const LARGEST: u64 = 48 << 20;

/// A night: what a user asks for, and what the process has.
pub struct NightRequest<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The definitions.
    pub definitions: &'a Definitions,
    /// The wishes.
    pub terms: NightTerms,
    /// The result server that says what of the night is missing, if not the state folder does.
    pub missing_at: Option<Url>,
    /// The state folder.
    pub state: &'a StateFolder,
    /// The results that count as known, if the user names any.
    pub baseline: Baseline,
    /// The time limit, if not that of the configuration.
    pub deadline: Option<Duration>,
    /// The program.
    pub tool: Tool,
    /// The person or CI job that runs it.
    pub run_by: RunBy,
    /// The environment.
    pub environment: Environment,
    /// Is told of the secrets of each subject.
    pub keep: KeepSecrets,
    /// The public data about Kubernetes.
    pub world: SharedWorld,
    /// True if the JUnit report of the whole night is wanted.
    pub wants_junit: bool,
    /// The switch that ends the night early.
    pub stop: Stop,
    /// The place where all events go; it is called from many threads.
    pub events: Arc<dyn Fn(Event) + Send + Sync>,
}

/// The switches that end the parts of a night early.
#[derive(Default)]
struct Stops {
    subjects: Stop,
    delivery: Stop,
}

/// A night that cannot begin.
#[derive(Debug, Error)]
pub enum NightError {
    /// The user names something that the configuration does not have.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// No report of the baseline is of a subject of this night.
    #[error("--baseline: none of its reports is of a subject of this night in its scope")]
    Baseline,
    /// Nothing could be signed or sent.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
}

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

/// A night that is over.
pub struct NightResult {
    /// The summary.
    pub summary: NightSummary,
    /// The JUnit report, if it was wanted.
    pub junit: Option<JointJunit>,
    /// The end of the last night in which everything was tested and delivered.
    pub last_success: Option<DateTime<Utc>>,
}

/// Returns the supported branches of Kubernetes, if subjects stand for them; the newest last.
pub async fn branches(config: &Config, world: &SharedWorld, now: DateTime<Utc>) -> Vec<String> {
    if !config.subjects.iter().any(|subject| subject.name.contains(BRANCH)) {
        return Vec::new();
    }
    let (world, _) = world.get(now, &Events::none()).await;
    let mut branches: Vec<String> = world.supported_at(now).map(|branch| branch.branch.clone()).collect();
    branches.sort_by_key(|branch| branch.split('.').map(|part| part.parse::<u32>().ok()).collect::<Vec<_>>());
    branches.dedup();
    branches
}

impl NightRequest<'_> {
    /// Plans the night; besides, why a result server did not say what it has.
    ///
    /// # Errors
    /// The user names something that the configuration does not have.
    async fn plan(&self, variable: &Variable) -> Result<(NightPlan<'_>, Option<String>), NightError> {
        let branches = branches(self.config, &self.world, self.terms.now).await;
        let (mut terms, mut problem) = (self.terms.clone(), None);
        if let Some(server) = &self.missing_at {
            let asked = self.asked(server, &branches, variable).await?;
            terms.only_missing = Some(DecidedBy::Server(asked.served));
            problem = asked.problem;
        }
        Ok((plan_night(self.config, self.definitions, &branches, Some(self.state), &terms)?, problem))
    }

    /// Asks a result server what it has of this night; nothing any more once the night is stopped.
    async fn asked(&self, server: &Url, branches: &[String], variable: &Variable) -> Result<Asked, ChoiceError> {
        let subjects = chosen(self.config, branches, &self.terms)?;
        let NightTerms { date: night, now, .. } = self.terms;
        let limit = StatusRequest::LIMIT.min(self.limit() / 5);
        let request = StatusRequest { server, config: self.config, definitions: self.definitions, night, now, limit };
        Ok(tokio::select! {
            asked = request.ask(&subjects, variable) => asked,
            _ = self.stop.thrown() => Asked::default(),
        })
    }

    /// Returns the time limit of the whole night.
    fn limit(&self) -> Duration {
        self.deadline.unwrap_or(self.config.limits.deadline)
    }

    /// Runs the night; `done` is told of each subject when its report is written and sent.
    ///
    /// # Errors
    /// It cannot begin: nothing was tested.
    pub async fn run(&self, mut done: impl FnMut(&SubjectOutcome)) -> Result<NightResult, NightError> {
        let (began, begin) = (Utc::now(), Instant::now());
        let variable: Box<Variable> = Box::new({
            let environment = self.environment.clone();
            move |name| environment.var(name).map(str::to_owned)
        });
        let (plan, problem) = self.plan(&*variable).await?;
        if !self.baseline.is_empty() && !plan.subjects.iter().any(|planned| self.baseline.has(&planned.subject)) {
            return Err(NightError::Baseline);
        }
        let stops = Stops::default();
        let deliverer = Deliverer::new(self.config, &self.state.spool(), stops.delivery.clone(), &*variable).await?;
        let mut ended = Ended::new(self, &plan);
        ended.records.problems.extend(problem);
        for (subject, why) in plan.subjects.iter().filter_map(not_run) {
            ended.skip(subject, why, &mut done);
        }
        let night = self.night(deliverer.signer(), &stops.subjects);
        let (sender, receiver) = unbounded_channel();
        let mut swept = Ok(Vec::new());
        let running = async {
            let running = night.run(jobs(&plan), |finished| drop(sender.send(finished)));
            ((), swept) = tokio::join!(running, self.swept(&plan, &stops.subjects));
            drop(sender);
        };
        // No server may keep the subjects waiting.
        let delivering = async {
            ended.resume(&deliverer).await;
            ended.collect(receiver, &deliverer, &mut done).await;
        };
        tokio::select! {
            biased;
            () = self.keep_time(begin, &stops) => {}
            _ = async { tokio::join!(running, delivering) } => {}
        }
        ended.add_swept(swept);
        ended.add_former(self.former().await);
        Ok(ended.result(began))
    }

    /// Removes the clusters of earlier nights whose subjects do not run tonight.
    async fn swept(&self, plan: &NightPlan<'_>, stop: &Stop) -> Result<Vec<SweptCluster>, StateError> {
        let (keep, events) = (Arc::clone(&self.keep), Arc::clone(&self.events));
        let events = move |subject: &str| {
            let events = Arc::clone(&events);
            Events::new(subject, move |event| events(event))
        };
        let sweep = ClusterSweep {
            config: self.config,
            state: self.state,
            environment: &self.environment,
            limits: Limits::default(),
            pace: ProvisionPace::default(),
            keep: &*keep,
            limit: None,
            events: &events,
        };
        let runs = |planned: &PlannedSubject<'_>| matches!(planned.work, Work::Run { .. });
        let has_turn = |name: &str| plan.subjects.iter().any(|one| one.subject.name == name && runs(one));
        tokio::select! {
            swept = sweep_clusters(&sweep, has_turn) => swept,
            reason = stop.thrown() => {
                let left = ClusterJournal::subjects(self.state).await?.into_iter().filter(|name| !has_turn(name));
                let stopped = |subject| {
                    SweptCluster { subject, left: Some(ProvisionError::Stopped(reason.clone())) }
                };
                Ok(left.map(stopped).collect())
            }
        }
    }

    /// Returns the subjects that the configuration no longer has, and in which an earlier night may have left something.
    async fn former(&self) -> Result<Vec<FormerSubject>, StateError> {
        let names = self.state.subjects_with_journals()?;
        let branches = branches(self.config, &self.world, self.terms.now).await;
        Ok(former_subjects(self.config, names, &expand(&self.config.subjects, &branches)))
    }

    fn night<'a>(&'a self, signer: Option<&'a SigningAgent>, stop: &Stop) -> Night<'a> {
        Night {
            config: self.config,
            definitions: self.definitions,
            date: self.terms.date,
            now: self.terms.now,
            tool: self.tool.clone(),
            run_by: self.run_by.clone(),
            environment: self.environment.clone(),
            keep: Arc::clone(&self.keep),
            signer,
            state: self.state,
            hosts: HostPermits::new(self.config.limits.requests_per_host),
            pace: ProvisionPace::default(),
            world: self.world.clone(),
            stop: stop.clone(),
            events: Arc::clone(&self.events),
        }
    }

    /// Stops the subjects while there is still time to clean up and deliver, and the delivery before that time is over; both
    /// at once if the night itself is stopped. Does not end.
    async fn keep_time(&self, begin: Instant, stops: &Stops) {
        let deadline = self.limit();
        let reserve = RESERVE.min(deadline / 5);
        let over = format!("the time of the night ({}) is nearly over", humantime::format_duration(deadline));
        let in_time = async {
            tokio::time::sleep(deadline.saturating_sub(reserve).saturating_sub(begin.elapsed())).await;
            stops.subjects.throw(&over);
            tokio::time::sleep(reserve * 3 / 4).await;
            stops.delivery.throw(&over);
        };
        let stopped = async {
            let reason = self.stop.thrown().await;
            stops.subjects.throw(&reason.message);
            stops.delivery.throw(&reason.message);
        };
        tokio::join!(in_time, stopped);
        std::future::pending().await
    }
}

/// Returns the day as of which the releases of distributions are known, which belong to the definitions.
fn distributions(definitions: &Definitions) -> BTreeMap<&'static str, DateTime<Utc>> {
    let as_of = definitions.distributions_as_of.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    as_of.map(|as_of| ("distributions", as_of)).into_iter().collect()
}

fn not_run<'a>(planned: &'a PlannedSubject<'_>) -> Option<(&'a PlannedSubject<'a>, Option<&'a str>)> {
    match &planned.work {
        Work::Run { .. } => None,
        Work::NothingDue => Some((planned, None)),
        Work::Impossible(why) => Some((planned, Some(why))),
    }
}

fn jobs(plan: &NightPlan<'_>) -> Vec<Job> {
    let job = |planned: &PlannedSubject<'_>| match &planned.work {
        Work::Run { attempt, testcases } => Some(Job {
            subject: planned.subject.clone(),
            selection: JobSelection::Testcases(testcases.iter().map(|due| due.id.to_owned()).collect()),
            attempt: *attempt,
        }),
        Work::NothingDue | Work::Impossible(_) => None,
    };
    plan.subjects.iter().filter_map(job).collect()
}

/// What has ended by now.
struct Ended<'a> {
    request: &'a NightRequest<'a>,
    /// The subjects by name and scope, in the order of the plan.
    planned: IndexMap<(&'a str, &'a str), &'a PlannedSubject<'a>>,
    outcomes: IndexMap<(String, String), SubjectOutcome>,
    records: NightRecords,
    junit: Option<JointJunit>,
}

impl<'a> Ended<'a> {
    fn new(request: &'a NightRequest<'a>, plan: &'a NightPlan<'a>) -> Self {
        let key = |planned: &'a PlannedSubject<'a>| (planned.subject.name.as_str(), planned.subject.scope.as_str());
        Self {
            request,
            planned: plan.subjects.iter().map(|planned| (key(planned), planned)).collect(),
            outcomes: IndexMap::new(),
            records: NightRecords {
                problems: expired_waivers(request.config, request.terms.date),
                data: distributions(request.definitions),
                ..NightRecords::default()
            },
            junit: request.wants_junit.then(JointJunit::default),
        }
    }

    /// Delivers what earlier nights, or killed attempts of this one, still owe.
    async fn resume(&mut self, deliverer: &Deliverer<'_>) {
        match deliverer.send_spooled().await {
            Ok((records, problems)) => {
                self.records.deliveries.extend(records);
                self.records.problems.extend(problems.iter().map(ToString::to_string));
            }
            Err(error) => self.records.problems.push(error.to_string()),
        }
        let folders: Vec<PathBuf> = self.planned.values().flat_map(|planned| planned.tonight.clone()).collect();
        for folder in folders.into_iter().filter(|folder| deliverer.is_owed(folder)) {
            match self.report_in(&folder) {
                Ok(report) => self.records.deliveries.extend(deliverer.deliver(&report, &folder).await),
                Err(why) => self.records.problems.push(why.to_string()),
            }
        }
    }

    fn report_in(&self, folder: &Path) -> Result<Report, Unreadable> {
        let file = folder.join(Format::Json.usual_name());
        let text = scs_files::read_text(&file, LARGEST)?;
        let known = Known { official: self.request.definitions, tool: &self.request.tool, now: Utc::now() };
        Ok(report_from_json(&text, &file.display().to_string(), &known)?)
    }

    fn skip(&mut self, planned: &PlannedSubject<'_>, why: Option<&str>, done: &mut impl FnMut(&SubjectOutcome)) {
        let outcome = left_out(&self.basis(&planned.subject, planned), why);
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
            card: &planned.card,
            baseline: &self.request.baseline,
        }
    }

    fn keep(&mut self, outcome: SubjectOutcome, done: &mut impl FnMut(&SubjectOutcome)) {
        done(&outcome);
        self.outcomes.insert((outcome.name.clone(), outcome.scope.clone()), outcome);
    }

    async fn collect(
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
            if let Ok(report) = &finished.report {
                self.records.deliveries.extend(deliverer.deliver(report, &finished.folder).await);
            }
            self.add(&finished, done);
        }
    }

    /// Adds the clusters of earlier nights that are left.
    fn add_swept(&mut self, swept: Result<Vec<SweptCluster>, StateError>) {
        match swept {
            Err(error) => self.records.problems.push(error.to_string()),
            Ok(swept) => {
                for (subject, error) in swept.into_iter().filter_map(|one| Some((one.subject, one.left?))) {
                    self.records.clusters_left += 1;
                    self.records.problems.push(format!("{subject}: a cluster of an earlier night is left: {error}"));
                }
            }
        }
    }

    /// Adds what may be left in subjects of earlier nights.
    fn add_former(&mut self, former: Result<Vec<FormerSubject>, StateError>) {
        match former {
            Err(error) => self.records.problems.push(error.to_string()),
            Ok(former) => {
                self.records.former_subjects += former.len();
                self.records.problems.extend(former.iter().map(|one| {
                    format!("{}: an earlier night may have left something; `sweep nightly` tells more", one.name())
                }));
            }
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

    fn result(mut self, began: DateTime<Utc>) -> NightResult {
        let order = |one: &SubjectOutcome| self.planned.get_index_of(&(one.name.as_str(), one.scope.as_str()));
        self.records.subjects = self.outcomes.into_values().collect();
        self.records.subjects.sort_by_key(order);
        let NightRequest { config, terms, state, .. } = self.request;
        let mut summary = NightSummary::new(terms.date, began..Utc::now(), config.fail_on, self.records);
        let last_success = match summary.exit() {
            ExitCode::Success | ExitCode::Violation => {
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
