//! Merges all files of a run into one result.

use super::error::ContentError;
use super::junit::Specs;
use super::lists::{CONFORMANCE, NETWORK_POLICY, branch_of};
use super::log::Log;
use super::source::Source;
use super::states::{Contradictions, State, States};
use chrono::{DateTime, TimeDelta, Utc};
use scs_checks::facts::{SuiteResults, TestState, TestedCluster};
use scs_checks::kaas::kubernetes_version::Spelled;
use std::collections::BTreeSet;

/// The most by which the files of a run may differ about its end.
const APART: TimeDelta = TimeDelta::hours(25);

/// A run of the tests.
pub(super) struct MergedRun {
    states: States,
    specs: Specs,
    contradictions: Vec<String>,
    tool: String,
    status: Option<String>,
    complete: bool,
    dry_run: bool,
    /// True if tests that were left out are listed.
    lists_skipped: bool,
    /// The focus of each suite.
    focus: Vec<Option<String>>,
    finished_at: Option<DateTime<Utc>>,
    kubernetes_version: Option<String>,
    branch_by_names: Option<String>,
    cluster: TestedCluster,
}

impl MergedRun {
    /// Merges what was read.
    ///
    /// # Errors
    /// There are no results in it, or too many.
    pub fn from_source(source: Source) -> Result<Self, ContentError> {
        if source.reports.is_empty() && source.summaries.is_empty() {
            return Err(ContentError::NoResults);
        }
        let mut run = Self::begin(&source);
        let mut disagreeing = Contradictions::default();
        run.kubernetes_version = version(&source, &mut disagreeing);
        let Source { summaries, reports, logs, mut contradictions, .. } = source;
        contradictions.extend(disagreeing);
        let has_reports = !reports.is_empty();
        let mut finished: Vec<DateTime<Utc>> = run.finished_at.into_iter().collect();
        let (mut succeeded, mut reported) = (None, None);
        for report in reports {
            run.states.join(report.states, &mut contradictions)?;
            contradictions.extend(report.contradictions);
            run.specs = Specs { listed: run.specs.listed + report.specs.listed, ran: run.specs.ran + report.specs.ran };
            run.complete &= report.complete;
            run.dry_run |= report.dry_run;
            run.lists_skipped &= report.lists_skipped;
            run.focus.extend(report.focus);
            succeeded = if succeeded == Some(false) { succeeded } else { report.succeeded.or(succeeded) };
            finished.extend(report.finished_at);
            reported = report.finished_at.max(reported);
        }
        let is_failed =
            |(name, state): (&String, &State)| !is_spec(name) && !matches!(&*state.status, "passed" | "skipped");
        let has_failed = succeeded == Some(false) || run.states.0.iter().any(is_failed);
        run.status = has_failed.then(|| "failed".to_owned());
        for summary in summaries {
            contradictions.extend(summary.contradictions);
            run.complete &= summary.has_ended;
            run.status = summary.status.or(run.status);
            if has_reports {
                summary.states.compare("sonobuoy_results.yaml", &run.states, "the JUnit files", &mut contradictions);
            } else {
                run.states.join(summary.states, &mut contradictions)?;
            }
        }
        for log in &logs {
            run.dry_run |= log.dry_run;
            finished.extend(log.finished_at());
        }
        if has_reports {
            run.announcements(&logs, &mut contradictions);
        }
        run.end(reported, &finished, &mut contradictions);
        let names: Vec<&String> = run.states.0.keys().filter(|name| name.contains(CONFORMANCE)).collect();
        run.branch_by_names = branch_of(&names);
        run.contradictions = contradictions.into_list();
        Ok(run)
    }

    fn begin(source: &Source) -> Self {
        let tool = match &source.tool_version {
            Some(version) => format!("sonobuoy {version}"),
            None if source.summaries.is_empty() => "JUnit".to_owned(),
            None => "sonobuoy".to_owned(),
        };
        Self {
            states: States::default(),
            specs: Specs::default(),
            contradictions: Vec::new(),
            tool,
            status: None,
            complete: !source.truncated,
            dry_run: source.dry_run,
            lists_skipped: !source.reports.is_empty(),
            focus: Vec::new(),
            finished_at: source.packed_at,
            kubernetes_version: None,
            branch_by_names: None,
            cluster: source.cluster.clone(),
        }
    }

    /// Compares what ginkgo announced and told in the end with what is listed.
    fn announcements(&mut self, logs: &[Log], contradictions: &mut Contradictions) {
        let Specs { listed, ran } = self.specs;
        for (told_ran, told_all) in logs.iter().flat_map(|log| &log.ran) {
            if *told_ran != ran {
                contradictions.add(format!("the log says that {told_ran} tests were run, the JUnit files list {ran}"));
            }
            self.lists_skipped |= told_all == &listed;
        }
        let lists_skipped = listed > ran;
        for (_, told_all) in logs.iter().flat_map(|log| log.ran.iter().chain(&log.will_run)) {
            if told_all < &listed || (lists_skipped && told_all != &listed) {
                contradictions
                    .add(format!("the log says that there are {told_all} tests, the JUnit files list {listed}"));
            }
        }
        // A test may also decide to be left out once it is run.
        let skipped = [CONFORMANCE, NETWORK_POLICY].into_iter().filter_map(|mark| self.skipped_of(mark)).max();
        for (announced, _) in logs.iter().flat_map(|log| &log.will_run) {
            if *announced < ran || skipped.is_some_and(|skipped| *announced > ran + skipped) {
                contradictions
                    .add(format!("the log says that {announced} tests will be run, the JUnit files list {ran}"));
            }
        }
    }

    /// Returns how many tests with this in their names were left out, if only such tests were run.
    fn skipped_of(&self, mark: &str) -> Option<usize> {
        let is_skipped = |status: &str| status == "skipped";
        let specs = self.states.0.iter().filter(|(name, _)| is_spec(name));
        let is_only = specs.clone().all(|(name, state)| name.contains(mark) || is_skipped(&state.status));
        let skipped = specs.filter(|(name, state)| name.contains(mark) && is_skipped(&state.status)).count();
        is_only.then_some(skipped)
    }

    /// Says when the run ended; its files may not be of different runs.
    fn end(&mut self, reported: Option<DateTime<Utc>>, all: &[DateTime<Utc>], contradictions: &mut Contradictions) {
        let (first, last) = (all.iter().min().copied(), all.iter().max().copied());
        if let (Some(first), Some(last)) = (first, last)
            && last.signed_duration_since(first) > APART
        {
            contradictions.add(format!("one file says that the run ended on {first}, another on {last}"));
        }
        self.finished_at = reported.or(first);
    }
}

impl MergedRun {
    /// Returns the results of the tests with this in their names, which are all if this was the focus; none if none was
    /// run.
    pub fn results(&self, mark: &str, focus: &str, shown: &str) -> Option<SuiteResults> {
        let tests = self.states.with_mark(mark)?;
        let is_focus = |chosen: &Option<String>| chosen.as_deref() == Some(focus);
        let mut results = SuiteResults {
            tool: self.tool.clone(),
            source: shown.to_owned(),
            status: self.status.clone(),
            kubernetes_version: self.kubernetes_version.clone(),
            branch_by_names: self.branch_by_names.clone(),
            finished_at: self.finished_at,
            complete: self.complete,
            lists_all: self.lists_skipped || (!self.focus.is_empty() && self.focus.iter().all(is_focus)),
            dry_run: self.dry_run,
            contradictions: self.contradictions.clone(),
            cluster: self.cluster.clone(),
            ..SuiteResults::default()
        };
        let mut shortest = Some(u64::MAX);
        for (name, state) in tests {
            match state.status.as_str() {
                "passed" => {
                    results.passed.push(name.clone());
                    shortest = shortest.zip(state.micros).map(|(one, other)| one.min(other));
                }
                "skipped" => results.skipped.push(name.clone()),
                "failed" => results.failed.push(name.clone()),
                other => results.others.push(TestState { name: name.clone(), status: other.to_owned() }),
            }
        }
        results.shortest_us = shortest.filter(|_| !results.passed.is_empty());
        Some(results)
    }
}

/// Returns true if it is a test, and not a step of ginkgo before or after all of them.
fn is_spec(name: &str) -> bool {
    name.starts_with("[It]") || name.starts_with("[sig-")
}

/// Returns the version of the cluster that was tested; files may not tell different ones, nor tests of another branch.
fn version(source: &Source, contradictions: &mut Contradictions) -> Option<String> {
    let logs = || source.logs.iter();
    let versions: BTreeSet<&String> =
        source.server_version.iter().chain(logs().flat_map(|log| &log.server_versions)).collect();
    if versions.len() > 1 {
        let versions: Vec<&str> = versions.iter().map(|version| version.as_str()).collect();
        contradictions.add(format!("the version of the cluster is told as {}", versions.join(" and as ")));
    }
    let version = versions.into_iter().next()?;
    let branch = |text: &str| text.parse::<Spelled>().ok().map(|spelled| spelled.version.branch);
    let tests = source.image_version.iter().chain(logs().flat_map(|log| &log.test_versions));
    for tests in tests.filter(|tests| branch(tests) != branch(version)) {
        contradictions.add(format!("tests of {tests} were run, but the cluster had {version}"));
    }
    Some(version.clone())
}
