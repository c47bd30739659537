//! Options for results of end-to-end tests that were run elsewhere.

use clap::Args;
use scs_checks::kaas::kubernetes_version::Spelled;
use scs_subjects::suites::{Suites, Terms, read_list};
use std::path::PathBuf;

/// Which results are brought along, and what the user says of them.
#[derive(Args)]
pub(super) struct ResultsOptions {
    /// Results of the Kubernetes end-to-end tests: an archive of Sonobuoy, its sonobuoy_results.yaml, a JUnit file (with the
    /// e2e.log beside it, or named as well), or the folder of a submission to the CNCF; may be given once for conformance
    /// and once for network policies
    #[arg(long, value_name = "PATH")]
    results: Vec<PathBuf>,

    /// Say that these results are of this cluster, where nothing in them names it (JUnit files do not); reports show that
    /// it is your word
    #[arg(long, requires = "results")]
    results_are_of_this_cluster: bool,

    /// The version of Kubernetes that was tested, such as v1.34.2, where nothing in the results tells it; reports show that
    /// it is your word
    #[arg(long, value_name = "VERSION", value_parser = version, requires = "results")]
    results_version: Option<String>,

    /// The names of the conformance tests that have to be in results, one a line, or the conformance.yaml of a Kubernetes
    /// release; lists of 1.24 to 1.29 and 1.36 are built in
    #[arg(long, value_name = "FILE")]
    conformance_list: Option<PathBuf>,
}

impl ResultsOptions {
    /// Reads the results.
    ///
    /// # Errors
    /// One sentence: which file, what is wrong with it, and what to do.
    pub(super) fn suites(&self) -> Result<Suites, String> {
        let terms = Terms {
            of_this_cluster: self.results_are_of_this_cluster,
            version: self.results_version.clone(),
            list: self.conformance_list.as_deref().map(read_list).transpose()?,
        };
        Suites::import(&self.results, &terms)
    }
}

fn version(text: &str) -> Result<String, String> {
    text.parse::<Spelled>().map(|_| text.to_owned())
}
