//! The summary for people: what is new first, then what could not be tested, then what was delivered.

use super::model::{DeliveryRecord, NightSummary, OutcomeState, SubjectOutcome};
use scs_checks::verdict::Verdict;
use std::fmt::Write;

/// Returns the page.
pub fn page(summary: &NightSummary) -> String {
    let mut page = String::new();
    table(&mut page, &summary.subjects);
    list(&mut page, "New failures", summary.subjects.iter().filter_map(|one| ids(one, &one.new)));
    list(&mut page, "Fixed", summary.subjects.iter().filter_map(|one| ids(one, &one.fixed)));
    list(&mut page, "Still failing", summary.subjects.iter().filter_map(still_failing));
    list(&mut page, "Waived", summary.subjects.iter().flat_map(waived));
    list(&mut page, "Not tested", summary.subjects.iter().filter_map(not_tested));
    list(&mut page, "Not decided", summary.subjects.iter().filter_map(not_decided));
    list(&mut page, "Limits of the results", summary.subjects.iter().flat_map(limits));
    list(&mut page, "Left behind", summary.subjects.iter().filter_map(left_behind));
    list(&mut page, "Not delivered", summary.deliveries.iter().filter_map(not_delivered));
    list(&mut page, "Problems", summary.problems.iter().cloned());
    conclude(&mut page, summary);
    page
}

fn table(page: &mut String, subjects: &[SubjectOutcome]) {
    let width = subjects.iter().map(|one| one.name.chars().count()).max().unwrap_or_default();
    for one in subjects {
        // Writing to a text cannot fail.
        let _ = writeln!(page, "{:6} {:width$}  {}", word(one), one.name, line(one));
    }
}

fn word(one: &SubjectOutcome) -> String {
    match one.state {
        OutcomeState::NothingDue => "-".to_owned(),
        OutcomeState::Tested => one.verdict.map_or("-".to_owned(), |verdict| verdict.to_string()),
        _ if one.verdict == Some(Verdict::Fail) => Verdict::Fail.to_string(),
        _ => Verdict::Abort.to_string(),
    }
}

fn line(one: &SubjectOutcome) -> String {
    match one.state {
        OutcomeState::NothingDue => "nothing is due".to_owned(),
        OutcomeState::NotTested | OutcomeState::Refused | OutcomeState::Unreachable => "not tested".to_owned(),
        OutcomeState::Interrupted | OutcomeState::Tested => format!("{} in {:.0} s", mandatory(one), one.seconds),
    }
}

/// Returns what the mandatory testcases come to.
fn mandatory(one: &SubjectOutcome) -> String {
    let number = |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}"));
    let parts = [
        number(one.failed.len(), "failing"),
        number(one.waived.len(), "waived"),
        number(one.undecided.len(), "not decided"),
    ];
    match parts.into_iter().flatten().collect::<Vec<_>>() {
        parts if parts.is_empty() => "all mandatory testcases pass".to_owned(),
        parts => format!("mandatory testcases: {}", parts.join(", ")),
    }
}

fn list(page: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let _ = writeln!(page, "\n{title}");
        for line in lines {
            let _ = writeln!(page, "  {line}");
        }
    }
}

fn ids(one: &SubjectOutcome, ids: &[String]) -> Option<String> {
    (!ids.is_empty()).then(|| format!("{}: {}", one.name, ids.join(", ")))
}

fn still_failing(one: &SubjectOutcome) -> Option<String> {
    let old: Vec<String> = one.failed.iter().filter(|id| !one.new.contains(id)).cloned().collect();
    ids(one, &old)
}

fn waived(one: &SubjectOutcome) -> Vec<String> {
    let line = |it: &super::model::Waived| {
        format!("{}: {} until {} by {} ({})", one.name, it.testcase, it.expires, it.owner, it.reason)
    };
    one.waived.iter().map(line).collect()
}

fn not_tested(one: &SubjectOutcome) -> Option<String> {
    let why = one.reason.as_ref().map_or("no reason is known", |reason| &reason.message);
    one.is_not_tested().then(|| format!("{}: {why}", one.name))
}

fn limits(one: &SubjectOutcome) -> Vec<String> {
    one.limits.iter().map(|sentence| format!("{}: {sentence}", one.name)).collect()
}

/// The most ids that a line names.
const SHOWN: usize = 8;

fn not_decided(one: &SubjectOutcome) -> Option<String> {
    if one.is_not_tested() || one.undecided.is_empty() {
        return None;
    }
    let more = one.undecided.len().saturating_sub(SHOWN);
    let mut line = ids(one, one.undecided.get(..SHOWN).unwrap_or(&one.undecided))?;
    if more > 0 {
        let _ = write!(line, " and {more} more");
    }
    Some(line)
}

fn left_behind(one: &SubjectOutcome) -> Option<String> {
    (one.left_behind > 0).then(|| format!("{}: {} resources; `sweep nightly` removes them", one.name, one.left_behind))
}

fn not_delivered(delivery: &DeliveryRecord) -> Option<String> {
    let DeliveryRecord { subject, server, outcome, message } = delivery;
    (!outcome.is_there()).then(|| format!("{subject} to {server}: {}", message.as_deref().unwrap_or("not sent")))
}

fn conclude(page: &mut String, summary: &NightSummary) {
    let counts = &summary.counts;
    let delivered = summary.deliveries.iter().filter(|one| one.outcome.is_there()).count();
    let _ = writeln!(
        page,
        "\nNight of {}: {} of {} subjects tested, {} failing, {} undecided; {} new failures, {} fixed; {delivered} delivered, {} not",
        summary.night,
        counts.tested,
        counts.subjects,
        counts.failing,
        counts.undecided,
        counts.new_failures,
        counts.fixed,
        counts.undelivered,
    );
    let _ = writeln!(page, "Exit code {}: {}", summary.exit_code, meaning(summary.exit_code));
}

/// Returns the meaning of the exit code of a night.
fn meaning(code: u8) -> &'static str {
    match code {
        0 => "each subject was tested, everything was delivered, and nothing fails that fail_on names",
        1 => "something fails, as fail_on names it",
        3 => "a subject that should have been tested was not",
        _ => "something is left behind, or was not delivered",
    }
}
