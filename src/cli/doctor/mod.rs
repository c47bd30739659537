//! `doctor`: checks beforehand that a run against a cloud or a cluster would work.

mod iaas;
mod kaas;

pub(super) use iaas::DoctorIaas;
pub(super) use kaas::DoctorKaas;

use super::form::ResultOptions;
use super::list::table;
use super::message::fail;
use super::output::width;
use super::progress::Progress;
use super::signals::{run_is_over, throw_on_signals};
use super::sink::unwritten;
use super::style::OutputStyle;
use super::subject::complete;
use super::terminal::without_secrets;
use scs_checks::verdict::Reason;
use scs_reports::{ExitCode, visible};
use scs_subjects::doctor::{ClusterDiagnosis, DoctorRequest, Examined, Finding, State, examine};
use scs_subjects::watch::Stop;
use serde::Serialize;
use std::time::Duration;

/// An examination is quick; progress is shown only if it is not.
const QUICK: Duration = Duration::from_secs(1);

/// Examines a subject, prints the diagnosis, and returns the exit code.
fn run(request: Result<DoctorRequest, String>, output: &ResultOptions, style: &OutputStyle) -> ExitCode {
    let request = output.prepare().and(request);
    let changes = request.as_ref().is_ok_and(|request| request.changes);
    match request.and_then(|request| complete(examined(request, style))) {
        Err(message) => fail(message, ExitCode::Usage),
        Ok(Err(stopped)) => fail(stopped.message, ExitCode::Undecided),
        Ok(Ok(Examined::Cloud(diagnosis))) => {
            let text = || page(&diagnosis.cloud, &diagnosis.findings, &command("iaas", changes));
            published(if output.is_json() { json(&diagnosis) } else { Ok(text()) }, output, diagnosis.ready)
        }
        Ok(Ok(Examined::Cluster(diagnosis))) => {
            let text = || cluster_page(&diagnosis, &command("kaas", changes));
            published(if output.is_json() { json(&diagnosis) } else { Ok(text()) }, output, diagnosis.ready)
        }
    }
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
    let progress = Progress::after(style, QUICK);
    let events = progress.events(request.subject.name());
    let stop = Stop::default();
    throw_on_signals(&stop, Duration::MAX);
    let examined = examine(&request, &stop, &events).await;
    run_is_over(&stop);
    progress.finish();
    let mut examined = examined?;
    match &mut examined {
        Examined::Cloud(diagnosis) => {
            diagnosis.project = diagnosis.project.as_deref().map(without_secrets);
            keep_secrets_out_of(&mut diagnosis.findings);
        }
        Examined::Cluster(diagnosis) => keep_secrets_out_of(&mut diagnosis.findings),
    }
    Ok(examined)
}

/// Takes secrets out of what others have said. The rest is ours: a password that is an ordinary word must not destroy it.
fn keep_secrets_out_of(findings: &mut [Finding]) {
    for text in findings.iter_mut().flat_map(|finding| [&mut finding.found, &mut finding.remedy]) {
        *text = without_secrets(text);
    }
}

/// Prints what was found, and returns the exit code.
fn published(text: Result<String, String>, output: &ResultOptions, ready: bool) -> ExitCode {
    match text.and_then(|text| unwritten(output.write(text))) {
        Err(message) => fail(message, ExitCode::Unfinished),
        Ok(()) if ready => ExitCode::Success,
        Ok(()) => ExitCode::Undecided,
    }
}

fn json(diagnosis: &impl Serialize) -> Result<String, String> {
    let text = serde_json::to_string_pretty(diagnosis).map_err(|error| format!("no JSON can be made: {error}"))?;
    Ok(text + "\n")
}

/// Returns the table, what to do, and the conclusion.
fn page(subject: &str, findings: &[Finding], command: &str) -> String {
    let conclusion = format!("{subject}: {}", conclusion(findings, command));
    let titles = ["STATE", "WHAT", "FOUND", "NEEDED"].map(str::to_owned).to_vec();
    let cells = |finding: &Finding| {
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
fn remedies(findings: &[Finding]) -> Vec<(&str, &str)> {
    let mut remedies: Vec<(&str, &str)> = Vec::new();
    for finding in findings.iter().filter(|finding| !finding.remedy.is_empty()) {
        if !remedies.contains(&(&finding.what, &finding.remedy)) {
            remedies.push((&finding.what, &finding.remedy));
        }
    }
    remedies
}

/// Returns one sentence: everything that a command needs is there, or how much of it is not.
fn conclusion(findings: &[Finding], command: &str) -> String {
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let parts = [(count(State::Missing), "missing"), (count(State::Unknown), "unknown")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() {
        return format!("everything that `{command}` needs is there");
    }
    format!("not everything that `{command}` needs is there: {}", parts.join(", "))
}
