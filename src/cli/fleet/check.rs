//! `config check`: validates a configuration, and lists what would run.

use super::options::{DueOptions, FleetOptions, SubjectsOptions};
use crate::cli::data::DataOptions;
use crate::cli::error::CliError;
use crate::cli::form::ResultOptions;
use crate::cli::subject::{complete, environment};
use crate::cli::terminal::{keep, note};
use chrono::Utc;
use clap::Args;
use indexmap::IndexMap;
use scs_checks::definition::Definitions;
use scs_fleet::check::look;
use scs_fleet::config::{Config, Subject};
use scs_fleet::nightly::branches;
use scs_fleet::plan::{DecidedBy, DueTestcase, NightPlan, NightTerms, PlannedSubject, Work, chosen, plan_night};
use scs_fleet::run::KeepSecrets;
use scs_fleet::state::StateView;
use scs_fleet::status::StatusRequest;
use scs_reports::ExitCode;
use scs_subjects::world::SharedWorld;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// `config check`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance config check
  scs-conformance config check --config FILE --state-dir state --shard 2/8

Exit codes: 0 the configuration is right; 2 it is not, with every problem and its place")]
pub(in crate::cli) struct ConfigCheck {
    #[command(flatten)]
    fleet: FleetOptions,

    /// Folder with the history of earlier nights, also while one is going on; without it everything counts as missing
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,

    #[command(flatten)]
    subjects: SubjectsOptions,

    #[command(flatten)]
    due: DueOptions,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    output: ResultOptions,
}

/// Prints the JSON Schema of the configuration.
///
/// # Errors
/// It cannot be printed.
pub(in crate::cli) fn schema() -> Result<ExitCode, CliError> {
    crate::cli::sink::to_stdout(&format!("{}\n", serde_json::to_string_pretty(&Config::schema())?))?;
    Ok(ExitCode::Success)
}

impl ConfigCheck {
    pub(in crate::cli) fn run(&self) -> Result<ExitCode, CliError> {
        let (config, definitions) = self.fleet.load()?;
        let mut terms = self.due.terms(&self.subjects, Utc::now())?;
        let state = self.state_dir.as_deref().map(StateView::open).transpose()?;
        let world = SharedWorld::from(self.data.options()?);
        let branches = complete(branches(&config, &world, terms.now))?;
        if let Some(server) = self.due.server() {
            terms.only_missing = Some(decided_by(server, &config, &definitions, &branches, &terms)?);
        }
        let plan = plan_night(&config, &definitions, &branches, state.as_ref(), &terms)?;
        let subjects: Vec<&Subject> = plan.subjects.iter().map(|planned| &planned.subject).collect();
        let keep: KeepSecrets = Arc::new(keep);
        let missing = look(&config, &subjects, &environment()?, &keep);
        missing.remarks.iter().for_each(|remark| note(&format!("warning: {remark}")));
        if !missing.problems.is_empty() {
            return Err(CliError::usage(missing.problems.join("\n")));
        }
        let text = match self.output.is_json() {
            true => format!("{:#}\n", Value::from_iter(plan.subjects.iter().map(as_json))),
            false => page(&config, &plan),
        };
        self.output.write(text)?;
        Ok(ExitCode::Success)
    }
}

/// Asks a result server what it has of the night; a warning says why it did not tell everything.
fn decided_by(
    server: &Url,
    config: &Config,
    definitions: &Definitions,
    branches: &[String],
    terms: &NightTerms,
) -> Result<DecidedBy, CliError> {
    let subjects = chosen(config, branches, terms)?;
    let (night, now, limit) = (terms.date, terms.now, StatusRequest::LIMIT);
    let request = StatusRequest { server, config, definitions, night, now, limit };
    let environment = environment()?;
    let asked = complete(request.ask(&subjects, |name| environment.var(name).map(str::to_owned)))?;
    asked.problem.iter().for_each(|problem| note(&format!("warning: {problem}")));
    Ok(DecidedBy::Server(asked.served))
}

fn as_json(planned: &PlannedSubject<'_>) -> Value {
    let testcases: Vec<Value> = match &planned.work {
        Work::Run { testcases, .. } => {
            testcases.iter().map(|due| json!({"id": due.id, "why": due.why.to_string()})).collect()
        }
        Work::NothingDue | Work::Impossible(_) => Vec::new(),
    };
    let subject = &planned.subject;
    json!({
        "name": subject.name,
        "group": subject.group,
        "scope": subject.scope,
        "changes": subject.changes,
        "deadline_seconds": subject.deadline.as_secs(),
        "testcases": testcases,
        "impossible": match &planned.work { Work::Impossible(why) => Some(why), _ => None },
    })
}

fn page(config: &Config, plan: &NightPlan<'_>) -> String {
    let mut page = String::new();
    let width = plan.subjects.iter().map(|planned| planned.subject.name.chars().count()).max().unwrap_or_default();
    for planned in &plan.subjects {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{:width$}  {}", planned.subject.name, line(planned));
    }
    let running: Vec<&PlannedSubject<'_>> =
        plan.subjects.iter().filter(|planned| matches!(planned.work, Work::Run { .. })).collect();
    let longest = longest(&running, config.limits.subjects).min(config.limits.deadline);
    let _ = writeln!(
        page,
        "\nThe configuration is right. {} of {} subjects run; the night ends within {}",
        running.len(),
        plan.subjects.len(),
        humantime::format_duration(longest),
    );
    page
}

fn line(planned: &PlannedSubject<'_>) -> String {
    let subject = &planned.subject;
    match &planned.work {
        Work::NothingDue => format!("{}: nothing is due", subject.scope),
        Work::Impossible(why) => format!("{}: cannot be planned: {why}", subject.scope),
        Work::Run { testcases, .. } => {
            let changes = if subject.changes { ", with changes" } else { "" };
            let limit = humantime::format_duration(subject.deadline);
            format!(
                "{}: {} testcases ({}), at most {limit}{changes}",
                subject.scope,
                testcases.len(),
                reasons(testcases)
            )
        }
    }
}

/// Returns how many testcases run for each kind of reason.
fn reasons(testcases: &[DueTestcase<'_>]) -> String {
    let mut numbers: IndexMap<&str, usize> = IndexMap::new();
    for due in testcases {
        *numbers.entry(due.why.kind()).or_default() += 1;
    }
    numbers.iter().map(|(why, number)| format!("{number} {why}")).collect::<Vec<_>>().join(", ")
}

/// Returns the longest time that subjects may take, so many side by side; those with one key run one after another.
fn longest(running: &[&PlannedSubject<'_>], lanes: usize) -> Duration {
    let mut by_lane: IndexMap<&str, Duration> = IndexMap::new();
    for planned in running {
        let key = planned.subject.exclusive.as_deref().unwrap_or(&planned.subject.name);
        *by_lane.entry(key).or_default() += planned.subject.deadline;
    }
    let mut ends = vec![Duration::ZERO; lanes.max(1)];
    for time in by_lane.values() {
        if let Some(first) = ends.iter_mut().min() {
            *first += *time;
        }
    }
    ends.into_iter().max().unwrap_or_default()
}
