//! `sweep nightly`: removes what earlier nights left in the subjects of a fleet.

use super::options::{FleetOptions, StateOptions, SubjectsOptions};
use crate::cli::data::DataOptions;
use crate::cli::error::CliError;
use crate::cli::form::ResultOptions;
use crate::cli::progress::Progress;
use crate::cli::signals::{run_is_over, throw_on_signals};
use crate::cli::style::OutputStyle;
use crate::cli::subject::{complete, duration, environment};
use crate::cli::sweep::{json, object, page, told};
use crate::cli::terminal::{keep, note};
use clap::Args;
use scs_fleet::config::{Access, Subject};
use scs_fleet::sweep::{FleetSweep, FleetSweepError, FormerSubject, former_subjects, subjects_with_journals};
use scs_reports::ExitCode;
use scs_subjects::sweep::{SweepError, SweepOutcome, SweepResult};
use scs_subjects::watch::Stop;
use std::sync::Arc;
use std::time::Duration;

/// `sweep nightly`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance sweep nightly --state-dir /var/lib/scs-conformance
  scs-conformance sweep nightly --state-dir state --subject cloud-a --dry-run

Removes what unfinished journals in the state folder list. Exit codes: 0 nothing is left; 2 usage or configuration; 3 a \
subject refused or could not be reached; 4 something is left or could not be checked")]
pub(in crate::cli) struct SweepNightly {
    #[command(flatten)]
    fleet: FleetOptions,

    #[command(flatten)]
    state: StateOptions,

    #[command(flatten)]
    subjects: SubjectsOptions,

    #[command(flatten)]
    data: DataOptions,

    /// Only list the resources that would be removed
    #[arg(long)]
    dry_run: bool,

    /// Time limit for removing, for each subject
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    deadline: Duration,

    #[command(flatten)]
    output: ResultOptions,
}

impl SweepNightly {
    pub(in crate::cli) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        let (config, _) = self.fleet.load()?;
        self.output.prepare()?;
        let state = self.state.open()?;
        let (stop, environment) = (Stop::default(), environment()?);
        let mut subjects = self.subjects.subjects(&config, &self.data)?;
        let mut unknown = Vec::new();
        if self.subjects.are_all() {
            let names = complete(subjects_with_journals(&state))??;
            for former in former_subjects(&config, names, &subjects) {
                match former {
                    FormerSubject::Ended(subject) => subjects.push(*subject),
                    FormerSubject::Unknown(name) => unknown.push(name),
                }
            }
        }
        throw_on_signals(&stop, self.deadline);
        let sweep = FleetSweep {
            state: &state,
            environment: &environment,
            keep: Arc::new(keep),
            limit: self.deadline,
            side_by_side: config.limits.subjects,
            dry_run: self.dry_run,
            stop: stop.clone(),
        };
        let progress = Progress::new(style);
        let results = complete(sweep.subjects(&subjects, |subject| progress.events(subject)))?;
        run_is_over(&stop);
        progress.finish();
        let unknown = unknown.iter().map(|name| self.is_unknown(name).print());
        Ok(unknown.fold(self.publish(&results), ExitCode::or))
    }

    fn is_unknown(&self, name: &str) -> CliError {
        CliError::unfinished(format!(
            "something may be left of the subject {name}, which {} no longer has: put it back and sweep again, or remove by hand \
             what its journals in {} name, and then the journals",
            self.fleet.config().display(),
            self.state.folder().display(),
        ))
    }

    /// Writes what became of each subject as one result, and returns the exit code.
    fn publish(&self, results: &[(&Subject, Result<SweepResult, FleetSweepError>)]) -> ExitCode {
        let (mut code, mut objects, mut pages) = (ExitCode::Success, Vec::new(), Vec::new());
        // Of a cluster that a night has made, events tell.
        let mut found = results.iter().any(|(subject, _)| matches!(subject.access, Access::Provisioned(_)));
        for (subject, result) in results {
            let (rows, one) = match result {
                Ok(SweepResult { outcome: SweepOutcome::NothingToDo, is_unclear: false }) => continue,
                Ok(result) => told(result),
                Err(FleetSweepError::Access(reason)) => {
                    (Vec::new(), CliError::usage(&reason.message).about(&subject.name).print())
                }
                Err(FleetSweepError::Sweep(error)) => (Vec::new(), refused(error).about(&subject.name).print()),
            };
            found = true;
            code = code.or(one);
            if !rows.is_empty() {
                pages.push(format!("{}:\n{}", subject.name, page(&rows)));
            }
            objects.extend(rows.iter().map(|row| {
                let mut object = object(row);
                object["subject"] = subject.name.as_str().into();
                object
            }));
        }
        if !found {
            note("nothing to do: no unfinished journal in the state folder names these subjects");
        }
        let text = if self.output.is_json() { json(objects.into_iter()) } else { pages.join("\n") };
        let written = if text.is_empty() { Ok(()) } else { self.output.write(text) };
        code.or(written.map_or_else(|error| error.print(), |()| ExitCode::Success))
    }
}

fn refused(error: &SweepError) -> CliError {
    match error {
        SweepError::Refused(_) => CliError::undecided(error),
        SweepError::Stopped(_) => CliError::unfinished(error),
    }
}
