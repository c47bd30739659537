//! `publish`: signs reports and sends them, or sends what waits in the spool.

use super::options::{FleetOptions, StateOptions};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::signals::{run_is_over, throw_on_signals};
use crate::cli::sink::to_stdout;
use crate::cli::subject::{LONGEST, complete, environment};
use crate::cli::terminal::{keep, note};
use clap::Args;
use scs_fleet::deliver::{Contents, Deliverer, DeliveryError, Spool, Spooled};
use scs_fleet::run::KeepSecrets;
use scs_fleet::summary::{DeliveryOutcome, DeliveryRecord};
use scs_reports::{ExitCode, Report, visible};
use scs_subjects::watch::Stop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `publish`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance publish --state-dir state --spool
  scs-conformance publish --state-dir state --spool --drop REPORT-ID
  scs-conformance publish --state-dir state results/cloud-a/report.json

Exit codes: 0 the servers have everything; 2 usage or configuration; 4 something was not delivered: it stays in the spool, \
is refused for good, or cannot be read")]
pub(in crate::cli) struct Publish {
    /// Reports (JSON) to sign and send
    #[arg(value_name = "REPORT", required_unless_present = "spool")]
    reports: Vec<PathBuf>,

    /// Send what could not be delivered before, the oldest first, and list what was refused for good
    #[arg(long)]
    spool: bool,

    /// Remove the parcels of a report from the spool instead of sending: those that were refused, or else those that wait
    #[arg(long, value_name = "REPORT-ID", requires = "spool", conflicts_with = "reports")]
    drop: Option<String>,

    #[command(flatten)]
    fleet: FleetOptions,

    #[command(flatten)]
    state: StateOptions,
}

impl Publish {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let (config, _) = self.fleet.load()?;
        if config.servers.is_empty() && !self.spool {
            return Err("the configuration names no result server; add one to servers".into());
        }
        let state = self.state.open()?;
        let spool = Spool::new(state.spool());
        if let Some(report) = &self.drop {
            return dropped(&spool, report);
        }
        let read = |path: &PathBuf| Ok((input::report(path)?, path.parent().unwrap_or(Path::new("")).to_owned()));
        let reports = self.reports.iter().map(read).collect::<Result<Vec<(Report, PathBuf)>, CliError>>()?;
        let (stop, environment) = (Stop::default(), environment()?);
        let variable = move |name: &str| environment.var(name).map(str::to_owned);
        let refused = if self.spool { spool.refused().map_err(CliError::usage)? } else { Contents::default() };
        throw_on_signals(&stop, LONGEST);
        let delivered = complete(async {
            let keep: KeepSecrets = Arc::new(keep);
            let folder = state.spool();
            let preparing = Deliverer::new(&config, &folder, stop.clone(), &variable, &keep);
            let deliverer = tokio::select! {
                deliverer = preparing => deliverer?,
                reason = stop.thrown() => return Ok(Err(CliError::unfinished(reason.message))),
            };
            Ok::<_, DeliveryError>(Ok(self.delivered(&deliverer, &reports).await?))
        });
        run_is_over(&stop);
        let Delivered { records, problems } = delivered???;
        problems.iter().for_each(|problem| note(&format!("warning: {problem}")));
        to_stdout(&(page(&records, problems.is_empty()) + &listed(&refused.parcels)))?;
        refused.problems.iter().for_each(|problem| note(&format!("warning: {problem}")));
        let all = problems.is_empty() && records.iter().all(|record| record.outcome.is_there());
        Ok(if all { ExitCode::Success } else { ExitCode::Unfinished })
    }

    async fn delivered(
        &self,
        deliverer: &Deliverer<'_>,
        reports: &[(Report, PathBuf)],
    ) -> Result<Delivered, DeliveryError> {
        let mut delivered = Delivered::default();
        for (report, folder) in reports {
            let queued = deliverer.deliver(report, folder, false).await;
            delivered.records.extend(queued.records);
            delivered.problems.extend(queued.unwritten);
        }
        if self.spool {
            let spooled = deliverer.queue_spooled().await?;
            delivered.records.extend(spooled.records);
            delivered.problems.extend(spooled.problems);
        }
        deliverer.close();
        delivered.records.extend(deliverer.send().await);
        Ok(delivered)
    }
}

/// The records of deliveries, and what else went wrong.
#[derive(Default)]
struct Delivered {
    records: Vec<DeliveryRecord>,
    problems: Vec<String>,
}

/// Removes the parcels of a report.
fn dropped(spool: &Spool, report: &str) -> Result<ExitCode, CliError> {
    let gone = spool.drop_report(report).map_err(CliError::unfinished)?;
    if gone.is_empty() {
        return Err(format!("no parcel of the report {report} is in the spool; `publish --spool` lists what is").into());
    }
    let line = |parcel: &Spooled| format!("{} to {}: removed\n", visible(&parcel.subject), visible(&parcel.server));
    to_stdout(&gone.iter().map(line).collect::<String>())?;
    Ok(ExitCode::Success)
}

/// Lists what was refused before.
fn listed(refused: &[Spooled]) -> String {
    let line = |Spooled { report, subject, server, refusal, .. }: &Spooled| {
        let why = refusal.as_deref().unwrap_or("no reason is known");
        visible(&format!("  {report} {subject} to {server}: {why}")).into_owned() + "\n"
    };
    match refused {
        [] => String::new(),
        refused => {
            "\nRefused before, and not sent again (`publish --spool --drop REPORT-ID` removes one)\n".to_owned()
                + &refused.iter().map(line).collect::<String>()
        }
    }
}

fn page(records: &[DeliveryRecord], is_all: bool) -> String {
    let line = |DeliveryRecord { subject, server, outcome, message }: &DeliveryRecord| {
        let word = match outcome {
            DeliveryOutcome::Accepted => "accepted",
            DeliveryOutcome::AlreadyThere => "already there",
            DeliveryOutcome::Refused => "refused",
            DeliveryOutcome::Conflict => "conflict",
            DeliveryOutcome::Spooled => "not delivered",
            DeliveryOutcome::NotSigned => "not signed",
        };
        let message = message.as_ref().map_or(String::new(), |message| format!(": {message}"));
        format!("{subject} to {server}: {word}{message}\n")
    };
    match records {
        [] if is_all => "nothing waits to be delivered\n".to_owned(),
        records => records.iter().map(line).collect(),
    }
}
