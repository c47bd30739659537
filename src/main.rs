//! The program `scs-conformance`.

use std::process::ExitCode;

fn main() -> ExitCode {
    scs_conformance::cli::main()
}
