//! scs-0128: what Tempest found.

#[cfg(test)]
mod tests;

use crate::facts::{TempestOutcome, TempestResults, TempestRun};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind, Severity};
use chrono::{DateTime, Days, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tolerated lead of the clock of the machine that ran the tests.
const SKEW: TimeDelta = TimeDelta::minutes(10);

/// The number of tests that a message names.
const NAMED_AT_MOST: usize = 5;

/// scs-0128 v1: none of the listed tests fails. Tests may be skipped; one that was not run, or did not end, leaves the question
/// open.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TempestSuite {
    /// The greatest age of the results, in days.
    max_age_days: u64,
}

impl Check for TempestSuite {
    type Facts<'a> = (&'a TempestResults, DateTime<Utc>);

    fn examine(&self, (results, now): Self::Facts<'_>) -> Findings {
        if let Some(why) = self.unusable(results, now) {
            return Findings::undecided(format!("{}: {why}", results.source));
        }
        judge(results)
    }

    fn beyond(&self, (results, now): &Self::Facts<'_>) -> Option<String> {
        let decides = |findings: Findings| {
            let is_violated = findings.list.iter().any(|finding| finding.severity == Severity::Violation);
            is_violated || findings.unknown.is_none()
        };
        let is_usable = self.unusable(results, *now).is_none() && decides(judge(results));
        (is_usable && !results.of_this_cloud).then(|| {
            format!(
                "{}: nothing in results of Tempest identifies the cloud; if they are of it, confirm that with \
                 --results-are-of-this-cloud",
                results.source
            )
        })
    }
}

impl TempestSuite {
    /// Returns why the results prove nothing about this cloud today, not even a violation.
    fn unusable(&self, results: &TempestResults, now: DateTime<Utc>) -> Option<String> {
        if let Some(first) = results.contradictions.first() {
            return Some(format!("the results contradict themselves: {first}"));
        }
        if !results.complete {
            return Some("the results are cut off".to_owned());
        }
        let Some(finished) = results.finished_at else {
            return Some(
                "the time of the test run is unknown; provide the subunit stream of the run (`stestr last --subunit`)"
                    .to_owned(),
            );
        };
        if now.checked_sub_days(Days::new(self.max_age_days)).is_none_or(|oldest| finished < oldest) {
            return Some(format!("the tests ended on {finished}, more than {} days ago", self.max_age_days));
        }
        let is_early = now.checked_add_signed(SKEW).is_none_or(|latest| finished > latest);
        is_early.then(|| format!("the tests end in the future, on {finished}"))
    }
}

fn judge(results: &TempestResults) -> Findings {
    let outcome = |name: &String| results.tests.get(name).copied();
    let with = |wanted: Option<TempestOutcome>| -> Vec<&String> {
        results.expected.names.iter().filter(|name| outcome(name) == wanted).collect()
    };
    let [passed, failed, skipped] =
        [TempestOutcome::Passed, TempestOutcome::Failed, TempestOutcome::Skipped].map(|one| with(Some(one)));
    let open: Vec<&String> =
        [None, Some(TempestOutcome::InProgress), Some(TempestOutcome::Listed)].into_iter().flat_map(with).collect();
    let mut findings = Findings::over(passed.len() + failed.len());
    findings.push(Finding::info(format!(
        "{} of {} tests passed, {} were skipped ({}{})",
        passed.len(),
        results.expected.names.len(),
        skipped.len(),
        results.expected.source,
        results.run.as_ref().map(|_| format!("; {}", results.source)).unwrap_or_default(),
    )));
    findings.list.extend(skipped.iter().map(|name| {
        Finding::info(format!("{name} was skipped")).on(test(name)).property("status").observed("skipped")
    }));
    findings.list.extend(failed.iter().map(|name| failure(name, results.reasons.get(*name))));
    findings.list.extend(results.run.iter().flat_map(remains));
    findings.unknown = undecided(results, &open, passed.is_empty() && failed.is_empty())
        .and_then(|why| Findings::undecided(why).unknown);
    findings
}

/// Returns why the results leave the question open, if they do.
fn undecided(results: &TempestResults, open: &[&String], none_ran: bool) -> Option<String> {
    let run = results.run.as_ref();
    let cut_short = run.and_then(|run| run.cut_short.clone());
    let not_run = (!open.is_empty()).then(|| not_run(open));
    let none_ran = (none_ran && open.is_empty()).then(|| "no listed test has passed".to_owned());
    let mut reasons: Vec<&String> = run.iter().flat_map(|run| run.not_begun.values()).collect();
    reasons.sort();
    reasons.dedup();
    let reasons = reasons.into_iter().take(NAMED_AT_MOST).cloned();
    let all = cut_short.into_iter().chain(not_run).chain(none_ran).chain(reasons);
    Some(all.collect::<Vec<_>>().join("; ")).filter(|why| !why.is_empty())
}

fn failure(name: &str, reason: Option<&String>) -> Finding {
    let finding = Finding::violation(format!("{name} failed")).on(test(name)).property("status").expected("passed");
    finding.observed(reason.map_or_else(|| "failed".to_owned(), |reason| format!("failed: {reason}")))
}

/// Returns the findings about what the run left in the project.
fn remains(run: &TempestRun) -> Vec<Finding> {
    let left = run.left.iter().map(|one| Finding::warning(format!("Tempest left {one}")));
    let unclaimed = run.unclaimed.iter().map(|one| {
        Finding::warning(format!("{one} is new since Tempest began, but bears none of its names, and was not removed"))
    });
    left.chain(unclaimed).collect()
}

fn not_run(names: &[&String]) -> String {
    let named: Vec<&str> = names.iter().take(NAMED_AT_MOST).map(|name| name.as_str()).collect();
    let more = names.len() - named.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{} of the listed tests were not run to their end: {}{more}", names.len(), named.join(", "))
}

fn test(name: &str) -> Resource {
    Resource::without_id(ResourceKind::E2eTest, name)
}
