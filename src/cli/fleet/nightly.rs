//! `nightly`: one night of a fleet.

use super::board::Board;
use super::options::{DueOptions, FleetOptions, StateOptions, SubjectsOptions};
use crate::cli::data::DataOptions;
use crate::cli::error::CliError;
use crate::cli::input::{self, tool};
use crate::cli::run_by;
use crate::cli::signals::{run_is_over, throw_on_signals};
use crate::cli::sink::{Sink, to_stdout};
use crate::cli::style::OutputStyle;
use crate::cli::subject::{LONGEST, complete_on, duration, environment};
use crate::cli::terminal::keep;
use chrono::Utc;
use clap::Args;
use scs_fleet::config::FailOn;
use scs_fleet::nightly::{NightRequest, NightResult};
use scs_fleet::summary::{Baseline, metrics, page};
use scs_reports::{ExitCode, Format};
use scs_subjects::watch::Stop;
use scs_subjects::world::SharedWorld;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;

/// `nightly`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance nightly --state-dir /var/lib/scs-conformance
  scs-conformance nightly --state-dir state --preset iaas --summary night.json
  scs-conformance nightly --state-dir state --night 2026-11-30 --only-missing
  scs-conformance nightly --state-dir state --only-missing=https://s.example
  scs-conformance nightly --state-dir new --baseline results/2026-11-29 --fail-on new

Exit codes, the first that applies: 2 the configuration is wrong, nothing was tested; 4 something is left behind or was not \
delivered; 3 a subject that should have been tested was not; 1 something fails, as fail_on names it; 0. The summary \
(--summary) counts each")]
pub(in crate::cli) struct Nightly {
    #[command(flatten)]
    fleet: FleetOptions,

    #[command(flatten)]
    state: StateOptions,

    #[command(flatten)]
    subjects: SubjectsOptions,

    #[command(flatten)]
    due: DueOptions,

    #[command(flatten)]
    data: DataOptions,

    /// Results with which the night fails: none, new, violation, undecided [default: that of the configuration]
    #[arg(long, value_name = "WHICH", value_parser = fail_on)]
    fail_on: Option<FailOn>,

    /// Call what this report says known, in place of the history: a report in JSON, or a folder of them; may be repeated
    #[arg(long, value_name = "REPORT")]
    baseline: Vec<PathBuf>,

    /// Time limit for the whole night, with cleaning up and delivering [default: that of the configuration]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    deadline: Option<Duration>,

    /// Wait for a while by chance, at most so long, so that not every fleet begins at the same second
    #[arg(long, value_name = "TIME", value_parser = duration)]
    spread: Option<Duration>,

    /// Write the summary for programs (JSON); - is stdout
    #[arg(long, value_name = "PATH")]
    summary: Option<Sink>,

    /// Write JUnit XML of the whole night
    #[arg(long, value_name = "PATH")]
    junit: Option<Sink>,

    /// Write metrics for the node exporter of Prometheus (a .prom file)
    #[arg(long, value_name = "PATH")]
    metrics: Option<Sink>,
}

fn fail_on(text: &str) -> Result<FailOn, CliError> {
    text.parse().map_err(|_| "choose none, new, violation or undecided".into())
}

impl Nightly {
    pub(in crate::cli) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        let (mut config, definitions) = self.fleet.load()?;
        config.fail_on = self.fail_on.unwrap_or(config.fail_on);
        self.outputs().try_for_each(Sink::prepare)?;
        let baseline = self.baseline()?;
        let state = self.state.open()?;
        let stop = Stop::default();
        let board = Arc::new(Board::new(style));
        let told = Arc::clone(&board);
        let request = NightRequest {
            terms: self.due.terms(&self.subjects, Utc::now())?,
            config: &config,
            definitions: &definitions,
            missing_at: self.due.server().cloned(),
            state: &state,
            baseline,
            deadline: self.deadline,
            tool: tool(),
            run_by: run_by::from_process(),
            environment: environment()?,
            keep: Arc::new(keep),
            world: SharedWorld::from(self.data.options()?),
            wants_junit: self.junit.is_some(),
            stop: stop.clone(),
            events: Arc::new(move |event| told.show(&event)),
        };
        throw_on_signals(&stop, LONGEST);
        let result = complete_on(Builder::new_multi_thread().worker_threads(2), async {
            self.wait(&stop).await;
            request.run(|outcome| board.done(outcome)).await
        })?;
        run_is_over(&stop);
        board.finish();
        self.publish(result?)
    }

    fn baseline(&self) -> Result<Baseline, CliError> {
        let mut baseline = Baseline::default();
        for path in self.baseline.iter().map(|path| reports_in(path)) {
            for file in path? {
                baseline.add(&input::report(&file)?);
            }
        }
        Ok(baseline)
    }

    fn outputs(&self) -> impl Iterator<Item = &Sink> {
        [&self.summary, &self.junit, &self.metrics].into_iter().flatten()
    }

    async fn wait(&self, stop: &Stop) {
        let Some(longest) = self.spread else { return };
        let share = f64::from(u32::from_le_bytes(chance())) / f64::from(u32::MAX);
        tokio::select! {
            () = tokio::time::sleep(longest.mul_f64(share)) => {}
            _ = stop.thrown() => {}
        }
    }

    /// Writes the summaries, and returns the exit code. One that cannot be written hides no result.
    fn publish(&self, result: NightResult) -> Result<ExitCode, CliError> {
        let NightResult { summary, junit, last_success } = result;
        let took = summary.finished_at.signed_duration_since(summary.started_at).num_milliseconds();
        let mut code = summary.exit();
        let mut written = Vec::new();
        if let Some(sink) = &self.summary {
            written.push(sink.write(format!("{}\n", serde_json::to_string_pretty(&summary)?)));
        }
        if let Some(sink) = &self.metrics {
            written.push(sink.write(metrics(&summary, last_success)));
        }
        if let Some((sink, junit)) = self.junit.as_ref().zip(junit) {
            let name = format!("night of {}", summary.night);
            let text = junit.document(&name, took.try_into().unwrap_or_default()).map_err(CliError::unfinished);
            written.push(text.and_then(|text| sink.write(text)));
        }
        if !self.outputs().any(Sink::is_stdout) {
            written.push(to_stdout(&page(&summary)));
        }
        for result in written {
            if let Err(error) = result {
                code = code.or(error.print());
            }
        }
        Ok(code)
    }
}

/// Returns the reports that a path stands for: itself, or those in a folder and in the folders in it.
fn reports_in(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error: std::io::Error| CliError::usage(format!("{} cannot be read: {error}", path.display()));
    let mut folders = vec![path.to_owned()];
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        folders.push(entry.map_err(unreadable)?.path());
    }
    let mut reports: Vec<PathBuf> = folders.iter().map(|folder| folder.join(Format::Json.usual_name())).collect();
    reports.retain(|report| report.is_file());
    reports.sort();
    match reports.is_empty() {
        true => Err(format!("there is no {} in {}", Format::Json.usual_name(), path.display()).into()),
        false => Ok(reports),
    }
}

/// Returns four bytes by chance.
fn chance() -> [u8; 4] {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let [a, b, c, d, ..] = RandomState::new().build_hasher().finish().to_le_bytes();
    [a, b, c, d]
}
