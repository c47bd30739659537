//! The results that a user brings along.

use super::error::{ContentError, ImportError};
use super::lists::{self, CONFORMANCE, NETWORK_POLICY};
use super::merge;
use super::source::Source;
use scs_checks::facts::{ExpectedTests, FactKind, Needs, SuiteResults, TempestResults, Word};
use std::path::{Path, PathBuf};

/// The results that a user brings along.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suites {
    /// Of the conformance tests (scs-0201).
    pub conformance: Option<SuiteResults>,
    /// Of the tests of network policies (scs-0219).
    pub network_policies: Option<SuiteResults>,
    /// The names of the conformance tests that the user expects.
    pub list: Option<ExpectedTests>,
    /// Of Tempest (scs-0128), for a cloud.
    pub tempest: Option<TempestResults>,
}

/// The user's statements about results.
#[derive(Clone, Debug, Default)]
pub struct ImportTerms {
    /// True if they are of this cluster, where nothing in them says so.
    pub of_this_cluster: bool,
    /// The version that was tested, where nothing in them says so.
    pub version: Option<String>,
    /// The names of conformance tests, instead of the list that is built in.
    pub list: Option<ExpectedTests>,
}

impl Suites {
    /// Reads results from files; see [`import`]. A log (`.log`, `.log.gz`) belongs to the one JUnit file beside it in
    /// the list.
    ///
    /// # Errors
    /// As [`import`]; and where two files have results of the same tests.
    pub fn import(paths: &[impl AsRef<Path>], terms: &ImportTerms) -> Result<Self, ImportError> {
        let paths = paths.iter().map(|path| path.as_ref().to_owned());
        let (logs, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| is_log(path));
        if let (Some(log), false) = (logs.first(), files.len() == 1) {
            return Err(ImportError::LogOfNoFile { log: log.clone(), files: files.len() });
        }
        let mut all = Self { list: terms.list.clone(), ..Self::default() };
        for path in files {
            let Self { conformance, network_policies, .. } = import_with(&path, &logs)?;
            let kinds = [(&mut all.conformance, conformance), (&mut all.network_policies, network_policies)];
            for (known, new) in kinds {
                match (&known, &new) {
                    (Some(known), Some(new)) => {
                        return Err(ImportError::Twice(known.source.clone(), new.source.clone()));
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

    /// Returns the facts that still have to be collected besides these results.
    pub fn spare(&self, needs: Needs) -> Needs {
        let brought = [
            (FactKind::E2eResults, self.conformance.is_some()),
            (FactKind::NetworkPolicyResults, self.network_policies.is_some()),
            (FactKind::TempestResults, self.tempest.is_some()),
        ];
        brought.into_iter().filter(|(_, is_there)| *is_there).fold(needs, |needs, (fact, _)| needs.without(fact))
    }
}

impl ImportTerms {
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

/// Returns the list for the version that was tested.
pub(super) fn expected(results: &SuiteResults) -> Option<ExpectedTests> {
    match &results.kubernetes_version {
        Some(version) => lists::for_version(version),
        None => lists::for_branch(results.branch_by_names.as_deref()?),
    }
}

/// Expects the tests of a list of the user's, which may name others than the one that is built in, but not fewer; nor
/// fewer than that of an older branch.
pub(crate) fn expect(mut list: ExpectedTests, results: &mut SuiteResults) {
    let built_in = results.expected.take();
    let lacks = |built_in: &ExpectedTests| built_in.names.iter().filter(|name| !list.names.contains(name)).count();
    let lacks = built_in.as_ref().map(|built_in| (lacks(built_in), built_in.source.clone()));
    let least = built_in.or_else(|| lists::up_to(results.kubernetes_version.as_deref()?));
    if let Some(least) = least.filter(|least| list.names.len() < least.names.len()) {
        let (own, others) = (list.names.len(), least.names.len());
        results.contradictions.push(format!("{} has {own} names, and {} has {others}", list.source, least.source));
    }
    if let Some((lacks @ 1.., built_in)) = lacks {
        list.source = format!("{}, which lacks {lacks} names of {built_in}", list.source);
    }
    results.expected = Some(list);
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    [".log", ".log.gz"].iter().any(|end| name.ends_with(end))
}

/// Reads results: a Sonobuoy archive, its `sonobuoy_results.yaml` (with what stands beside it), a JUnit file of the
/// end-to-end tests (with the `e2e.log` beside it), or a folder with them. What was tested shows in the names of the
/// tests that were run.
///
/// # Errors
/// One sentence: which file, what is wrong with it, and what to do.
pub fn import(path: &Path) -> Result<Suites, ImportError> {
    import_with(path, &[])
}

fn import_with(path: &Path, logs: &[PathBuf]) -> Result<Suites, ImportError> {
    let shown = path.display().to_string();
    let unusable = |error| ImportError::Unusable { path: path.to_owned(), source: Box::new(error) };
    let run = Source::open(path, logs).and_then(merge::MergedRun::from_source).map_err(unusable)?;
    let of = |mark: &str, focus: &str| run.results(mark, focus, &shown);
    let (conformance, network_policies) = (of(CONFORMANCE, r"\[Conformance\]"), of(NETWORK_POLICY, NETWORK_POLICY));
    if conformance.is_none() && network_policies.is_none() {
        return Err(unusable(ContentError::OtherTests));
    }
    Ok(Suites { conformance, network_policies, ..Suites::default() })
}
