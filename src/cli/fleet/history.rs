//! `history`: the nights of a subject.

use super::options::{FleetOptions, SubjectsOptions};
use crate::cli::data::DataOptions;
use crate::cli::error::CliError;
use crate::cli::output::width;
use crate::cli::sink::to_stdout;
use clap::Args;
use scs_fleet::state::StateView;
use scs_fleet::summary::Nights;
use scs_reports::ExitCode;
use std::path::PathBuf;

/// The width of the id of a testcase, and of a column.
const ID: usize = 60;
const COLUMN: usize = 6;

/// `history`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance history --state-dir state --subject cloud-a
  scs-conformance history --state-dir state --subject cloud-a --nights 30 --all

Exit codes: 0 printed; 2 usage or configuration, or the history cannot be read")]
pub(in crate::cli) struct History {
    #[command(flatten)]
    fleet: FleetOptions,

    /// Folder with the history
    #[arg(long, value_name = "DIR")]
    state_dir: PathBuf,

    #[command(flatten)]
    subjects: SubjectsOptions,

    /// Number of nights [default: as many as fit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    nights: Option<u16>,

    /// Also show testcases that never failed
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    data: DataOptions,
}

impl History {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let (config, _) = self.fleet.load()?;
        let subjects = self.subjects.subjects(&config, &self.data)?;
        if !self.state_dir.is_dir() {
            return Err(
                format!("there is no state folder {}; name that of the nights", self.state_dir.display()).into()
            );
        }
        let view = StateView::open(&self.state_dir)?;
        let fitting = (width().saturating_sub(ID) / COLUMN).max(5);
        let mut pages = Vec::new();
        for subject in &subjects {
            let attempts = view.history(&subject.name, &subject.scope).attempts()?;
            let nights = Nights::last(&attempts, self.nights.map_or(fitting, usize::from));
            pages.push(Nights::new(&nights, &attempts).page(&format!("{}, {}", subject.name, subject.scope), self.all));
        }
        to_stdout(&pages.join("\n"))?;
        Ok(ExitCode::Success)
    }
}
