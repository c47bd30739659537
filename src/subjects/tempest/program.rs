//! Finds Tempest where it is installed, and holds the terms on which it is run.

use crate::programs::{Call, LogRedactor, folders, is_program, version};
use crate::settings::Environment;
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;

/// The terms on which Tempest is run.
#[derive(Clone, Debug)]
pub struct TempestTerms {
    /// The program.
    pub program: Program,
    /// The accounts of the tests; those of the configured user without it.
    pub accounts: Option<PathBuf>,
    /// The number of tests at the same time.
    pub workers: usize,
    /// The longest time for all of them.
    pub limit: Duration,
}

impl TempestTerms {
    /// The default limit.
    pub const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);
}

/// Tempest, as it is installed here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Program {
    /// Its path.
    pub path: PathBuf,
}

/// A reason why Tempest cannot be run.
#[derive(Debug, Error)]
pub enum ProgramError {
    /// It is not installed.
    #[error(
        "tempest is neither on the PATH nor in ~/.local/bin: install it (`pip install tempest`), name it with --tempest PATH, or \
         bring results along with --results"
    )]
    NotInstalled,
    /// A path leads to no program.
    #[error("--tempest {}: there is no such program", .0.display())]
    NoProgram(PathBuf),
}

/// The value of `--tempest` for the program on the `PATH`.
const ANY: &str = "auto";
/// The name of the program.
const NAME: &str = "tempest";
/// The longest time for it to print its version.
const LIMIT: Duration = Duration::from_secs(60);

impl Program {
    /// Finds the program that the user wants: as `auto` on the `PATH` or in `~/.local/bin`, else by its path.
    ///
    /// # Errors
    /// There is none: where it was looked for, and what to do.
    pub fn find(wanted: &str, environment: &Environment) -> Result<Self, ProgramError> {
        if wanted == ANY {
            let mut paths = folders(environment).map(|folder| folder.join(NAME));
            let path = paths.find(|path| is_program(path)).ok_or(ProgramError::NotInstalled)?;
            return Ok(Self { path });
        }
        let path = environment.resolve(wanted);
        if is_program(&path) { Ok(Self { path }) } else { Err(ProgramError::NoProgram(path)) }
    }

    /// Returns its name, with its version if it tells one, for example `Tempest 47.0.0`.
    pub(crate) async fn title(&self) -> String {
        let call = Call {
            program: &self.path,
            name: "tempest --version".to_owned(),
            arguments: vec!["--version".into()],
            variables: &[],
            folder: None,
            bound: true,
            option: "--tempest",
            limit: LIMIT,
            redactor: &LogRedactor::default(),
        };
        let said = call.succeed().await.ok();
        match said.and_then(|said| version(&said.stdout)) {
            Some(version) => format!("Tempest {}", version.trim_start_matches('v')),
            None => "Tempest".to_owned(),
        }
    }
}
