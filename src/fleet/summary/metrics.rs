//! The metrics of a night, as a text file for the node exporter of Prometheus.
//!
//! The file is made anew each night, so that the series of a subject that is gone disappear with it.

use super::model::{NightSummary, SubjectOutcome};
use crate::run::SeenCertificate;
use chrono::{DateTime, Utc};
use scs_checks::verdict::Verdict;
use std::fmt::Write;

/// Returns the metrics. `last_success` is the end of the last night without exit codes 2, 3 and 4, be it this one.
pub fn metrics(summary: &NightSummary, last_success: Option<DateTime<Utc>>) -> String {
    let mut page = Page::default();
    page.family("night_timestamp_seconds", "The end of the last night.");
    page.sample("night_timestamp_seconds", &[], summary.finished_at.timestamp());
    if let Some(at) = last_success {
        page.family(
            "last_success_timestamp_seconds",
            "The end of the last night in which everything was tested and delivered.",
        );
        page.sample("last_success_timestamp_seconds", &[], at.timestamp());
    }
    page.family("exit_code", "The exit code of the last night.");
    page.sample("exit_code", &[], summary.exit_code);
    page.family("undelivered_reports", "Reports that were not delivered or not written.");
    page.sample("undelivered_reports", &[], summary.counts.undelivered);
    each(&mut page, summary, "tested", "1 if the subject was tested or nothing of it was due.", |one| {
        Some(u8::from(!one.is_not_tested()))
    });
    each(&mut page, summary, "failed_testcases", "Mandatory testcases that fail and are not waived.", |one| {
        Some(one.failed.len())
    });
    each(&mut page, summary, "undecided_testcases", "Mandatory testcases that nothing decides.", |one| {
        Some(one.undecided.len())
    });
    each(&mut page, summary, "waived_testcases", "Testcases that fail and are waived.", |one| Some(one.waived.len()));
    each(&mut page, summary, "left_resources", "Resources that the run left behind.", |one| Some(one.left_behind));
    each(&mut page, summary, "requests", "Requests of the run.", |one| one.attempt.map(|_| one.requests));
    each(&mut page, summary, "run_seconds", "The duration of the run.", |one| one.attempt.map(|_| one.seconds));
    each(
        &mut page,
        summary,
        "result_expiry_timestamp_seconds",
        "The instant at which a result first expires.",
        |one| one.expires_at.map(|at| at.timestamp()),
    );
    each(
        &mut page,
        summary,
        "credential_expiry_timestamp_seconds",
        "The end of the application credential that logs in.",
        |one| one.credential_expires_at.map(|at| at.timestamp()),
    );
    dates(&mut page, summary);
    verdicts(&mut page, summary);
    page.0
}

fn each<N: ToString>(
    page: &mut Page,
    summary: &NightSummary,
    name: &str,
    help: &str,
    of: impl Fn(&SubjectOutcome) -> Option<N>,
) {
    page.family(name, help);
    for one in &summary.subjects {
        if let Some(value) = of(one) {
            page.sample(name, &labels(one), value);
        }
    }
}

/// Writes the dates of data and certificates. What nobody has seen has no series.
fn dates(page: &mut Page, summary: &NightSummary) {
    page.family("data_timestamp_seconds", "The instant as of which data is known that rules rest on.");
    for (name, as_of) in &summary.data {
        page.sample("data_timestamp_seconds", &[("data", name)], as_of.timestamp());
    }
    page.family("certificate_expiry_timestamp_seconds", "The end of a certificate that the run has seen.");
    for one in &summary.subjects {
        for SeenCertificate { name, expires_at } in &one.certificates {
            let labels = [labels(one).as_slice(), &[("certificate", name.as_str())]].concat();
            page.sample("certificate_expiry_timestamp_seconds", &labels, expires_at.timestamp());
        }
    }
}

fn verdicts(page: &mut Page, summary: &NightSummary) {
    page.family("verdict", "1 for the verdict of the subject.");
    for one in &summary.subjects {
        for verdict in [Verdict::Pass, Verdict::Fail, Verdict::Abort] {
            let word = verdict.to_string();
            let labels = [labels(one).as_slice(), &[("verdict", word.as_str())]].concat();
            page.sample("verdict", &labels, u8::from(one.verdict == Some(verdict)));
        }
    }
}

fn labels(one: &SubjectOutcome) -> [(&'static str, &str); 3] {
    [("subject", &one.name), ("group", one.group.as_deref().unwrap_or_default()), ("scope", &one.scope)]
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, help: &str) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, "# HELP scs_conformance_{name} {help}\n# TYPE scs_conformance_{name} gauge");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl ToString) {
        let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "scs_conformance_{name}{labels} {}", value.to_string());
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
