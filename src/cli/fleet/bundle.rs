//! `bundle`: makes one signed file of a report and the facts of its run.

use super::options::FleetOptions;
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::sink::Sink;
use crate::cli::subject::{complete, environment};
use clap::Args;
use scs_fleet::sign::signer;
use scs_reports::ExitCode;
use scs_reports::judge::Bundle;
use std::path::PathBuf;

/// `bundle`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance check iaas --cloud a -o report.json --record facts.json
  scs-conformance bundle report.json facts.json
  scs-conformance verify report.bundle --allowed-signers allowed_signers

The facts are redacted; the key is that of the configuration. Exit codes: 0 made; 2 usage, configuration, or the report does \
not follow from the facts; 4 it could not be written")]
pub(in crate::cli) struct MakeBundle {
    /// Report (JSON)
    #[arg(value_name = "REPORT")]
    of_report: PathBuf,

    /// Recording of its run, by `check --record`
    #[arg(value_name = "FACTS")]
    facts: PathBuf,

    #[command(flatten)]
    fleet: FleetOptions,

    /// Write the bundle here; - is stdout
    #[arg(short, long, value_name = "PATH", default_value = Bundle::USUAL_NAME)]
    output: Sink,
}

impl MakeBundle {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let (config, definitions) = self.fleet.load()?;
        let signing =
            config.signing.ok_or("the configuration names no key; add signing: {key: {file: …}, identity: …}")?;
        self.output.prepare()?;
        let (report, recording) = (input::report(&self.of_report)?, input::recording(&self.facts)?);
        self.output.spare_input()?;
        let bundle = Bundle::new(&definitions, &report, &recording).map_err(CliError::usage)?;
        let (text, environment) = (bundle.to_json()?, environment()?);
        let signature = complete(async {
            let signer = signer(&signing, |name| environment.var(name).map(str::to_owned)).await?;
            signer.sign(&text).await
        })?;
        self.output.write(scs_signatures::attach(&signature.map_err(CliError::usage)?, &text))?;
        Ok(ExitCode::Success)
    }
}
