//! `completions` and `manpage`: describe the command line to a shell and to `man`.

use super::error::CliError;
use super::sink::to_stdout;
use clap::{Args, Command};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use scs_reports::ExitCode;
use std::io;

/// `completions`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance completions bash > /etc/bash_completion.d/scs-conformance
  scs-conformance completions zsh > ~/.zfunc/_scs-conformance
  scs-conformance completions fish > ~/.config/fish/completions/scs.fish")]
pub(super) struct Completions {
    /// Shell to print completions for
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, mut command: Command) -> Result<ExitCode, CliError> {
        let mut script = Vec::new();
        let name = command.get_name().to_owned();
        generate(self.shell, &mut command, name, &mut script);
        print(script)
    }
}

/// `manpage`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance manpage | man -l -
  scs-conformance manpage check iaas > scs-conformance-check-iaas.1")]
pub(super) struct Manpage {
    /// Command to print the page of [default: the program as a whole]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

impl Manpage {
    pub(super) fn run(&self, program: Command) -> Result<ExitCode, CliError> {
        print(page(program, &self.command)?)
    }
}

fn page(mut command: Command, path: &[String]) -> Result<Vec<u8>, CliError> {
    command.build();
    let mut name = command.get_name().to_owned();
    for step in path {
        let known: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
        let below = command.find_subcommand(step).cloned();
        command = below.ok_or_else(|| match known.as_slice() {
            [] => format!("{name} has no commands below it"),
            known => format!("{name} has no command \"{step}\", only {}", known.join(", ")),
        })?;
        name = format!("{name} {step}");
    }
    render(command, &name).map_err(|error| CliError::usage(format!("the page cannot be made: {error}")))
}

fn render(command: Command, name: &str) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let page_of = Man::new(command).title(name.replace(' ', "-"));
    page_of.date(DATE).source(SOURCE).manual("SCS conformance").render(&mut page)?;
    Ok(page)
}

/// The source of a page, which stands below it; the same for each command.
const SOURCE: &str = concat!("scs-conformance ", env!("CARGO_PKG_VERSION"));

/// The day of the commit. Where it is not known, a blank holds its place: nothing at all would make what follows the date.
const DATE: &str = if env!("SCS_COMMIT_DATE").is_empty() { " " } else { env!("SCS_COMMIT_DATE") };

fn print(text: Vec<u8>) -> Result<ExitCode, CliError> {
    to_stdout(&String::from_utf8_lossy(&text))?;
    Ok(ExitCode::Success)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line;
    use rstest::rstest;

    #[test]
    fn the_command_line_is_sound() {
        command_line().debug_assert();
    }

    #[rstest]
    #[case(Shell::Bash, "_scs__conformance()")]
    #[case(Shell::Zsh, "#compdef scs-conformance")]
    #[case(Shell::Fish, "complete -c scs-conformance")]
    fn a_shell_learns_every_command(#[case] shell: Shell, #[case] mark: &str) {
        let mut script = Vec::new();
        generate(shell, &mut command_line(), "scs-conformance", &mut script);
        let script = String::from_utf8(script).unwrap();
        assert!(script.contains(mark));
        for command in command_line().get_subcommands() {
            assert!(script.contains(command.get_name()), "{}", command.get_name());
        }
    }

    #[rstest]
    #[case(&[], "scs-conformance")]
    #[case(&["explain"], "scs-conformance-explain")]
    #[case(&["check", "iaas"], "scs-conformance-check-iaas")]
    fn each_command_has_a_page(#[case] path: &[&str], #[case] title: &str) {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        let page = String::from_utf8(page(command_line(), &path).unwrap()).unwrap();
        assert!(page.contains("Examples"), "{page}");
        // Title, section, date, source, manual: a field that is left out would move the others.
        let line = page.lines().find_map(|line| line.strip_prefix(".TH ")).unwrap();
        let line = line.strip_prefix(&format!("{title} 1 ")).unwrap();
        let date = line.strip_suffix(&format!(" \"{SOURCE}\" \"SCS conformance\"")).unwrap();
        assert!(date == "\" \"" || date.parse::<chrono::NaiveDate>().is_ok(), "{date}");
    }

    #[rstest]
    #[case(&["chek"], "scs-conformance has no command \"chek\", only bundle, check, ")]
    #[case(&["explain", "x"], "scs-conformance explain has no commands below it")]
    fn an_unknown_command_has_none(#[case] path: &[&str], #[case] message: &str) {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        let error = page(command_line(), &path).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}
