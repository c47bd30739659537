//! The exit codes in help texts, as the library documents them.

use scs_reports::ExitCode;

/// Adds the exit codes of a run to the examples of a command.
pub(super) fn with_exit_codes(examples: &str) -> String {
    let codes = ExitCode::ALL.map(|code| format!("{} {}", code.code(), code.meaning())).join("; ");
    format!("{examples}\n\nExit codes: {codes}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Joins the words of a text, so that its line breaks do not matter.
    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn documents_name_the_exit_codes_as_the_program_does() {
        let read = |path| words(&std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap());
        let (readme, verdicts) = (read("README.md"), read("docs/verdicts.md"));
        for code in ExitCode::ALL {
            let (number, meaning) = (code.code(), code.meaning());
            assert!(readme.contains(&format!("{number} {meaning}")), "README.md lacks exit code {number}, {meaning}");
            assert!(verdicts.contains(&format!("| {number} | {meaning}")), "verdicts.md lacks exit code {number}");
        }
    }
}
