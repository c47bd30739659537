//! `publish`: signs reports and sends them, or sends what waits in the spool.

use super::options::{FleetOptions, StateOptions};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::signals::{run_is_over, throw_on_signals};
use crate::cli::sink::to_stdout;
use crate::cli::subject::{LONGEST, complete, environment};
use crate::cli::terminal::note;
use clap::Args;
use scs_fleet::deliver::{Deliverer, DeliveryError};
use scs_fleet::summary::{DeliveryOutcome, DeliveryRecord};
use scs_reports::{ExitCode, Report};
use scs_subjects::watch::Stop;
use std::path::{Path, PathBuf};

/// `publish`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance publish --state-dir state --spool
  scs-conformance publish --state-dir state results/cloud-a/report.json

Exit codes: 0 the servers have everything; 2 usage or configuration; 4 something was not delivered: it stays in the spool")]
pub(in crate::cli) struct Publish {
    /// Reports (JSON) to sign and send
    #[arg(value_name = "REPORT", required_unless_present = "spool")]
    reports: Vec<PathBuf>,

    /// Send what could not be delivered before, the oldest first
    #[arg(long)]
    spool: bool,

    #[command(flatten)]
    fleet: FleetOptions,

    #[command(flatten)]
    state: StateOptions,
}

impl Publish {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let (config, _) = self.fleet.load()?;
        if config.servers.is_empty() {
            return Err("the configuration names no result server; add one to servers".into());
        }
        let state = self.state.open()?;
        let read = |path: &PathBuf| Ok((input::report(path)?, path.parent().unwrap_or(Path::new("")).to_owned()));
        let reports = self.reports.iter().map(read).collect::<Result<Vec<(Report, PathBuf)>, CliError>>()?;
        let (stop, environment) = (Stop::default(), environment()?);
        let variable = move |name: &str| environment.var(name).map(str::to_owned);
        throw_on_signals(&stop, LONGEST);
        let delivered = complete(async {
            let deliverer = Deliverer::new(&config, &state.spool(), stop.clone(), &variable).await?;
            let mut records = Vec::new();
            if self.spool {
                let (sent, problems) = deliverer.send_spooled().await?;
                problems.iter().for_each(|problem| note(&format!("warning: {problem}")));
                records.extend(sent);
            }
            for (report, folder) in &reports {
                records.extend(deliverer.deliver(report, folder).await);
            }
            Ok::<_, DeliveryError>(records)
        });
        run_is_over(&stop);
        let records = delivered??;
        to_stdout(&page(&records))?;
        let all = records.iter().all(|record| record.outcome.is_there());
        Ok(if all { ExitCode::Success } else { ExitCode::Unfinished })
    }
}

fn page(records: &[DeliveryRecord]) -> String {
    let line = |DeliveryRecord { subject, server, outcome, message }: &DeliveryRecord| {
        let word = match outcome {
            DeliveryOutcome::Accepted => "accepted",
            DeliveryOutcome::AlreadyThere => "already there",
            DeliveryOutcome::Refused => "refused",
            DeliveryOutcome::Spooled => "not delivered",
            DeliveryOutcome::NotSigned => "not signed",
        };
        let message = message.as_ref().map_or(String::new(), |message| format!(": {message}"));
        format!("{subject} to {server}: {word}{message}\n")
    };
    match records {
        [] => "nothing waits to be delivered\n".to_owned(),
        records => records.iter().map(line).collect(),
    }
}
