//! Lists of conformance tests: those that are built in, and one that the user names.

use super::error::ListError;
use scs_checks::facts::ExpectedTests;
use scs_checks::kaas::kubernetes_version::{Branch, Spelled};
use scs_checks::kaas::scs_0201_conformance::are_exactly;
use scs_standards::CONFORMANCE_TESTS;
use serde::Deserialize;
use std::path::Path;

/// The mark in the names of conformance tests.
pub(super) const CONFORMANCE: &str = "[Conformance]";

/// The word in the names of all tests of network policies, by which today's suite chooses them.
pub(super) const NETWORK_POLICY: &str = "NetworkPolicy";

/// The largest list that is read, in bytes; the `conformance.yaml` of a release has some 200 KiB.
const LARGEST: u64 = 4 << 20;

/// Returns the list of the branch of a version, if there is one.
pub(crate) fn for_version(version: &str) -> Option<ExpectedTests> {
    let branch = version.parse::<Spelled>().ok()?.version.branch.to_string();
    for_branch(&branch)
}

/// Returns the newest list that is not newer than a version: no branch has had fewer conformance tests than one before.
pub(super) fn up_to(version: &str) -> Option<ExpectedTests> {
    let version = version.parse::<Spelled>().ok()?.version;
    let is_older = |of: &&str| of.parse::<Branch>().is_ok_and(|branch| branch <= version.branch);
    for_branch(CONFORMANCE_TESTS.iter().map(|(of, _)| *of).rfind(is_older)?)
}

/// Returns the list of a branch, if there is one.
pub(super) fn for_branch(branch: &str) -> Option<ExpectedTests> {
    let (_, text) = CONFORMANCE_TESTS.iter().find(|(of, _)| *of == branch)?;
    let source = format!("the list of {branch} that is built in");
    Some(ExpectedTests { source, names: lines(text) })
}

/// Returns the branch whose conformance tests have exactly these names.
pub(super) fn branch_of(names: &[&String]) -> Option<String> {
    let fits = |(_, text): &&(&str, &str)| are_exactly(names.iter().copied(), &lines(text));
    CONFORMANCE_TESTS.iter().find(fits).map(|(branch, _)| (*branch).to_owned())
}

/// Reads a list: one name a line, or the `test/conformance/testdata/conformance.yaml` of a release.
///
/// # Errors
/// The file cannot be read, or is not such a list.
pub fn read(path: &Path) -> Result<ExpectedTests, ListError> {
    #[derive(Deserialize)]
    struct Test {
        codename: String,
    }
    let text = scs_files::read_text(path, LARGEST)?;
    let mut names = match text.lines().any(|line| line.trim_start_matches([' ', '-']).starts_with("codename:")) {
        true => {
            let yaml = |error| ListError::Yaml { path: path.to_owned(), source: Box::new(error) };
            let tests: Vec<Test> = serde_yaml::from_str(&text).map_err(yaml)?;
            tests.into_iter().map(|test| test.codename).collect()
        }
        false => lines(&text),
    };
    names.sort();
    names.dedup();
    if let Some(other) = names.iter().find(|name| !name.contains(CONFORMANCE)) {
        return Err(ListError::OtherTest { path: path.to_owned(), name: other.clone() });
    }
    match names.is_empty() {
        true => Err(ListError::Empty(path.to_owned())),
        false => Ok(ExpectedTests { source: path.display().to_string(), names }),
    }
}

fn lines(text: &str) -> Vec<String> {
    let names = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    names.map(str::to_owned).collect()
}
