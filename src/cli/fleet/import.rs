//! `import-config`: turns the configuration of today's suite into ours.

use crate::cli::error::CliError;
use crate::cli::options::StandardsOptions;
use crate::cli::sink::Sink;
use crate::cli::terminal::note;
use clap::Args;
use scs_fleet::import::import;
use scs_reports::ExitCode;
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// `import-config`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance import-config config.toml > scs-conformance.yaml
  scs-conformance import-config config.toml --clusters clusters.yaml

What could not be mapped is printed on stderr. Exit codes: 0 written; 2 a file is not as today's suite reads it")]
pub(in crate::cli) struct ImportConfig {
    /// Configuration of today's suite
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Its clusters.yaml
    #[arg(long, value_name = "FILE")]
    clusters: Option<PathBuf>,

    /// File to write; - is stdout
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    output: Sink,

    #[command(flatten)]
    standards: StandardsOptions,
}

impl ImportConfig {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        self.output.prepare()?;
        let definitions = self.standards.definitions()?;
        let config = read(&self.file)?;
        let clusters = self.clusters.as_deref().map(read).transpose()?;
        let imported = import(&config, clusters.as_deref(), &definitions).map_err(CliError::usage)?;
        self.output.write(imported.text)?;
        imported.remarks.iter().for_each(|remark| note(&format!("note: {remark}")));
        Ok(ExitCode::Success)
    }
}

fn read(path: &Path) -> Result<String, CliError> {
    let bytes = scs_files::read_named(path, LARGEST).map_err(|error| format!("{error}; {}", error.help()))?;
    String::from_utf8(bytes).map_err(|_| CliError::usage(format!("{} is not text (UTF-8)", path.display())))
}
