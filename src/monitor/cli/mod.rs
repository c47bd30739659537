//! The command line: options become settings, and errors become exit codes. Nothing is decided here.

mod check;
mod copies;
mod demo;
mod export;
mod failure;
mod import;
mod logs;
mod notify;
mod options;
mod serve;

use clap::Parser;
use failure::Failure;
use options::{Command, Options};
use std::process::ExitCode;

/// Runs the command of the command line.
pub fn run() -> ExitCode {
    let options = Options::parse();
    logs::start(options.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let outcome = runtime.block_on(command(options.command));
    // What still runs beside the runtime (a password that is checked) is not waited for.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn command(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(options) => serve::run(*options).await,
        Command::Migrate(options) => serve::migrate(&options).await,
        Command::Backup(options) => copies::backup(&options).await,
        Command::Restore(options) => copies::restore(&options).await,
        Command::Retire(options) => copies::retire(&options).await,
        Command::Revive(options) => copies::revive(&options).await,
        Command::Import(options) => import::run(&options).await,
        Command::ExportStatic(options) => export::run(&options).await,
        Command::Demo(options) => demo::run(&options).await,
        Command::NotifyTest(options) => notify::test(&options).await,
        Command::Notifications(options) => notify::list(&options).await,
        Command::Openapi => {
            println!("{:#}", scs_monitor::http::openapi());
            Ok(())
        }
    }
}

/// Says what went wrong. 2 is the exit code of every error, as of `scs-conformance`.
fn failed(error: &Failure) -> ExitCode {
    eprintln!("error: {}", error.to_string().trim_start_matches("error: "));
    ExitCode::from(2)
}
