//! The command line: parses options, calls the libraries, prints, and sets the exit code. Nothing is decided here.

mod arrange;
mod changes;
mod check;
mod collect;
mod data;
#[cfg(feature = "demo")]
mod demo;
mod diff;
mod distributions;
mod doctor;
mod dry_run;
mod error;
mod evaluate;
mod evidence;
mod exit_codes;
mod explain;
mod flavor;
mod fleet;
mod form;
mod heavy;
mod input;
mod lint;
mod list;
mod message;
mod options;
mod output;
mod progress;
mod removals;
mod render;
mod results;
mod run_by;
mod selection;
mod shell;
mod signals;
mod sink;
mod style;
mod subject;
mod sweep;
mod terminal;
mod usage;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use error::CliError;
use exit_codes::with_exit_codes;
use message::set_format;
use scs_reports::ExitCode;
use std::io;
use style::{LogFormat, OutputStyle};
use terminal::note;
use tracing_subscriber::EnvFilter;

/// Proves that OpenStack clouds and Kubernetes clusters conform to the Sovereign Cloud Stack standards.
#[derive(Parser)]
#[command(name = "scs-conformance", version = VERSION, after_help = with_exit_codes(EXAMPLES), max_term_width = 100)]
#[command(disable_help_flag = true, disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Show more: -v also lists passed testcases, -vv also logs each request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    /// Print no progress, only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Format of log lines, warnings and errors on stderr: text or json
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    log_format: LogFormat,

    /// Use colors: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    color: Color,

    /// Same as --color never
    #[arg(long, global = true)]
    no_color: bool,

    /// Print help
    #[arg(short, long, global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,

    /// Print version
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    /// Make one signed file of a report and its facts, which proves the run
    Bundle(fleet::MakeBundle),
    /// Check a cloud or cluster and report
    #[command(subcommand, after_help = CHECK_EXAMPLES)]
    Check(CheckCommand),
    /// Record facts about a cloud or cluster, to be evaluated elsewhere or later
    #[command(subcommand, after_help = COLLECT_EXAMPLES)]
    Collect(CollectCommand),
    /// Check the configuration of a fleet
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Fetch or inspect Kubernetes release and vulnerability data
    #[command(subcommand, after_help = data::EXAMPLES)]
    Data(DataCommand),
    /// Check a simulated cloud or cluster on this machine, and write all reports
    #[cfg(feature = "demo")]
    Demo(demo::Demo),
    /// Print completions for a shell
    Completions(shell::Completions),
    /// Compare two reports
    Diff(diff::Diff),
    /// Check prerequisites, without changing anything
    #[command(subcommand, after_help = DOCTOR_EXAMPLES)]
    Doctor(DoctorCommand),
    /// Evaluate a recording, also by other versions or on another day
    Evaluate(Box<evaluate::Evaluate>),
    /// Explain a testcase or a verdict
    Explain(explain::Explain),
    /// Show the nights of subjects, a line for each testcase
    History(fleet::History),
    /// Turn the configuration of today's suite into one for a fleet
    ImportConfig(fleet::ImportConfig),
    /// Write the beginning of a configuration for a fleet
    Init(Box<fleet::Init>),
    /// Check definitions for mistakes
    Lint(lint::Lint),
    /// List scopes, standards, testcases or checks
    List(list::List),
    /// Print a manual page
    Manpage(shell::Manpage),
    /// Check all clouds and clusters of a fleet, and deliver the results
    Nightly(Box<fleet::Nightly>),
    /// Sign reports and send them to result servers
    Publish(fleet::Publish),
    /// Write a report in other formats
    Render(render::Render),
    /// Prepare accounts of result servers
    #[command(subcommand)]
    Subject(SubjectCommand),
    /// Remove resources that earlier runs left behind
    #[command(subcommand, after_help = SWEEP_EXAMPLES)]
    Sweep(SweepCommand),
    /// Explain flavor names (scs-0100)
    #[command(subcommand, after_help = FLAVOR_EXAMPLES)]
    Flavor(FlavorCommand),
    /// Verify the signature of a report, or a bundle
    Verify(fleet::Verify),
}

#[derive(Subcommand)]
enum SubjectCommand {
    /// Make the key and the token of a new account, and print what the server needs
    Add(fleet::SubjectAdd),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check a configuration, and list what would run and why, without touching any cloud
    Check(Box<fleet::ConfigCheck>),
    /// Print the JSON Schema of the configuration
    Schema,
}

#[derive(Subcommand)]
enum CheckCommand {
    /// Check an OpenStack cloud as an ordinary user; read-only unless --allow-changes says otherwise
    Iaas(Box<check::CheckIaas>),
    /// Check a Kubernetes cluster; read-only unless --allow-changes says otherwise
    Kaas(Box<check::CheckKaas>),
}

#[derive(Subcommand)]
enum CollectCommand {
    /// Record facts about an OpenStack cloud as an ordinary user; read-only unless --allow-changes says otherwise
    Iaas(Box<collect::CollectIaas>),
    /// Record facts about a Kubernetes cluster; read-only unless --allow-changes says otherwise
    Kaas(Box<collect::CollectKaas>),
}

#[derive(Subcommand)]
enum DataCommand {
    /// Fetch releases, ends of life and vulnerabilities of Kubernetes, and keep them; or renew releases of distributions
    Update(data::Update),
    /// Show the known Kubernetes data, its sources and age (offline)
    Show(data::Show),
}

#[derive(Subcommand)]
enum DoctorCommand {
    /// Check that roles, services and quotas of an OpenStack project are sufficient
    Iaas(Box<doctor::DoctorIaas>),
    /// Check the permissions of an account in a Kubernetes cluster, and print the roles that suffice
    Kaas(Box<doctor::DoctorKaas>),
}

#[derive(Subcommand)]
enum SweepCommand {
    /// Remove resources that earlier runs left in an OpenStack project
    Iaas(Box<sweep::SweepIaas>),
    /// Remove resources that earlier runs left in a Kubernetes cluster
    Kaas(Box<sweep::SweepKaas>),
    /// Remove resources that earlier nights left in the subjects of a fleet
    Nightly(Box<fleet::SweepNightly>),
}

#[derive(Subcommand)]
enum FlavorCommand {
    /// Explain flavor names, or say where they are wrong
    #[command(after_help = FLAVOR_EXAMPLES)]
    Parse {
        /// Flavor names; `-` reads one per line from stdin
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        output: form::ResultOptions,
    },
}

/// For example `0.1.0 (commit 1a2b3c4d5e6f)`.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), env!("SCS_COMMIT_NOTE"));

#[cfg(feature = "demo")]
macro_rules! demo_examples {
    () => {
        "  scs-conformance demo\n  scs-conformance demo kaas\n"
    };
}
#[cfg(not(feature = "demo"))]
macro_rules! demo_examples {
    () => {
        ""
    };
}

const EXAMPLES: &str = concat!(
    "Examples:\n",
    demo_examples!(),
    "\
\x20 scs-conformance check iaas --cloud mycloud
  scs-conformance check iaas --cloud mycloud -o report.json -o junit.xml
  scs-conformance check kaas --kubeconfig kubeconfig.yaml
  scs-conformance list testcases
  scs-conformance explain scs-0102-prop-hw_disk_bus --report report.json
  scs-conformance flavor parse SCS-4V-16-50

Many options can also be set by environment variables, whose names the help of each command shows; options on the \
command line count first."
);

const CHECK_EXAMPLES: &str = "\
Examples:
  scs-conformance check iaas --cloud mycloud
  scs-conformance check kaas --kubeconfig kubeconfig.yaml";

const COLLECT_EXAMPLES: &str = "\
Examples:
  scs-conformance collect iaas --cloud mycloud
  scs-conformance collect kaas --kubeconfig kubeconfig.yaml";

const DOCTOR_EXAMPLES: &str = "\
Examples:
  scs-conformance doctor iaas --cloud mycloud
  scs-conformance doctor kaas --kubeconfig kubeconfig.yaml";

const SWEEP_EXAMPLES: &str = "\
Examples:
  scs-conformance sweep iaas --cloud mycloud --dry-run
  scs-conformance sweep kaas --kubeconfig kubeconfig.yaml --dry-run";

const FLAVOR_EXAMPLES: &str = "\
Examples:
  scs-conformance flavor parse SCS-4V-16-50
  openstack flavor list -f value -c Name | scs-conformance flavor parse -";

/// Runs the program.
pub fn main() -> std::process::ExitCode {
    let matches = command_line().try_get_matches();
    let arguments = match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => return usage::print(error).into(),
    };
    start_logging(&arguments);
    // What a defect says of itself may quote an answer.
    std::panic::set_hook(Box::new(|defect| note(&format!("error: {defect}"))));
    match if arguments.no_color { Color::Never } else { arguments.color } {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let style = OutputStyle { verbose: arguments.verbose, quiet: arguments.quiet, format: arguments.log_format };
    run(arguments.command, &style).unwrap_or_else(|error| error.print()).into()
}

fn run(command: Command, style: &OutputStyle) -> Result<ExitCode, CliError> {
    match command {
        Command::Check(CheckCommand::Iaas(check)) => check.run(style),
        Command::Check(CheckCommand::Kaas(check)) => check.run(style),
        Command::Collect(CollectCommand::Iaas(collect)) => collect.run(style),
        Command::Collect(CollectCommand::Kaas(collect)) => collect.run(style),
        Command::Bundle(bundle) => bundle.run(),
        Command::Config(ConfigCommand::Check(check)) => check.run(),
        Command::Config(ConfigCommand::Schema) => fleet::schema(),
        Command::Data(DataCommand::Update(update)) => update.run(style),
        Command::Data(DataCommand::Show(show)) => show.run(),
        #[cfg(feature = "demo")]
        Command::Demo(demo) => demo.run(style),
        Command::Diff(diff) => diff.run(),
        Command::Doctor(DoctorCommand::Iaas(doctor)) => doctor.run(style),
        Command::Doctor(DoctorCommand::Kaas(doctor)) => doctor.run(style),
        Command::Evaluate(evaluate) => evaluate.run(style),
        Command::Completions(completions) => completions.run(command_line()),
        Command::Explain(explain) => explain.run(),
        Command::History(history) => history.run(),
        Command::ImportConfig(import) => import.run(),
        Command::Init(init) => init.run(style),
        Command::Lint(lint) => lint.run(),
        Command::Manpage(manpage) => manpage.run(command_line()),
        Command::List(list) => list.run(),
        Command::Nightly(nightly) => nightly.run(style),
        Command::Publish(publish) => publish.run(),
        Command::Render(render) => render.run(style),
        Command::Subject(SubjectCommand::Add(add)) => add.run(),
        Command::Sweep(SweepCommand::Iaas(sweep)) => sweep.run(style),
        Command::Sweep(SweepCommand::Kaas(sweep)) => sweep.run(style),
        Command::Sweep(SweepCommand::Nightly(sweep)) => sweep.run(style),
        Command::Verify(verify) => verify.run(),
        Command::Flavor(FlavorCommand::Parse { names, output }) => parse_flavors(&names, &output),
    }
}

/// Returns the command line, with the headings and variables of its options.
fn command_line() -> clap::Command {
    arrange::arranged(Arguments::command())
}

fn start_logging(arguments: &Arguments) {
    set_format(arguments.log_format);
    // Only our own words: what libraries log may hold what must not be shown.
    let level = match arguments.verbose {
        // Where log lines are for programs, progress is among them.
        0 | 1 if arguments.log_format == LogFormat::Json && !arguments.quiet => {
            "scs_conformance=info,scs_subjects=info"
        }
        0 | 1 => "scs_conformance=warn,scs_subjects=warn",
        _ => "scs_conformance=debug,scs_subjects=debug",
    };
    // Where nobody reads stderr any more, complaining there would end the program.
    let logging = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(terminal::Log(arguments.log_format))
        .log_internal_errors(false);
    match arguments.log_format {
        LogFormat::Text => logging.with_ansi(false).init(),
        LogFormat::Json => logging.json().init(),
    }
}

fn parse_flavors(names: &[String], output: &form::ResultOptions) -> Result<ExitCode, CliError> {
    output.prepare()?;
    let (stdin, json) = (io::stdin().lock(), output.is_json());
    let parsed = match output.sink() {
        sink::Sink::Stdout => flavor::parse(names, stdin, json, &mut io::stdout().lock()),
        file @ sink::Sink::Path(_) => {
            let mut text = Vec::new();
            let parsed = flavor::parse(names, stdin, json, &mut text);
            file.write(String::from_utf8_lossy(&text).into_owned())?;
            parsed
        }
    };
    match parsed {
        Ok(0) => Ok(ExitCode::Success),
        Ok(_) => Ok(ExitCode::Violation),
        Err(flavor::StreamError::Read(error)) => Err(format!("stdin cannot be read: {error}").into()),
        Err(flavor::StreamError::Write(error)) => {
            Err(CliError::unfinished(format!("the result cannot be printed: {error}")))
        }
    }
}
