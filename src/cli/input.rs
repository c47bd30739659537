//! Reads what this program wrote earlier: recordings and reports.

use super::error::CliError;
use chrono::Utc;
use scs_files::{ReadError, ReadProblem, read_named};
use scs_reports::judge::{Known, Recording, report_from_json};
use scs_reports::{Report, Tool};
use std::path::Path;

/// The largest file that is read, in bytes: 10,000 images with all properties take about 20 MiB.
const LARGEST: u64 = 48 << 20;

/// Returns this program, as reports and recordings name it.
pub(super) fn tool() -> Tool {
    let commit = Some(env!("SCS_COMMIT")).filter(|commit| !commit.is_empty()).map(str::to_owned);
    Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), commit }
}

/// Reads a report that contradicts neither itself nor the definitions that it names.
///
/// # Errors
/// One sentence: which file, what is wrong, where, and what to do.
pub(super) fn report(path: &Path) -> Result<Report, CliError> {
    let text = text(path, "report")?;
    let official = scs_standards::embedded()?;
    let known = Known { official: &official, tool: &tool(), now: Utc::now() };
    Ok(report_from_json(&text, &path.display().to_string(), &known)?)
}

/// Reads a recording.
///
/// # Errors
/// As [`report`].
pub(super) fn recording(path: &Path) -> Result<Recording, CliError> {
    let text = text(path, "recording of facts")?;
    Ok(Recording::from_json(&text, &path.display().to_string())?)
}

fn text(path: &Path, what: &str) -> Result<String, CliError> {
    let bytes = read_named(path, LARGEST).map_err(|error| refusal(&error, what))?;
    String::from_utf8(bytes)
        .map_err(|_| CliError::usage(format!("{} is not text, so it is not a {what}", path.display())))
}

fn refusal(error: &ReadError, what: &str) -> String {
    match &error.problem {
        ReadProblem::Unreadable(_) | ReadProblem::TooLate => error.to_string(),
        ReadProblem::Folder => format!("{} is a folder; name a {what} in it", error.path.display()),
        _ => format!("{error}, so it is not a {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_names_a_missing_file_or_one_that_is_not_text() {
        let message = recording(Path::new("/nonexistent/facts.json")).unwrap_err().to_string();
        assert!(message.starts_with("/nonexistent/facts.json cannot be read: "), "{message}");
        assert!(recording(Path::new("/")).unwrap_err().to_string().contains("is a folder"));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"\xff").unwrap();
        assert!(report(file.path()).unwrap_err().to_string().contains("is not text, so it is not a report"));
    }
}
