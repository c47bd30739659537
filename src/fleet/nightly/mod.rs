//! A night from its beginning to its end: plan, run, deliver, sum up.

mod ended;
mod left;
mod request;

pub use request::{NightError, NightRequest, NightResult};

use crate::config::{BRANCH, Config};
use crate::deliver::{Deliverer, Variable};
use crate::plan::{ChoiceError, DecidedBy, NightPlan, NightTerms, PlannedSubject, Work, chosen, plan_night};
use crate::provision::ProvisionPace;
use crate::run::{Job, Night};
use crate::sign::SigningAgent;
use crate::status::{Asked, StatusRequest};
use crate::summary::SubjectOutcome;
use chrono::{DateTime, Utc};
use ended::Ended;
use left::Left;
use scs_subjects::watch::{Events, Stop};
use scs_subjects::wire::permits::HostPermits;
use scs_subjects::world::SharedWorld;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::unbounded_channel;
use url::Url;

/// The longest part of a night's time that is kept for cleaning up and delivering.
const RESERVE: Duration = Duration::from_secs(5 * 60);

/// The switches that end the parts of a night early.
#[derive(Default)]
struct Stops {
    subjects: Stop,
    delivery: Stop,
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
        Ok((plan_night(self.config, self.definitions, &branches, Some(self.state.view()), &terms)?, problem))
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

    /// Runs the night; `done` is told of each subject when its report is written and on its way.
    ///
    /// # Errors
    /// It cannot begin: nothing was tested.
    pub async fn run(&self, mut done: impl FnMut(&SubjectOutcome)) -> Result<NightResult, NightError> {
        let (began, begin) = (Utc::now(), Instant::now());
        let variable: Box<Variable> = Box::new({
            let environment = self.environment.clone();
            move |name| environment.var(name).map(str::to_owned)
        });
        let (plan, problem) = self.unless_stopped(self.plan(&*variable)).await??;
        if !self.baseline.is_empty() && !plan.subjects.iter().any(|planned| self.baseline.has(&planned.subject)) {
            return Err(NightError::Baseline);
        }
        let stops = Stops::default();
        let spool = self.state.spool();
        let deliverer = Deliverer::new(self.config, &spool, stops.delivery.clone(), &*variable, &self.keep);
        let deliverer = self.unless_stopped(deliverer).await??;
        let mut ended = Ended::new(self, &plan);
        ended.records.problems.extend(problem);
        plan.subjects.iter().for_each(|planned| ended.skip(planned, &mut done));
        let night = self.night(deliverer.signer(), &stops.subjects);
        let (sender, receiver) = unbounded_channel();
        let mut left = Left::default();
        let running = async {
            let running = night.run(jobs(&plan), |finished| drop(sender.send(finished)));
            let (clusters, ()) = tokio::join!(self.sweep_clusters(&plan, &stops.subjects), running);
            left = self.sweep_subjects(clusters, &stops.subjects).await;
            drop(sender);
        };
        // No server may keep the subjects waiting.
        let delivering = async {
            ended.resume(&deliverer).await;
            ended.collect(receiver, &deliverer, &mut done).await;
            deliverer.close();
        };
        let mut sent = Vec::new();
        tokio::select! {
            biased;
            () = self.keep_time(begin, &stops) => {}
            () = async { ((), (), sent) = tokio::join!(running, delivering, deliverer.send()) } => {}
        }
        ended.records.deliveries.extend(sent);
        ended.add_left(left);
        Ok(ended.result(began))
    }

    /// Awaits the preparations of the night, unless it is stopped meanwhile.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, NightError> {
        tokio::select! {
            done = work => Ok(done),
            reason = self.stop.thrown() => Err(NightError::Stopped(reason.message)),
        }
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

fn jobs(plan: &NightPlan<'_>) -> Vec<Job> {
    let job = |planned: &PlannedSubject<'_>| match &planned.work {
        Work::Run { attempt, testcases } => Some(Job {
            subject: planned.subject.clone(),
            testcases: testcases.iter().map(|due| due.id.to_owned()).collect(),
            attempt: *attempt,
        }),
        Work::NothingDue | Work::Impossible(_) => None,
    };
    plan.subjects.iter().filter_map(job).collect()
}
