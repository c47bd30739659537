//! The part of a report's output that the public sees: verdicts, warnings and errors; never commands or assignments.

/// The line that says so.
pub const MARK: &str = "(redacted: only verdicts, warnings and errors are public)";

/// Returns the public part of a line of standard output: a line that states a verdict.
pub fn stdout(line: &str) -> Option<&str> {
    let (_, word) = line.rsplit_once(": ")?;
    matches!(word.trim(), "PASS" | "ABORT" | "FAIL").then_some(line)
}

/// Returns the public part of a line of standard error: warnings and errors, and of what is critical only that there was something.
pub fn stderr(line: &str) -> Option<&str> {
    match line {
        _ if line.starts_with("WARNIN") || line.starts_with("ERROR:") => Some(line),
        _ if line.starts_with("CRITICAL") => Some("CRITICAL: (text is not public)"),
        _ => None,
    }
}

/// Returns the public part of a line of a log that holds both.
pub fn log(line: &str) -> Option<&str> {
    stderr(line).or_else(|| stdout(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_verdicts_warnings_and_errors_are_public() {
        let public = |lines: &[&'static str], part: fn(&str) -> Option<&str>| {
            lines.iter().filter_map(|line| part(line)).map(str::to_owned).collect::<Vec<_>>()
        };
        let found = public(&["a: PASS", "token: secret", "b: c: FAIL", "PASS", "x: MISS"], stdout);
        assert_eq!(found, ["a: PASS", "b: c: FAIL"]);
        let lines = ["WARNING: w", "ERROR: e", "DEBUG: secret", "CRITICAL: secret", "INFO: i", "error: x"];
        assert_eq!(public(&lines, stderr), ["WARNING: w", "ERROR: e", "CRITICAL: (text is not public)"]);
        assert_eq!(public(&["a: PASS", "ERROR: e", "INFO: secret"], log), ["a: PASS", "ERROR: e"]);
    }
}
