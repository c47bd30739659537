//! `doctor iaas`: would a run that may change the cloud work?

use super::changes::JournalOptions;
use super::list::table;
use super::message::fail;
use super::output::width;
use super::progress::Progress;
use super::sink::{to_stdout, unwritten};
use super::style::OutputStyle;
use super::subject::{CloudOptions, complete};
use super::terminal::without_secrets;
use clap::Args;
use scs_reports::{ExitCode, visible};
use scs_subjects::doctor::{Diagnosis, Doctor, Finding, State};
use scs_subjects::ledger::Journals;
use scs_subjects::openstack::Limits;
use scs_subjects::openstack::config::Cloud;
use serde::Serialize;
use std::time::Duration;

/// `doctor iaas`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DoctorIaas {
    #[command(flatten)]
    cloud: CloudOptions,

    /// The external network that a run would be given, by name or id
    #[arg(long, value_name = "NAME")]
    external_network: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    journal: JournalOptions,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance doctor iaas --cloud mycloud
  scs-conformance doctor iaas --cloud mycloud --external-network public
  scs-conformance doctor iaas --cloud mycloud --json
  scs-conformance doctor kaas --kubeconfig kubeconfig.yaml

Login and roles, services, image and flavor of the test server, quotas, leftovers of earlier runs.
Nothing is changed: only the token request and GETs are sent.

Exit codes: 0 everything suffices; 2 usage or configuration; 3 something does not suffice or could not
be asked, or the cloud refused; 4 the result could not be printed";

/// What is quick needs no progress.
const QUICK: Duration = Duration::from_secs(1);

impl DoctorIaas {
    pub(super) fn run(&self, style: &OutputStyle) -> ExitCode {
        let prepared = self.cloud.cloud().and_then(|cloud| Ok((cloud, self.journal.folder()?)));
        let examined = prepared.and_then(|(cloud, journals)| complete(self.examine(cloud, &journals, style)));
        match examined {
            Ok(examined) => self.publish(&examined),
            Err(message) => fail(message, ExitCode::Usage),
        }
    }

    async fn examine(&self, cloud: Cloud, journals: &Journals, style: &OutputStyle) -> Diagnosis {
        let progress = Progress::after(style, QUICK);
        let external_network = self.external_network.as_deref();
        let doctor = Doctor {
            cloud: &cloud,
            limits: Limits::default(),
            external_network,
            journals,
            events: &progress.events(&cloud.name),
        };
        let mut diagnosis = doctor.examine().await;
        progress.finish();
        diagnosis.project = diagnosis.project.map(|project| without_secrets(&project));
        keep_secrets_out_of(&mut diagnosis.findings);
        diagnosis
    }

    fn publish(&self, diagnosis: &Diagnosis) -> ExitCode {
        let subject = format!("{}: ", diagnosis.cloud);
        let page = || Ok(page(&diagnosis.findings, width(), &(subject + &conclusion(&diagnosis.findings, NEEDS))));
        published(if self.json { json(diagnosis) } else { page() }, diagnosis.ready)
    }
}

/// What the permissions and resources are for.
const NEEDS: &str = "check iaas --allow-changes";

/// Takes secrets out of what others have said. The rest is ours: a password that is an ordinary word must not destroy it.
pub(super) fn keep_secrets_out_of(findings: &mut [Finding]) {
    for text in findings.iter_mut().flat_map(|finding| [&mut finding.found, &mut finding.remedy]) {
        *text = without_secrets(text);
    }
}

/// Prints what was found, and gives the exit code.
pub(super) fn published(text: Result<String, String>, ready: bool) -> ExitCode {
    match text.and_then(|text| unwritten(to_stdout(&text))) {
        Err(message) => fail(message, ExitCode::Unfinished),
        Ok(()) if ready => ExitCode::Success,
        Ok(()) => ExitCode::Undecided,
    }
}

pub(super) fn json(diagnosis: &impl Serialize) -> Result<String, String> {
    let text = serde_json::to_string_pretty(diagnosis).map_err(|error| format!("no JSON can be made: {error}"))?;
    Ok(text + "\n")
}

/// The table, what to do, and what it comes to.
pub(super) fn page(findings: &[Finding], width: usize, conclusion: &str) -> String {
    let titles = ["STATE", "WHAT", "FOUND", "NEEDED"].map(str::to_owned).to_vec();
    let cells = |finding: &Finding| {
        let texts = [finding.what.as_str(), &finding.found, &finding.needed];
        [finding.state.to_string()].into_iter().chain(texts.map(|text| visible(text).into_owned())).collect()
    };
    let rows: Vec<table::Row> = [titles].into_iter().chain(findings.iter().map(cells)).collect();
    let mut text = table::render(&rows, Some(width));
    let remedies: Vec<String> = remedies(findings).iter().map(|(what, remedy)| format!("{what}: {remedy}")).collect();
    if !remedies.is_empty() {
        text.push('\n');
    }
    for line in remedies.iter().map(String::as_str).chain(["", conclusion]) {
        text.push_str(&visible(line));
        text.push('\n');
    }
    text
}

/// What to do, each only once.
fn remedies(findings: &[Finding]) -> Vec<(&str, &str)> {
    let mut remedies: Vec<(&str, &str)> = Vec::new();
    for finding in findings.iter().filter(|finding| !finding.remedy.is_empty()) {
        if !remedies.contains(&(&finding.what, &finding.remedy)) {
            remedies.push((&finding.what, &finding.remedy));
        }
    }
    remedies
}

/// Whether all that a command needs is there.
pub(super) fn conclusion(findings: &[Finding], command: &str) -> String {
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let parts = [(count(State::Missing), "missing"), (count(State::Unknown), "unknown")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if parts.is_empty() {
        return format!("everything that `{command}` needs is there");
    }
    format!("not everything that `{command}` needs is there: {}", parts.join(", "))
}
