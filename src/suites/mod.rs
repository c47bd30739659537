//! Results of the Kubernetes end-to-end tests that were run elsewhere: by Sonobuoy, by hydrophone, or for a submission to
//! the CNCF. What is read says what it lacks; nothing is taken for granted.

mod junit;
pub mod runner;
mod sonobuoy;
mod source;
#[cfg(test)]
mod tests;

use crate::run::Collected;
use crate::wire::error::one_line;
use scs_checks::facts::{E2eResults, FactKind, Needs, NetworkPolicyResults, Slot, SuiteResults, TestState};
use scs_reports::{Brought, CollectionRecord};
use source::Source;
use std::path::Path;

/// The results that a user brings along.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suites {
    /// Of the conformance tests (scs-0201).
    pub conformance: Option<SuiteResults>,
    /// Of the tests of network policies (scs-0219).
    pub network_policies: Option<SuiteResults>,
}

/// How the names of conformance tests are marked.
const CONFORMANCE: &str = "[Conformance]";
/// What the names of tests of network policies have in common: what today's suite has them chosen by.
const NETWORK_POLICY: &str = "NetworkPolicy";

impl Suites {
    /// Reads results from files; see [`import`].
    ///
    /// # Errors
    /// As [`import`]; and where two files have results of the same tests.
    pub fn import(paths: &[impl AsRef<Path>]) -> Result<Self, String> {
        let mut all = Self::default();
        for path in paths {
            let Self { conformance, network_policies } = import(path.as_ref())?;
            let kinds = [(&mut all.conformance, conformance), (&mut all.network_policies, network_policies)];
            for (known, new) in kinds {
                match (&known, &new) {
                    (Some(known), Some(new)) => {
                        return Err(format!("{} and {} both have results of the same tests", known.source, new.source));
                    }
                    (None, Some(_)) => *known = new,
                    _ => {}
                }
            }
        }
        Ok(all)
    }

    /// What is still to be found out where these results are brought along.
    pub fn spare(&self, needs: Needs) -> Needs {
        let brought = [
            (FactKind::E2eResults, self.conformance.is_some()),
            (FactKind::NetworkPolicyResults, self.network_policies.is_some()),
        ];
        brought.into_iter().filter(|(_, is_there)| *is_there).fold(needs, |needs, (fact, _)| needs.without(fact))
    }

    /// Puts the results among the facts of the cluster.
    pub fn bring(self, collected: &mut Collected) {
        let facts = &mut collected.facts;
        let mut record = |kind, results: &SuiteResults| {
            let items = results.passed as usize + results.failed.len() + results.others.len();
            collected.records.insert(kind, CollectionRecord::brought_along(items, Brought::NotBound));
        };
        if let Some(results) = self.conformance {
            record(FactKind::E2eResults, &results);
            facts.e2e_results = Slot::Known(E2eResults(results));
        }
        if let Some(results) = self.network_policies {
            record(FactKind::NetworkPolicyResults, &results);
            facts.network_policy_results = Slot::Known(NetworkPolicyResults(results));
        }
    }
}

/// Reads results: a Sonobuoy archive, its `sonobuoy_results.yaml` (with what stands beside it), or a JUnit file of the
/// end-to-end tests (with the `e2e.log` beside it). What was tested shows in the names of the tests that were run.
///
/// # Errors
/// One sentence: which file, what is wrong with it, and what to do.
pub fn import(path: &Path) -> Result<Suites, String> {
    let shown = path.display().to_string();
    // The libraries quote what they read, over several lines.
    let told = |why: String| format!("{shown}: {}", one_line(&why));
    let source = Source::open(path).map_err(told)?;
    let mut reports = junit::Summary::default();
    source.reports.iter().try_for_each(|report| reports.add(report)).map_err(told)?;
    let mut frame = SuiteResults {
        tool: "JUnit".to_owned(),
        complete: reports.complete && !source.truncated,
        kubernetes_version: source.kubernetes_version(),
        finished_at: reports.finished_at,
        // A list of tests that nobody ran looks as if all of them had passed, in no time.
        dry_run: reports.dry_run || source.is_dry_run() || (reports.tests > 0 && reports.seconds == 0.0),
        source: shown.clone(),
        ..SuiteResults::default()
    };
    let counts = match &source.summary {
        None if source.reports.is_empty() => return Err(told("there are no results of end-to-end tests in it".into())),
        None => reports.counts,
        Some(summary) => {
            let summary = sonobuoy::Summary::read(summary).map_err(told)?;
            frame.tool = "sonobuoy".to_owned();
            frame.complete = summary.has_ended && !source.truncated;
            frame.status = summary.status;
            summary.counts
        }
    };
    let of = |mark: &str| counts.of(mark).map(|counts| counts.fill(frame.clone()));
    let suites = Suites { conformance: of(CONFORMANCE), network_policies: of(NETWORK_POLICY) };
    if suites == Suites::default() {
        return Err(told("no test of conformance or of network policies was run".into()));
    }
    Ok(suites)
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

    /// The tests with this in their names; none if none of them was run.
    fn of(&self, mark: &str) -> Option<Self> {
        let marked = self.0.iter().filter(|(name, _)| name.contains(mark));
        let counts = Self(marked.map(|(name, status)| (name.clone(), status.clone())).collect());
        counts.0.values().any(|status| status != "skipped").then_some(counts)
    }

    fn fill(&self, mut results: SuiteResults) -> SuiteResults {
        for (name, status) in &self.0 {
            match status.as_str() {
                "passed" => results.passed += 1,
                "skipped" => results.skipped += 1,
                "failed" => results.failed.push(name.clone()),
                other => results.others.push(TestState { name: name.clone(), status: other.to_owned() }),
            }
        }
        results
    }
}
