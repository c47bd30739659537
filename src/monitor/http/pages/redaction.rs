//! The part of a report's output that the public sees: verdicts, warnings and errors; never commands or assignments.

/// The line that says so.
pub const MARK: &str = "(redacted: only verdicts, warnings and errors are public)";

/// Returns the public lines of standard output: those that state a verdict.
pub fn stdout(lines: &[String]) -> Vec<String> {
    let is_verdict = |line: &&String| {
        line.rsplit_once(": ").is_some_and(|(_, word)| matches!(word.trim(), "PASS" | "ABORT" | "FAIL"))
    };
    with_mark(lines.iter().filter(is_verdict).cloned())
}

/// Returns the public lines of standard error: warnings and errors, and of what is critical only that there was something.
pub fn stderr(lines: &[String]) -> Vec<String> {
    let public = |line: &String| {
        if line.starts_with("WARNIN") || line.starts_with("ERROR:") {
            Some(line.clone())
        } else {
            line.starts_with("CRITICAL").then(|| "CRITICAL: (text is not public)".to_owned())
        }
    };
    with_mark(lines.iter().filter_map(public))
}

/// Returns the public lines of a log that holds both.
pub fn log(lines: &[String]) -> Vec<String> {
    let (mut public, verdicts) = (stderr(lines), stdout(lines));
    public.extend(verdicts.into_iter().skip(1));
    public
}

fn with_mark(lines: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::once(MARK.to_owned()).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_verdicts_warnings_and_errors_are_public() {
        let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let found = stdout(&lines(&["a: PASS", "token: secret", "b: c: FAIL", "PASS", "x: MISS"]));
        assert_eq!(found, lines(&[MARK, "a: PASS", "b: c: FAIL"]));
        let found =
            stderr(&lines(&["WARNING: w", "ERROR: e", "DEBUG: secret", "CRITICAL: secret", "INFO: i", "error: x"]));
        assert_eq!(found, lines(&[MARK, "WARNING: w", "ERROR: e", "CRITICAL: (text is not public)"]));
    }
}
