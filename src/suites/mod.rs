//! Results of the Kubernetes end-to-end tests that were run elsewhere: by Sonobuoy, by hydrophone, or for a submission to
//! the CNCF. What is read says what it lacks, and where it contradicts itself; nothing is taken for granted.

mod archive;
mod budget;
mod cluster;
mod junit;
mod lists;
mod log;
mod merge;
pub mod runner;
mod sonobuoy;
mod source;
mod states;
#[cfg(test)]
mod tests;

pub use lists::read as read_list;

use crate::run::Collected;
use crate::wire::error::one_line;
use lists::CONFORMANCE;
use runner::Suite;
use scs_checks::facts::{
    E2eResults, ExpectedTests, FactKind, Facts, Needs, NetworkPolicyResults, Slot, SuiteResults, Word,
};
use scs_checks::kaas::scs_0201_conformance::Bond;
use scs_reports::{Brought, CollectionRecord};
use source::Source;
use std::path::{Path, PathBuf};

/// The results that a user brings along.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suites {
    /// Of the conformance tests (scs-0201).
    pub conformance: Option<SuiteResults>,
    /// Of the tests of network policies (scs-0219).
    pub network_policies: Option<SuiteResults>,
    /// The names of the conformance tests that the user expects.
    list: Option<ExpectedTests>,
}

/// What the user says of results.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Whether they are of this cluster, where nothing in them says so.
    pub of_this_cluster: bool,
    /// The version that was tested, where nothing in them says so.
    pub version: Option<String>,
    /// The names of conformance tests, instead of the list that is built in.
    pub list: Option<ExpectedTests>,
}

/// What the names of tests of network policies have in common: what today's suite has them chosen by.
const NETWORK_POLICY: &str = "NetworkPolicy";

impl Suites {
    /// Reads results from files; see [`import`]. A log (`.log`, `.log.gz`) belongs to the one JUnit file beside it in the list.
    ///
    /// # Errors
    /// As [`import`]; and where two files have results of the same tests.
    pub fn import(paths: &[impl AsRef<Path>], terms: &Terms) -> Result<Self, String> {
        let paths = paths.iter().map(|path| path.as_ref().to_owned());
        let (logs, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| is_log(path));
        if let (Some(log), false) = (logs.first(), files.len() == 1) {
            return Err(format!("{}: a log belongs to one JUnit file, and {} are named", log.display(), files.len()));
        }
        let mut all = Self { list: terms.list.clone(), ..Self::default() };
        for path in files {
            let Self { conformance, network_policies, .. } = import_with(&path, &logs)?;
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
        for results in [&mut all.conformance, &mut all.network_policies].into_iter().flatten() {
            terms.apply(results);
        }
        if let Some(results) = &mut all.conformance {
            results.expected = expected(results);
        }
        Ok(all)
    }

    /// Returns true if nothing was brought along.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
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
        let mut record = |facts: &Facts, kind, results: &SuiteResults| {
            let items = results.passed.len() + results.failed.len() + results.others.len();
            let bond = Bond::of(results, &facts.nodes, &facts.namespaces);
            let brought = if bond == Bond::SameCluster { Brought::Bound } else { Brought::NotBound };
            collected.records.insert(kind, CollectionRecord::brought_along(items, brought));
        };
        if let Some(results) = self.conformance {
            record(facts, FactKind::E2eResults, &results);
            facts.e2e_results = Slot::Known(E2eResults(results));
        }
        if let Some(results) = self.network_policies {
            record(facts, FactKind::NetworkPolicyResults, &results);
            facts.network_policy_results = Slot::Known(NetworkPolicyResults(results));
        }
        if let (Some(list), Slot::Known(E2eResults(results))) = (self.list, &mut facts.e2e_results) {
            results.expected = Some(instead(list, results.expected.take()));
        }
    }
}

impl Terms {
    fn apply(&self, results: &mut SuiteResults) {
        let mut word = Word { of_this_cluster: self.of_this_cluster, version: false };
        match (&results.kubernetes_version, &self.version) {
            (None, Some(version)) => {
                results.kubernetes_version = Some(version.clone());
                word.version = true;
            }
            (Some(told), Some(said)) if told.trim_start_matches('v') != said.trim_start_matches('v') => {
                results.contradictions.push(format!("they are of {told}, and --results-version says {said}"));
            }
            _ => {}
        }
        results.word = word;
    }
}

/// Makes results of a suite that this program has had run in the cluster.
pub(crate) fn run_here(results: SuiteResults, suite: Suite) -> SuiteResults {
    let mut results = SuiteResults { run_here: true, ..results };
    if suite == Suite::Conformance {
        results.expected = expected(&results);
    }
    results
}

/// The list for the version that was tested.
fn expected(results: &SuiteResults) -> Option<ExpectedTests> {
    let told = results.kubernetes_version.as_deref().and_then(lists::of_version);
    told.or_else(|| lists::of_branch(results.branch_by_names.as_deref()?))
}

/// A list of the user's, which says what it lacks of the one that is built in.
fn instead(list: ExpectedTests, built_in: Option<ExpectedTests>) -> ExpectedTests {
    let Some(built_in) = built_in else { return list };
    let lacks = built_in.names.iter().filter(|name| !list.names.contains(name)).count();
    match lacks {
        0 => list,
        _ => ExpectedTests {
            source: format!("{}, which lacks {lacks} names of {}", list.source, built_in.source),
            ..list
        },
    }
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    [".log", ".log.gz"].iter().any(|end| name.ends_with(end))
}

/// Reads results: a Sonobuoy archive, its `sonobuoy_results.yaml` (with what stands beside it), a JUnit file of the
/// end-to-end tests (with the `e2e.log` beside it), or a folder with them. What was tested shows in the names of the tests
/// that were run.
///
/// # Errors
/// One sentence: which file, what is wrong with it, and what to do.
pub fn import(path: &Path) -> Result<Suites, String> {
    import_with(path, &[])
}

fn import_with(path: &Path, logs: &[PathBuf]) -> Result<Suites, String> {
    let shown = path.display().to_string();
    // The libraries quote what they read, over several lines.
    let told = |why: String| format!("{shown}: {}", one_line(&why));
    let source = Source::open(path, logs).map_err(told)?;
    let run = merge::Run::of(source).map_err(told)?;
    let of = |mark: &str, focus: &str| run.results(mark, focus, &shown);
    let (conformance, network_policies) = (of(CONFORMANCE, r"\[Conformance\]"), of(NETWORK_POLICY, NETWORK_POLICY));
    if conformance.is_none() && network_policies.is_none() {
        return Err(told("no test of conformance or of network policies was run".into()));
    }
    Ok(Suites { conformance, network_policies, list: None })
}
