//! Reads one report, in today's form, in the form before it (`versions`), or in the draft of July 2026.

use super::document::Node;
use super::field::FieldError;
use crate::judge::Results;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use scs_reports::voiding_word;
use uuid::Uuid;

/// The version under which results stand that do not depend on one.
pub const ANY_VERSION: &str = "*";

/// The most results of a report.
pub const MOST_RESULTS: usize = 10_000;

/// The longest name, in bytes.
const LONGEST: usize = 200;

/// The most that a clock of an uploader may be ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

const SEND_AS_WRITTEN: &str = "send the report as the check tool wrote it";

/// The limits of a report's content that are no matter of its form.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The instant of arrival.
    pub now: DateTime<Utc>,
    /// True only where simulated reports are welcome.
    pub simulated: bool,
}

/// The reports of one upload, in the order of their documents.
#[derive(Clone, Debug, Default)]
pub struct Upload(pub Vec<UploadedReport>);

/// A report, as far as the server judges it. Everything else of it is kept as it was signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UploadedReport {
    /// The id of the run.
    pub uuid: Uuid,
    /// The subject.
    pub subject: String,
    /// The id of the scope.
    pub scope: Uuid,
    /// The instant of the check, or of the arrival, if that was earlier.
    pub checked_at: DateTime<Utc>,
    /// The program and definitions, or the person, if the report names them.
    pub creator: Option<String>,
    /// The results by version and testcase.
    pub results: Results,
}

impl Upload {
    /// Reads all documents.
    ///
    /// # Errors
    /// The first field that is wrong, with its document.
    pub fn read(documents: &[Node<'_>], bounds: Bounds) -> Result<Self, FieldError> {
        let read = |(number, node): (usize, &Node<'_>)| {
            report(node, bounds).map_err(|mut error| {
                error.field = format!("document {number}: {}", error.field).trim_end_matches(": ").to_owned();
                error
            })
        };
        let reports: Vec<UploadedReport> = (1..).zip(documents).map(read).collect::<Result<_, _>>()?;
        let mut seen = std::collections::HashSet::new();
        match reports.iter().position(|report| !seen.insert(report.uuid)) {
            None => Ok(Self(reports)),
            Some(index) => Err(FieldError::repeated(
                format!("document {}: run.uuid", index + 1),
                format!("{} stands in an earlier document as well", reports[index].uuid),
                "send each report once",
            )),
        }
    }
}

fn report(node: &Node<'_>, bounds: Bounds) -> Result<UploadedReport, FieldError> {
    if !matches!(node.resolved(), Node::Map(_)) {
        return Err(FieldError::new("", "is not a mapping", SEND_AS_WRITTEN));
    }
    let is_draft = node.get("run").is_none() && node.get("tests").is_some();
    let report = if is_draft { draft(node)? } else { todays(node)? };
    refuse_void(node, is_draft, bounds)?;
    refuse_other_times(report.checked_at, bounds.now)?;
    // A clock that is ahead must not hide what is found after the arrival.
    Ok(UploadedReport { checked_at: report.checked_at.min(bounds.now), ..report })
}

/// Reads the form of today's suite.
fn todays(node: &Node<'_>) -> Result<UploadedReport, FieldError> {
    let (spec, run) = (required(node, "", "spec")?, required(node, "", "run")?);
    let mut results = Results::default();
    // The older form has results by version. Where both forms are there, both count, so that the worse result does.
    let versions = node.get("versions").filter(|versions| !versions.is_null());
    if let Some(versions) = versions {
        by_version(versions, &mut results)?;
    }
    by_invocation(run, versions.is_none(), &mut results)?;
    Ok(UploadedReport {
        uuid: uuid(run, "run.", "uuid")?,
        subject: name(node, "", "subject")?,
        scope: uuid(spec, "spec.", "uuid")?,
        checked_at: time(node, "checked_at")?,
        creator: creator(node)?,
        results,
    })
}

/// Reads the form of the draft.
fn draft(node: &Node<'_>) -> Result<UploadedReport, FieldError> {
    let tests = mapping(required(node, "", "tests")?, "tests")?;
    let mut results = Results::default();
    for (id, test) in tests {
        add(&mut results, ANY_VERSION, id, test, &format!("tests.{}", shown(id)))?;
    }
    Ok(UploadedReport {
        uuid: uuid(node, "", "uuid")?,
        subject: name(node, "", "subject")?,
        scope: uuid(node, "", "scope")?,
        checked_at: time(node, "checked_at")?,
        creator: creator(node)?,
        results,
    })
}

fn by_invocation(run: &Node<'_>, must_have_results: bool, results: &mut Results) -> Result<(), FieldError> {
    let field = |node: &Node<'_>, key: &str| node.get(key).is_some_and(|value| !value.is_null());
    if !must_have_results && !field(run, "invocations") {
        return Ok(());
    }
    let invocations = mapping(required(run, "run.", "invocations")?, "run.invocations")?;
    for (name, invocation) in invocations {
        let path = format!("run.invocations.{}", shown(name));
        if !must_have_results && !field(invocation, "results") {
            continue;
        }
        let entries = mapping(required(invocation, &format!("{path}."), "results")?, &format!("{path}.results"))?;
        for (id, result) in entries {
            add(results, ANY_VERSION, id, result, &format!("{path}.results.{}", shown(id)))?;
        }
    }
    Ok(())
}

fn by_version(versions: &Node<'_>, results: &mut Results) -> Result<(), FieldError> {
    for (version, entries) in mapping(versions, "versions")? {
        let path = format!("versions.{}", shown(version));
        check_name(version, &path)?;
        for (id, result) in mapping(entries, &path)? {
            add(results, version, id, result, &format!("{path}.{}", shown(id)))?;
        }
    }
    Ok(())
}

/// Adds a result: a number, or a mapping with `result`. Of several for one testcase the worst counts.
fn add(results: &mut Results, version: &str, id: &str, value: &Node<'_>, path: &str) -> Result<(), FieldError> {
    check_name(id, path)?;
    let value = match value.resolved() {
        Node::Map(_) => required(value, &format!("{path}."), "result")?,
        _ => value,
    };
    let number = match value.resolved() {
        Node::Scalar { text, plain: true } => match text.as_ref() {
            "1" => Some(1),
            "0" => Some(0),
            "-1" => Some(-1),
            _ => None,
        },
        _ => None,
    };
    let Some(number) = number else {
        let message = format!("is {}, not one of the numbers -1 (FAIL), 0 (ABORT), 1 (PASS)", described(value));
        return Err(FieldError::new(path, message, "leave out a testcase that was not tested"));
    };
    results.add(version, id, number);
    if results.len() > MOST_RESULTS {
        let message = format!("there are more than {MOST_RESULTS} results");
        return Err(FieldError::new(path, message, "send one report for each scope and subject"));
    }
    Ok(())
}

fn creator(node: &Node<'_>) -> Result<Option<String>, FieldError> {
    match node.get("creator").filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => match value.text() {
            Some(text) => Ok(Some(scs_reports::visible(text).chars().take(500).collect())),
            None => Err(FieldError::new("creator", "is not a text", "name the program and its version")),
        },
    }
}

/// Refuses a report whose log says that it proves nothing.
fn refuse_void(node: &Node<'_>, is_draft: bool, bounds: Bounds) -> Result<(), FieldError> {
    let mut logs: Vec<(String, &Node<'_>)> = Vec::new();
    if is_draft {
        logs.extend(node.get("log").map(|log| ("log".to_owned(), log)));
    } else {
        let invocations = node.get("run").and_then(|run| run.get("invocations")).map(Node::entries).unwrap_or_default();
        for (name, invocation) in invocations {
            for channel in ["stdout", "stderr"] {
                let path = format!("run.invocations.{}.{channel}", shown(name));
                logs.extend(invocation.get(channel).map(|log| (path, log)));
            }
        }
    }
    for (path, log) in logs {
        if !matches!(log.resolved(), Node::List(_)) && !log.is_null() {
            return Err(FieldError::new(path, "is not a list of lines", SEND_AS_WRITTEN));
        }
        let mut words = log.items().iter().filter_map(Node::text).filter_map(voiding_word);
        if let Some(word) = words.find(|word| !(bounds.simulated && *word == "SIMULATED")) {
            let message = format!("the report is marked {word}: its results prove nothing");
            return Err(FieldError::new(path, message, "check a real subject, by the published definitions"));
        }
    }
    Ok(())
}

/// Refuses a time that no report can have.
///
/// # Errors
/// It is one.
pub fn refuse_other_times(checked_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), FieldError> {
    let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap_or_default().and_time(chrono::NaiveTime::MIN).and_utc();
    let latest = now + AHEAD;
    if checked_at < first || checked_at > latest {
        let message =
            format!("{checked_at} is not between 2020-01-01 and now + 5 minutes ({})", latest.format("%F %T"));
        return Err(FieldError::new("checked_at", message, "set the clock of the machine that checks; times are UTC"));
    }
    Ok(())
}

fn required<'n, 'a>(node: &'n Node<'a>, path: &str, key: &str) -> Result<&'n Node<'a>, FieldError> {
    let found = node.get(key).filter(|value| !value.is_null());
    found.ok_or_else(|| FieldError::new(format!("{path}{key}"), "is missing", SEND_AS_WRITTEN))
}

fn mapping<'n, 'a>(node: &'n Node<'a>, path: &str) -> Result<&'n [(std::borrow::Cow<'a, str>, Node<'a>)], FieldError> {
    match node.resolved() {
        Node::Map(entries) => Ok(entries),
        _ => Err(FieldError::new(path, format!("is {}, not a mapping", described(node)), SEND_AS_WRITTEN)),
    }
}

fn text<'n>(node: &'n Node<'_>, path: &str, key: &str) -> Result<&'n str, FieldError> {
    let value = required(node, path, key)?;
    let wrong = || FieldError::new(format!("{path}{key}"), "is not a text", SEND_AS_WRITTEN);
    value.text().ok_or_else(wrong)
}

fn uuid(node: &Node<'_>, path: &str, key: &str) -> Result<Uuid, FieldError> {
    let text = text(node, path, key)?;
    let parsed = Some(text).filter(|text| text.len() == 36).and_then(|text| Uuid::parse_str(text).ok());
    parsed.filter(|uuid| !uuid.is_nil()).ok_or_else(|| {
        let message = format!("\"{}\" is not a UUID", shown(text));
        FieldError::new(format!("{path}{key}"), message, "use the form 50393e6f-2ae1-4c5c-a62c-3b75f2abef3f")
    })
}

fn name(node: &Node<'_>, path: &str, key: &str) -> Result<String, FieldError> {
    let text = text(node, path, key)?;
    check_name(text, &format!("{path}{key}"))?;
    Ok(text.to_owned())
}

/// Refuses a text that is no name.
///
/// # Errors
/// It is none.
pub fn check_name(text: &str, path: &str) -> Result<(), FieldError> {
    let is_fine =
        !text.is_empty() && text.len() <= LONGEST && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if is_fine {
        return Ok(());
    }
    let message = format!("\"{}\" is not a name of 1 to {LONGEST} bytes without spaces", shown(text));
    Err(FieldError::new(path, message, "use letters, digits, _, . and -"))
}

/// Reads a time as Python writes it; without an offset it is UTC.
fn time(node: &Node<'_>, key: &str) -> Result<DateTime<Utc>, FieldError> {
    let text = text(node, "", key)?;
    let naive = || {
        let forms = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
        forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(|time| time.and_utc())
    };
    let with_offset = || {
        let forms = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
        let text = text.strip_suffix('Z').map_or_else(|| text.to_owned(), |rest| format!("{rest}+00:00"));
        forms.iter().find_map(|form| DateTime::parse_from_str(&text, form).ok()).map(|time| time.to_utc())
    };
    naive().or_else(with_offset).ok_or_else(|| {
        let message = format!("\"{}\" is not a time", shown(text));
        FieldError::new(key, message, "use the form 2026-11-20 15:30:45, in UTC")
    })
}

/// Returns a text for messages: visible, and not too long.
fn shown(text: &str) -> String {
    scs_reports::visible(text).chars().take(100).collect()
}

fn described(node: &Node<'_>) -> String {
    match node.resolved() {
        Node::List(_) => "a list".to_owned(),
        Node::Map(_) => "a mapping".to_owned(),
        Node::Scalar { text, plain: true } => shown(text),
        Node::Scalar { text, plain: false } => format!("the text \"{}\"", shown(text)),
        Node::Shared(_) => "an alias".to_owned(),
    }
}

#[cfg(test)]
mod tests;
