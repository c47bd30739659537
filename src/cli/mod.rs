//! The command line: parse, call, print, exit code. Nothing is decided here.

mod changes;
mod check;
mod collect;
mod data;
mod demo;
mod demo_kaas;
mod demo_terms;
mod doctor;
mod doctor_kaas;
mod evaluate;
mod exit_codes;
mod explain;
mod flavor;
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

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use exit_codes::with_exit_codes;
use message::{fail, set_format};
use scs_reports::ExitCode;
use std::io;
use style::{LogFormat, OutputStyle};
use terminal::note;
use tracing_subscriber::EnvFilter;

/// Proves that clouds and Kubernetes clusters conform to the Sovereign Cloud Stack standards.
#[derive(Parser)]
#[command(name = "scs-conformance", version = VERSION, after_help = with_exit_codes(EXAMPLES), max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Say more: -v also lists what passed, -vv also logs each request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    /// Print no progress; errors and results are printed all the same
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// The form of log lines, warnings and errors on stderr
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", hide_default_value = true)]
    log_format: LogFormat,

    /// When to use colors
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    /// Check a subject and report
    #[command(subcommand, after_help = with_exit_codes(check::EXAMPLES))]
    Check(CheckCommand),
    /// Record what a subject shows, to be evaluated elsewhere or later
    #[command(subcommand, after_help = collect::EXAMPLES)]
    Collect(CollectCommand),
    /// What is publicly known of Kubernetes: get it, or see how old it is
    #[command(subcommand, after_help = data::EXAMPLES)]
    Data(DataCommand),
    /// Check a simulated cloud or cluster on this machine, and write all reports
    Demo(demo::Demo),
    /// Print what a shell needs to complete commands and options
    Completions(shell::Completions),
    /// Tell what changed between two reports
    Diff(render::Diff),
    /// Say beforehand whether checks would work, without changing anything
    #[command(subcommand, after_help = doctor::EXAMPLES)]
    Doctor(DoctorCommand),
    /// Evaluate a recording, also by other versions and on another day
    Evaluate(Box<evaluate::Evaluate>),
    /// Tell what a testcase asks, and why a report says what it says
    Explain(explain::Explain),
    /// Look for what is wrong with definitions
    Lint(lint::Lint),
    /// List what the definitions hold
    List(list::List),
    /// Print a page for `man`
    Manpage(shell::Manpage),
    /// Make other formats of a report
    Render(render::Render),
    /// Remove what earlier runs left in a subject
    #[command(subcommand, after_help = sweep::EXAMPLES)]
    Sweep(SweepCommand),
    /// Read and explain flavor names (scs-0100)
    #[command(subcommand, after_help = FLAVOR_EXAMPLES)]
    Flavor(FlavorCommand),
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
    /// Record an OpenStack cloud as an ordinary user sees it; read-only unless --allow-changes says otherwise
    Iaas(Box<collect::CollectIaas>),
    /// Record a Kubernetes cluster; read-only unless --allow-changes says otherwise
    Kaas(Box<collect::CollectKaas>),
}

#[derive(Subcommand)]
enum DataCommand {
    /// Fetch releases, ends of life and vulnerabilities of Kubernetes, and keep them
    Update(data::Update),
    /// Tell what is known without fetching anything, from where, and how old it is
    Show(data::Show),
}

#[derive(Subcommand)]
enum DoctorCommand {
    /// Look whether roles, quotas, images, flavors and networks of an OpenStack project suffice
    Iaas(Box<doctor::DoctorIaas>),
    /// Look which permissions in a Kubernetes cluster are there or missing, and print the roles that suffice
    Kaas(Box<doctor_kaas::DoctorKaas>),
}

#[derive(Subcommand)]
enum SweepCommand {
    /// Remove what earlier runs left in an OpenStack project
    Iaas(Box<sweep::SweepIaas>),
    /// Remove what earlier runs left in a Kubernetes cluster
    Kaas(Box<sweep::SweepKaas>),
}

#[derive(Subcommand)]
enum FlavorCommand {
    /// Read flavor names, and say what they mean or where they are wrong
    #[command(after_help = FLAVOR_EXAMPLES)]
    Parse {
        /// The names; `-` reads one per line from stdin
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
}

/// For example `0.1.0 (commit 1a2b3c4d5e6f)`.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), env!("SCS_COMMIT_NOTE"));

const EXAMPLES: &str = "\
Examples:
  scs-conformance demo
  scs-conformance demo kaas
  scs-conformance check iaas --cloud mycloud
  scs-conformance check iaas --cloud mycloud --output json=report.json --output junit=junit.xml
  scs-conformance check kaas --kubeconfig kubeconfig.yaml
  scs-conformance list testcases
  scs-conformance explain scs-0102-prop-hw_disk_bus --report report.json
  scs-conformance flavor parse SCS-4V-16-50";

const FLAVOR_EXAMPLES: &str = "\
Examples:
  scs-conformance flavor parse SCS-4V-16-50
  openstack flavor list -f value -c Name | scs-conformance flavor parse - --json";

/// Runs the program.
pub fn main() -> std::process::ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return told(&error).into(),
    };
    start_logging(&arguments);
    // What a defect says of itself may quote an answer.
    std::panic::set_hook(Box::new(|defect| note(&format!("error: {defect}"))));
    match arguments.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let style = OutputStyle { verbose: arguments.verbose, quiet: arguments.quiet, format: arguments.log_format };
    let code = match arguments.command {
        Command::Check(CheckCommand::Iaas(check)) => check.run(&style),
        Command::Check(CheckCommand::Kaas(check)) => check.run(&style),
        Command::Collect(CollectCommand::Iaas(collect)) => collect.run(&style),
        Command::Collect(CollectCommand::Kaas(collect)) => collect.run(&style),
        Command::Data(DataCommand::Update(update)) => update.run(&style),
        Command::Data(DataCommand::Show(show)) => show.run(),
        Command::Demo(demo) => demo.run(&style),
        Command::Diff(diff) => diff.run(),
        Command::Doctor(DoctorCommand::Iaas(doctor)) => doctor.run(&style),
        Command::Doctor(DoctorCommand::Kaas(doctor)) => doctor.run(&style),
        Command::Evaluate(evaluate) => evaluate.run(&style),
        Command::Completions(completions) => completions.run(Arguments::command()),
        Command::Explain(explain) => explain.run(),
        Command::Lint(lint) => lint.run(),
        Command::Manpage(manpage) => manpage.run(Arguments::command()),
        Command::List(list) => list.run(),
        Command::Render(render) => render.run(&style),
        Command::Sweep(SweepCommand::Iaas(sweep)) => sweep.run(&style),
        Command::Sweep(SweepCommand::Kaas(sweep)) => sweep.run(&style),
        Command::Flavor(FlavorCommand::Parse { names, json }) => parse_flavors(&names, json),
    };
    code.into()
}

/// Prints what is wrong with the command line, or the help that was asked for.
fn told(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            fail(format!("the result cannot be printed: {why}"), ExitCode::Unfinished)
        }
        _ if error.use_stderr() => ExitCode::Usage,
        _ => ExitCode::Success,
    }
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

fn parse_flavors(names: &[String], json: bool) -> ExitCode {
    match flavor::parse(names, io::stdin().lock(), json, &mut io::stdout().lock()) {
        Ok(0) => ExitCode::Success,
        Ok(_) => ExitCode::Violation,
        Err(flavor::StreamError::Read(error)) => fail(format!("stdin cannot be read: {error}"), ExitCode::Usage),
        Err(flavor::StreamError::Write(error)) => {
            fail(format!("the result cannot be printed: {error}"), ExitCode::Unfinished)
        }
    }
}
