//! Results of the Kubernetes end-to-end tests that were run elsewhere: by Sonobuoy, by hydrophone, or for a submission to
//! the CNCF. What is read says what it lacks; nothing is taken for granted.

mod junit;
mod sonobuoy;
mod source;
#[cfg(test)]
mod tests;

use scs_checks::facts::{SuiteResults, TestState};
use source::Source;
use std::path::Path;

/// Reads results: a Sonobuoy archive, its `sonobuoy_results.yaml` (with what stands beside it), or a JUnit file of the
/// end-to-end tests (with the `e2e.log` beside it).
///
/// # Errors
/// One sentence: which file, what is wrong with it, and what to do.
pub fn import(path: &Path) -> Result<SuiteResults, String> {
    let shown = path.display().to_string();
    let source = Source::open(path).map_err(|why| format!("{shown}: {why}"))?;
    let mut results = match (&source.summary, &source.reports[..]) {
        (Some(summary), _) => sonobuoy::results(summary).map_err(|why| format!("{shown}: {why}"))?,
        (None, []) => return Err(format!("{shown}: there are no results of end-to-end tests in it")),
        (None, _) => SuiteResults { tool: "JUnit".to_owned(), ..SuiteResults::default() },
    };
    let mut reports = junit::Summary::default();
    for report in &source.reports {
        reports.add(report).map_err(|why| format!("{shown}: {why}"))?;
    }
    if source.summary.is_none() {
        reports.counts.fill(&mut results);
        results.complete = reports.complete && !source.truncated;
    }
    results.source = shown;
    results.kubernetes_version = source.kubernetes_version();
    results.finished_at = reports.finished_at;
    // A list of tests that nobody ran looks as if all of them had passed, in no time.
    results.dry_run = reports.dry_run || source.is_dry_run() || (reports.tests > 0 && reports.seconds == 0.0);
    results.complete &= !source.truncated;
    Ok(results)
}

/// Tests by state. A test that was tried again counts once, by its best result, as ginkgo's flake attempts have it.
#[derive(Debug, Default)]
struct Counts(std::collections::BTreeMap<String, String>);

impl Counts {
    /// Notes the state of a test.
    fn add(&mut self, name: &str, status: &str) {
        let rank = |status: &str| match status {
            "passed" => 3,
            "failed" => 2,
            "skipped" => 0,
            _ => 1,
        };
        let known = self.0.entry(name.to_owned()).or_insert_with(|| status.to_owned());
        if rank(status) > rank(known) {
            status.clone_into(known);
        }
    }

    fn fill(&self, results: &mut SuiteResults) {
        for (name, status) in &self.0 {
            match status.as_str() {
                "passed" => results.passed += 1,
                "skipped" => results.skipped += 1,
                "failed" => results.failed.push(name.clone()),
                other => results.others.push(TestState { name: name.clone(), status: other.to_owned() }),
            }
        }
    }
}
