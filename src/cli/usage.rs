//! Help, and errors of the command line, with tips for options of other commands.

use super::error::CliError;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use scs_reports::ExitCode;
use std::io;

/// Prints what is wrong with the command line, or the help that was asked for.
pub(super) fn print(error: clap::Error) -> ExitCode {
    let error = with_tip(error);
    match error.print() {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            CliError::unfinished(format!("the result cannot be printed: {why}")).print()
        }
        _ if error.use_stderr() => ExitCode::Usage,
        _ => ExitCode::Success,
    }
}

/// Replaces the option that is spelled most alike by a tip, where one is known.
fn with_tip(mut error: clap::Error) -> clap::Error {
    let unknown = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) if error.kind() == ErrorKind::UnknownArgument => argument.as_str(),
        _ => return error,
    };
    if let Some(tip) = tip(unknown) {
        // The usage repeats the option that is spelled most alike.
        error.remove(ContextKind::Usage);
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

/// Returns the tip for an option that another command has, or that other programs have.
fn tip(option: &str) -> Option<&'static str> {
    match option {
        "--cloud" | "--os-cloud" | "--region" | "--kubeconfig" | "--context" => {
            Some("clouds are checked with `check iaas --cloud NAME`, clusters with `check kaas --kubeconfig FILE`")
        }
        "--format" => Some("name the format with `-o`, for example `-o json` or `-o json=PATH`"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line;
    use rstest::rstest;

    #[rstest]
    #[case("check kaas --cloud mycloud", "clouds are checked with `check iaas --cloud NAME`")]
    #[case("check iaas --kubeconfig file", "clusters with `check kaas --kubeconfig FILE`")]
    #[case("check iaas --format json", "name the format with `-o`")]
    fn option_of_another_command_gets_a_tip(#[case] arguments: &str, #[case] expected: &str) {
        let arguments = ["scs-conformance"].into_iter().chain(arguments.split(' '));
        let text = with_tip(command_line().try_get_matches_from(arguments).unwrap_err()).to_string();
        assert!(text.contains(expected) && !text.contains("similar"), "{text}");
    }

    #[test]
    fn misspelled_option_gets_the_one_that_is_spelled_alike() {
        let error = command_line().try_get_matches_from(["scs-conformance", "list", "--decidin"]).unwrap_err();
        assert!(with_tip(error).to_string().contains("'--deciding'"));
    }
}
