//! `check iaas`: one run against one OpenStack cloud.

use super::options::DefinitionOptions;
use super::output::{Output, Unwritten, to_stdout};
use super::progress::Progress;
use super::{Manner, exit, fail};
use crate::config::{self, Choice, Environment};
use crate::openstack::Limits;
use crate::run::{self, Job, Selection, Stop};
use chrono::{DateTime, NaiveTime, Utc};
use clap::Args;
use scs_checks::definition::{Date, Section};
use scs_reports::{Conclusion, Report, console};
use std::collections::HashSet;
use std::io::IsTerminal;
use std::time::Duration;

/// `check iaas`
#[derive(Args)]
#[command(after_help = EXAMPLES, disable_version_flag = true)]
pub(super) struct CheckIaas {
    /// The cloud of clouds.yaml to check [default: $OS_CLOUD, or the OS_* variables]
    #[arg(long, value_name = "NAME")]
    cloud: Option<String>,

    /// The region, where the cloud has several
    #[arg(long, value_name = "NAME")]
    region: Option<String>,

    /// How reports call the subject [default: the name of the cloud]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,

    /// Write a report; - is stdout. Formats: json, junit, yaml (that of today's result server)
    #[arg(short, long, value_name = "FORMAT=PATH")]
    output: Vec<Output>,

    #[command(flatten)]
    definitions: DefinitionOptions,

    #[command(flatten)]
    selection: SelectionOptions,

    /// End the run after this time; what is known by then is reported
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    deadline: Duration,
}

/// Which versions and testcases.
#[derive(Args)]
struct SelectionOptions {
    /// Take this version of the scope instead of those in force; may be repeated
    #[arg(long = "version", value_name = "VERSION")]
    versions: Vec<String>,

    /// Take only testcases whose id matches, for example 'scs-0102-*'; may be repeated
    #[arg(long, value_name = "GLOB")]
    select: Vec<String>,

    /// Take only testcases of these sections: light, medium, heavy
    #[arg(long = "section", value_name = "SECTION", value_delimiter = ',', value_parser = section)]
    sections: Vec<Section>,

    /// The day (its last second, UTC) or RFC 3339 instant that counts as now
    #[arg(long, value_name = "DATE", value_parser = instant)]
    date: Option<DateTime<Utc>>,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance check iaas --cloud mycloud
  scs-conformance check iaas --cloud mycloud --output json=report.json --output yaml=report.yaml
  scs-conformance check iaas --cloud mycloud --select 'scs-0102-*'
  scs-conformance check iaas --cloud mycloud --version next --quiet --output json=-

Exit codes: 0 conformant; 1 a violation; 2 usage, configuration or definitions; 3 undecided
(something was not, or could not be, tested); 4 a report could not be written";

impl CheckIaas {
    pub(super) fn run(&self, manner: &Manner) -> u8 {
        match self.report(manner) {
            Ok(report) => self.publish(&report, manner.verbose > 0),
            Err(message) => fail(message, exit::USAGE),
        }
    }

    /// Everything that can be wrong before the first request is told here.
    fn report(&self, manner: &Manner) -> Result<Report, String> {
        self.check_outputs()?;
        let (definitions, scope) = self.definitions.load()?;
        let selection = Selection {
            reference: self.selection.date.unwrap_or_else(Utc::now),
            versions: self.selection.versions.clone(),
            select: self.selection.select.clone(),
            sections: self.selection.sections.clone(),
        };
        let plan = run::plan(&definitions, &definitions.scopes[&scope], &selection)?;
        let environment =
            Environment::of_process().map_err(|error| format!("the current folder cannot be told: {error}"))?;
        let choice = Choice { cloud: self.cloud.as_deref(), region: self.region.as_deref() };
        let cloud = config::load(&environment, choice).map_err(|error| error.to_string())?;
        let subject = self.subject.clone().unwrap_or_else(|| cloud.name.clone());
        let progress = Progress::new(manner);
        let show = |event: &run::Event| progress.show(event);
        let job = Job {
            definitions: &definitions,
            plan: &plan,
            cloud,
            subject,
            deadline: self.deadline,
            limits: Limits::default(),
            events: &show,
        };
        let report = complete(async {
            let stop = Stop::default();
            throw_on_signals(&stop);
            run::check(job, stop).await
        });
        progress.finish();
        let report = report?;
        Ok(report)
    }

    fn check_outputs(&self) -> Result<(), String> {
        if self.output.iter().filter(|output| output.is_stdout()).count() > 1 {
            return Err("only one --output can go to stdout".into());
        }
        self.output.iter().try_for_each(Output::prepare)?;
        let mut files = HashSet::new();
        match self.output.iter().filter_map(Output::file).find(|file| !files.insert(file.clone())) {
            Some(file) => Err(format!("two --output go to the same file, {}", file.display())),
            None => Ok(()),
        }
    }

    /// Prints and writes the report. A report that cannot be written never hides a violation.
    fn publish(&self, report: &Report, verbose: bool) -> u8 {
        let mut results: Vec<_> = self.output.iter().map(|output| output.write(report)).collect();
        if !self.output.iter().any(Output::is_stdout) {
            let options = console::Options { colour: true, width: width(), verbose };
            results.push(to_stdout(&console::render(report, options)));
        }
        let mut code = Conclusion::of(report).exit_code();
        for result in results {
            if let Err(Unwritten::Because(message)) = result {
                let failed = fail(message, exit::PUBLISHING);
                code = if code == exit::DONE { failed } else { code };
            }
        }
        code
    }
}

/// The width of the terminal; 120 columns where there is none, so that logs stay readable.
fn width() -> usize {
    const LOG: usize = 120;
    if !std::io::stdout().is_terminal() {
        return LOG;
    }
    terminal_size::terminal_size().map_or(LOG, |(width, _)| usize::from(width.0))
}

/// Completes a future. One thread is enough: the program waits for the network nearly all the time.
fn complete<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the program cannot start: {error}"))?;
    let result = runtime.block_on(future);
    // A look-up of a host name cannot be cancelled; a dead name server must not hold up the report.
    runtime.shutdown_background();
    Ok(result)
}

/// Ctrl-C and SIGTERM end the run with a report.
fn throw_on_signals(stop: &Stop) {
    let stop = stop.clone();
    tokio::spawn(async move { stop.throw(signal().await) });
}

async fn signal() -> &'static str {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => "stopped by Ctrl-C",
            _ = terminate.recv() => "stopped by SIGTERM",
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
        "stopped by Ctrl-C"
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration.is_zero() => Err("the run needs some time".into()),
        Ok(duration) => Ok(duration),
        Err(_) => Err("write a time like 90s or 5m".into()),
    }
}

fn section(text: &str) -> Result<Section, String> {
    text.parse().map_err(|_| "sections are light, medium and heavy".into())
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<Date>() {
        let end = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
        return Ok(day.0.and_time(end).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.to_utc())
        .map_err(|_| "write a day (2026-11-20) or an instant (2026-11-20T15:30:00Z)".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn what_cannot_be_cancelled_is_not_waited_for() {
        let began = Instant::now();
        let done = complete(async {
            let stuck = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_secs(30)));
            drop(tokio::time::timeout(Duration::from_millis(50), stuck).await);
            "done"
        });
        assert_eq!(done, Ok("done"));
        assert!(began.elapsed() < Duration::from_secs(15));
    }
}
