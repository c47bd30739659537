//! The program `scs-monitor`: the result server, and what its operator needs around it.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
