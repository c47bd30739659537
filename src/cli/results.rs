//! Options for results of end-to-end tests that were run elsewhere.

use super::error::CliError;
use clap::Args;
use scs_checks::kaas::kubernetes_version::Spelled;
use scs_subjects::suites::{ImportTerms, Suites, read_list};
use scs_subjects::tempest;
use std::path::PathBuf;

/// The results that are brought along, and what the user says of them.
#[derive(Args)]
pub(super) struct ResultsOptions {
    /// Results of Kubernetes end-to-end tests: a Sonobuoy archive, its sonobuoy_results.yaml, a JUnit file (with e2e.log
    /// beside it), or the folder of a CNCF submission; once for conformance, once for network policies
    #[arg(long, value_name = "PATH")]
    results: Vec<PathBuf>,

    /// Confirm that the results are of this cluster if they do not name it (JUnit files do not); reports say that you
    /// confirmed it
    #[arg(long, requires = "results")]
    results_are_of_this_cluster: bool,

    /// Kubernetes version that was tested, such as v1.34.2, if the results do not say; reports say that you stated it
    #[arg(long, value_name = "VERSION", value_parser = version, requires = "results")]
    results_version: Option<String>,

    /// List of conformance tests that results must contain: one name a line, or conformance.yaml of a Kubernetes release;
    /// lists of 1.24 to 1.29 and 1.36 are built in
    #[arg(long, value_name = "FILE")]
    conformance_list: Option<PathBuf>,
}

/// Results of Tempest that are brought along.
#[derive(Args)]
pub(super) struct TempestOptions {
    /// Results of Tempest: the subunit stream of a run (`stestr last --subunit`), or a JUnit file made of it
    #[arg(long, value_name = "PATH")]
    results: Option<PathBuf>,

    /// Confirm that the results are of this cloud, which they do not name; reports say that you confirmed it
    #[arg(long, requires = "results")]
    results_are_of_this_cloud: bool,
}

impl TempestOptions {
    /// Reads the results.
    ///
    /// # Errors
    /// One sentence: which file, what is wrong with it, and what to do.
    pub(super) fn suites(&self) -> Result<Suites, CliError> {
        let results = self.results.as_deref().map(|path| tempest::import(path, self.results_are_of_this_cloud));
        Ok(Suites { tempest: results.transpose()?, ..Suites::default() })
    }
}

impl ResultsOptions {
    /// Reads the results.
    ///
    /// # Errors
    /// One sentence: which file, what is wrong with it, and what to do.
    pub(super) fn suites(&self) -> Result<Suites, CliError> {
        let terms = ImportTerms {
            of_this_cluster: self.results_are_of_this_cluster,
            version: self.results_version.clone(),
            list: self.conformance_list.as_deref().map(read_list).transpose()?,
        };
        Ok(Suites::import(&self.results, &terms)?)
    }
}

fn version(text: &str) -> Result<String, CliError> {
    text.parse::<Spelled>().map(|_| text.to_owned()).map_err(CliError::usage)
}
