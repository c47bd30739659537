//! The parts of the command line that all commands share: the order and headings of options in the help, and the
//! environment variables that may set them.

use clap::builder::{BoolishValueParser, ValueParser};
use clap::{Arg, ArgAction, Command};

/// The headings of the help, in their order, with the options below each.
const HEADINGS: &[(&str, &[&str])] = &[
    (
        "Subject",
        &[
            "cloud",
            "region",
            "domain_managers",
            "config",
            "state_dir",
            "clusters",
            "dir",
            "kubeconfig",
            "context",
            "subject",
            "scenario",
            "data",
            "data_sources",
            "distributions",
            "source",
            "as_of",
            "results",
            "results_are_of_this_cluster",
            "results_are_of_this_cloud",
            "results_version",
            "conformance_list",
            "evidence",
        ],
    ),
    (
        "Selection",
        &[
            "preset",
            "subjects",
            "scopes",
            "only_missing",
            "expiring",
            "shard",
            "night",
            "nights",
            "all",
            "spool",
            "select",
            "of_standards",
            "targets",
            "levels",
            "by_text",
            "deciding",
            "sections",
            "mutating",
            "scope",
            "versions",
            "standards",
            "publishers",
            "date",
            "run",
            "older_than",
            "include_upstream",
        ],
    ),
    (
        "Changes",
        &[
            "dry_run",
            "allow_changes",
            "external_network",
            "probe_image",
            "probe_nodes",
            "runner",
            "execution_mode",
            "results_dir",
            "tempest",
            "tempest_accounts",
            "tempest_workers",
            "journal",
            "update_digests",
        ],
    ),
    ("Time", &["deadline", "step_limit", "cleanup_limit", "settling", "suite_limit", "tempest_limit", "spread"]),
    (
        "Reports",
        &[
            "fail_on",
            "baseline",
            "summary",
            "junit",
            "metrics",
            "signature",
            "allowed_signers",
            "identity",
            "output",
            "output_dir",
            "json",
            "record",
            "report",
            "redact",
            "upload_altered",
        ],
    ),
    ("General", &["verbose", "quiet", "log_format", "color", "no_color", "help", "version"]),
];

/// The options that environment variables may set. Flags on the command line count first. What a person has to say for each
/// run (`--results-are-of-this-cluster`, `--upload-altered`, `--run`, `--older-than`) is not among them.
const VARIABLES: &[(&str, &str)] = &[
    ("cloud", "SCS_CLOUD"),
    ("region", "SCS_REGION"),
    ("kubeconfig", "SCS_KUBECONFIG"),
    ("context", "SCS_CONTEXT"),
    ("subject", "SCS_SUBJECT"),
    ("data", "SCS_DATA"),
    ("data_sources", "SCS_DATA_SOURCES"),
    ("conformance_list", "SCS_CONFORMANCE_LIST"),
    ("scope", "SCS_SCOPE"),
    ("standards", "SCS_STANDARDS"),
    ("publishers", "SCS_PUBLISHERS"),
    ("allow_changes", "SCS_ALLOW_CHANGES"),
    ("external_network", "SCS_EXTERNAL_NETWORK"),
    ("probe_image", "SCS_PROBE_IMAGE"),
    ("probe_nodes", "SCS_PROBE_NODES"),
    ("runner", "SCS_RUNNER"),
    ("execution_mode", "SCS_EXECUTION_MODE"),
    ("results_dir", "SCS_RESULTS_DIR"),
    ("tempest", "SCS_TEMPEST"),
    ("tempest_accounts", "SCS_TEMPEST_ACCOUNTS"),
    ("tempest_workers", "SCS_TEMPEST_WORKERS"),
    ("journal", "SCS_JOURNAL"),
    ("config", "SCS_CONFIG"),
    ("state_dir", "SCS_STATE_DIR"),
    ("deadline", "SCS_DEADLINE"),
    ("step_limit", "SCS_STEP_LIMIT"),
    ("cleanup_limit", "SCS_CLEANUP_LIMIT"),
    ("settling", "SCS_SETTLING"),
    ("suite_limit", "SCS_SUITE_LIMIT"),
    ("tempest_limit", "SCS_TEMPEST_LIMIT"),
    ("log_format", "SCS_LOG_FORMAT"),
    ("color", "SCS_COLOR"),
];

/// Arranges a command and all commands below it.
pub(super) fn arranged(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| command.mut_subcommand(name, arranged));
    let in_order = HEADINGS.iter().flat_map(|(heading, ids)| ids.iter().map(move |id| (*heading, *id)));
    let explains = command.get_name() == "explain";
    in_order.enumerate().fold(command, |command, (position, (heading, id))| {
        let is_there = command.get_arguments().any(|argument| argument.get_id() == id && !argument.is_positional());
        if !is_there {
            return command;
        }
        command.mut_arg(id, |argument| {
            let argument = argument.help_heading(heading).display_order(position);
            // `explain --report` takes the definitions of the report, whatever the variables say.
            if explains { argument } else { with_variable(argument, id) }
        })
    })
}

fn with_variable(argument: Arg, id: &str) -> Arg {
    match VARIABLES.iter().find(|(option, _)| *option == id) {
        // CI systems set empty variables for what is not configured.
        Some((_, name)) if std::env::var_os(name).is_none_or(|value| !value.is_empty()) => {
            let is_switch = matches!(argument.get_action(), ArgAction::SetTrue);
            let argument = argument.env(name).hide_env_values(true);
            if is_switch { argument.value_parser(ValueParser::from(BoolishValueParser::new())) } else { argument }
        }
        _ => argument,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Arguments;
    use clap::CommandFactory;

    fn all(command: &Command, see: &mut impl FnMut(&Command)) {
        see(command);
        command.get_subcommands().for_each(|below| all(below, see));
    }

    #[test]
    fn every_option_stands_below_a_heading() {
        all(&arranged(Arguments::command()), &mut |command| {
            for option in command.get_opts().filter(|option| !option.is_hide_set()) {
                assert!(option.get_help_heading().is_some(), "{} of {}", option.get_id(), command.get_name());
            }
        });
    }

    #[test]
    fn each_variable_sets_an_option_and_none_a_secret() {
        let mut set = Vec::new();
        all(&arranged(Arguments::command()), &mut |command| {
            set.extend(command.get_arguments().filter_map(|argument| argument.get_env()).map(ToOwned::to_owned));
        });
        for (id, name) in VARIABLES {
            assert!(set.iter().any(|other| other == name), "{name}");
            assert_eq!(*name, format!("SCS_{}", id.to_uppercase()));
            let documented = include_str!("../../docs/configuration.md").contains(&format!("`{name}`"));
            assert!(documented, "{name} is missing from docs/configuration.md");
            assert!(!["SECRET", "TOKEN", "PASSWORD"].iter().any(|word| name.contains(word)));
        }
    }

    #[test]
    fn examples_fit_on_a_narrow_terminal() {
        all(&arranged(Arguments::command()), &mut |command| {
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in examples.lines().filter(|line| line.starts_with(' ')) {
                assert!(line.chars().count() <= 80, "{line}");
            }
        });
    }
}
