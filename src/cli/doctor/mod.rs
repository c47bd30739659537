//! `doctor`: checks beforehand that a run against a cloud or a cluster would work.

mod iaas;
mod kaas;

pub(super) use iaas::DoctorIaas;
pub(super) use kaas::DoctorKaas;

use super::error::CliError;
use super::form::ResultOptions;
use super::list::table;
use super::output::width;
use super::progress::Progress;
use super::style::OutputStyle;
use super::subject::{attend, complete};
use scs_checks::verdict::Reason;
use scs_reports::{ExitCode, visible};
use scs_subjects::doctor::{ClusterDiagnosis, DoctorFinding, DoctorRequest, Examined, State, examine};
use scs_subjects::watch::Events;
use serde::Serialize;
use std::time::Duration;

/// An examination is quick; progress is shown only if it is not.
const QUICK: Duration = Duration::from_secs(1);

/// Examines a subject, prints the diagnosis, and returns the exit code.
pub(super) fn run(
    request: impl FnOnce() -> Result<DoctorRequest, CliError>,
    output: &ResultOptions,
    style: &OutputStyle,
) -> Result<ExitCode, CliError> {
    output.prepare()?;
    let request = request()?;
    let changes = request.changes;
    let examined = complete(examined(request, style))?.map_err(|stopped| CliError::undecided(stopped.message))?;
    let is_ready = match examined {
        Examined::Cloud(diagnosis) => {
            let text = || page(&diagnosis.cloud, &diagnosis.findings, &command("iaas", changes));
            output.write(if output.is_json() { json(&diagnosis)? } else { text() })?;
            diagnosis.ready
        }
        Examined::Cluster(diagnosis) => {
            let text = || cluster_page(&diagnosis, &command("kaas", changes));
            output.write(if output.is_json() { json(&diagnosis)? } else { text() })?;
            diagnosis.ready
        }
    };
    Ok(if is_ready { ExitCode::Success } else { ExitCode::Undecided })
}

/// Returns the command that was examined for.
fn command(kind: &str, changes: bool) -> String {
    format!("check {kind}{}", if changes { " --allow-changes" } else { "" })
}

fn cluster_page(diagnosis: &ClusterDiagnosis, command: &str) -> String {
    let page = page(&diagnosis.cluster, &diagnosis.findings, command);
    match &diagnosis.roles {
        Some(roles) => format!("{page}\nThese roles suffice:\n\n{roles}"),
        None => page,
    }
}

/// Examines a subject, until it is done or a signal ends it.
///
/// # Errors
/// A signal.
async fn examined(request: DoctorRequest, style: &OutputStyle) -> Result<Examined, Reason> {
    let (subject, progress) = (request.subject.name(), Progress::after(style, QUICK));
    let examining = async |events: &Events, stop| examine(&request, &stop, events).await;
    attend(subject, Duration::MAX, progress, examining).await
}

fn json(diagnosis: &impl Serialize) -> Result<String, CliError> {
    Ok(serde_json::to_string_pretty(diagnosis)? + "\n")
}

/// Returns the table, what to do, and the conclusion.
fn page(subject: &str, findings: &[DoctorFinding], command: &str) -> String {
    let conclusion = format!("{subject}: {}", conclusion(findings, command));
    let titles = ["STATE", "WHAT", "FOUND", "NEEDED"].map(str::to_owned).to_vec();
    let cells = |finding: &DoctorFinding| {
        let texts = [finding.what.as_str(), &finding.found, &finding.needed];
        [finding.state.to_string()].into_iter().chain(texts.map(|text| visible(text).into_owned())).collect()
    };
    let rows: Vec<table::Row> = [titles].into_iter().chain(findings.iter().map(cells)).collect();
    let mut text = table::render(&rows, Some(width()));
    let remedies: Vec<String> = remedies(findings).iter().map(|(what, remedy)| format!("{what}: {remedy}")).collect();
    if !remedies.is_empty() {
        text.push('\n');
    }
    for line in remedies.iter().map(String::as_str).chain(["", &conclusion]) {
        text.push_str(&visible(line));
        text.push('\n');
    }
    text
}

/// Returns what to do, each only once.
fn remedies(findings: &[DoctorFinding]) -> Vec<(&str, &str)> {
    let mut remedies: Vec<(&str, &str)> = Vec::new();
    for finding in findings.iter().filter(|finding| !finding.remedy.is_empty()) {
        if !remedies.contains(&(&finding.what, &finding.remedy)) {
            remedies.push((&finding.what, &finding.remedy));
        }
    }
    remedies
}

/// Returns one sentence: everything that a command needs is there, or how much of it is not.
fn conclusion(findings: &[DoctorFinding], command: &str) -> String {
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let parts = [(count(State::Missing), "missing"), (count(State::Unknown), "unknown")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() {
        return format!("everything that `{command}` needs is there");
    }
    format!("not everything that `{command}` needs is there: {}", parts.join(", "))
}
