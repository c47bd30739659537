//! Errors and warnings on stderr.

use super::style::LogFormat;
use super::terminal::note;
use scs_checks::definition::Problem;
use scs_reports::ExitCode;
use std::sync::OnceLock;

/// The form of lines on stderr, known to the whole program like the log itself: errors come from everywhere.
static LOG_FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Sets the form of errors and warnings, once for the process.
pub(super) fn set_format(format: LogFormat) {
    LOG_FORMAT.get_or_init(|| format);
}

/// Prints an error and gives the exit code back.
pub(super) fn fail(message: impl std::fmt::Display, code: ExitCode) -> ExitCode {
    let text = message.to_string();
    // A located problem says "error" by itself.
    let message = text.strip_prefix("error: ").unwrap_or(&text);
    match LOG_FORMAT.get() {
        Some(LogFormat::Json) => tracing::error!("{message}"),
        _ => note(&format!("error: {message}")),
    }
    code
}

/// Prints a warning.
pub(super) fn warn(problem: &Problem) {
    let text = problem.as_warning();
    match LOG_FORMAT.get() {
        Some(LogFormat::Json) => tracing::warn!("{}", text.strip_prefix("warning: ").unwrap_or(&text)),
        _ => note(&text),
    }
}
