//! Tempest, the integration tests of OpenStack: its results, which this program has made by running it, or which were made
//! elsewhere (a subunit stream, version 2, or a JUnit file made of one).
//!
//! The tests of scs-0128 are a list of names. Results are joined with it by the name without tags; what the list has and the
//! results lack stays open.

mod accounts;
mod configuration;
mod error;
mod junit;
mod outcomes;
mod program;
mod run;
mod subunit;
#[cfg(test)]
mod tests;

pub(crate) use accounts::{Member, accounts_yaml};
pub(crate) use configuration::{Configuration, Network};
pub use error::ContentError;
pub use program::{Program, ProgramError, TempestTerms};
pub(crate) use run::TempestRunner;

use outcomes::Outcomes;
use scs_checks::facts::{ExpectedTests, TempestResults};
use scs_files::ReadError;
use scs_standards::TEMPEST_TESTS;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The largest file that is read, in bytes; with all attachments a stream of the listed tests has some 20 MiB.
const LARGEST: u64 = 256 << 20;

/// A file that holds no results of Tempest.
#[derive(Debug, Error)]
pub enum TempestError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// Its content is something else.
    #[error("{}: {source}. Provide the subunit stream of the run (`stestr last --subunit`), or a JUnit file", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: ContentError,
    },
}

/// Reads results; `of_this_cloud` is the statement of the user that they are of the cloud that is checked.
///
/// # Errors
/// The file cannot be read, or holds no results of Tempest.
pub fn import(path: &Path, of_this_cloud: bool) -> Result<TempestResults, TempestError> {
    let bytes = scs_files::read(path, LARGEST)?;
    let outcomes = parsed(&bytes).map_err(|source| TempestError::Content { path: path.to_owned(), source })?;
    let (expected, source) = (expected(), path.display().to_string());
    Ok(TempestResults { of_this_cloud, ..results(source, expected, outcomes) })
}

/// Returns the results that outcomes make, of which nothing is known besides.
fn results(source: String, expected: ExpectedTests, outcomes: Outcomes) -> TempestResults {
    let Outcomes { tests, contradictions, finished_at, complete, reasons, .. } = outcomes;
    TempestResults {
        source,
        of_this_cloud: false,
        finished_at,
        complete,
        expected,
        tests,
        contradictions,
        reasons,
        run: None,
    }
}

/// Parses a stream or a JUnit file, whatever the content looks like.
fn parsed(bytes: &[u8]) -> Result<Outcomes, ContentError> {
    let begin = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let mut outcomes = if begin == Some(&b'<') { junit::parse(bytes)? } else { subunit::parse(bytes)? };
    outcomes.expand_classes(&expected().names);
    match outcomes.tests.keys().any(|name| name.contains("tempest.")) {
        true => Ok(outcomes),
        false => Err(ContentError::OtherTests),
    }
}

/// Returns the list of scs-0128 v1, with its digest.
pub fn expected() -> ExpectedTests {
    let names: Vec<String> = TEMPEST_TESTS.lines().map(|line| outcomes::without_tags(line).to_owned()).collect();
    let digest = hex::encode(Sha256::digest(TEMPEST_TESTS));
    ExpectedTests { source: format!("the list of scs-0128-v1, sha256 {}", &digest[..12]), names }
}
