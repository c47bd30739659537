//! The option for what people state of testcases that no program can decide.

use super::error::CliError;
use clap::Args;
use indexmap::IndexMap;
use scs_checks::definition::{Definitions, Evidence};
use std::path::{Path, PathBuf};

/// The largest document that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// The statements that are brought along.
#[derive(Args)]
pub(super) struct EvidenceOptions {
    /// Statements of people about testcases that they judge: a YAML list of testcase, statement, document, sha256, person and date;
    /// it counts for a quarter, and reports say that it is by evidence
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
}

impl EvidenceOptions {
    /// Reads the statements, and the documents that they rest on.
    ///
    /// # Errors
    /// Every problem in the file, with its place.
    pub(super) fn read(&self, definitions: &Definitions) -> Result<IndexMap<String, Evidence>, CliError> {
        let Some(file) = &self.evidence else { return Ok(IndexMap::new()) };
        let source = scs_standards::read(file)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut read =
            |document: &str| scs_files::read(&folder.join(document), LARGEST).map_err(|error| error.to_string());
        Ok(definitions.evidence(&source, &mut read)?)
    }
}
