//! Programs that make and remove clusters: started with bounds, in a process group of their own.

use super::error::ProvisionError;
use super::task::{Deadline, Task};
use scs_subjects::kubernetes::{Error, ErrorKind};
use scs_subjects::programs::{Call, LogRedactor, ProgramOutput, find};
use std::time::Duration;

/// The time before a deadline at which a program is asked to end, so that it can leave things in order.
const GRACE: Duration = Duration::from_secs(12);

/// A program with arguments and variables.
pub(super) struct Program<'a> {
    /// The program and its arguments.
    pub command: &'a [String],
    /// Variables besides those of the environment.
    pub variables: Vec<(String, String)>,
    /// The entry of the configuration that names it.
    pub entry: &'static str,
}

/// The end of a program.
pub(super) enum Ended {
    /// It did what it was asked for.
    Done(ProgramOutput),
    /// It failed, with this exit code and for this reason.
    Failed(Option<i32>, Error),
}

impl Program<'_> {
    /// Runs the program to its end, or ends it and all that it has started shortly before the deadline.
    ///
    /// # Errors
    /// It cannot be started, or takes too long.
    pub async fn run(&self, task: &Task<'_>, deadline: Deadline) -> Result<Ended, ProvisionError> {
        let name = self.command.first().cloned().unwrap_or_default();
        let Some(program) = find(task.environment, &name) else {
            let what = format!("the program `{name}` ({} of the provisioner) is not installed", self.entry);
            return Err(ProvisionError::Configuration(format!("{what}; install it, or correct its path or PATH")));
        };
        let mut variables = self.variables.clone();
        variables.extend(task.environment.var("PATH").map(|path| ("PATH".to_owned(), path.to_owned())));
        let redactor = LogRedactor::with_secrets(task.secrets.clone());
        let call = Call {
            program: &program,
            name: format!("`{name}` ({})", self.entry),
            arguments: self.command.iter().skip(1).map(Into::into).collect(),
            variables: &variables,
            folder: None,
            bound: true,
            option: self.entry,
            limit: deadline.left() - GRACE.min(deadline.left() / 4),
            redactor: &redactor,
        };
        match call.run(|_| {}).await {
            Ok(output) if output.status.success() => Ok(Ended::Done(output)),
            Ok(output) => Ok(Ended::Failed(output.status.code(), call.failed(&output))),
            Err(error) if error.kind == ErrorKind::Deadline => {
                task.see(&error.what);
                Err(task.too_late(deadline))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Runs the program, which has to succeed.
    ///
    /// # Errors
    /// As [`Self::run`], and it fails.
    pub async fn succeed(&self, task: &Task<'_>, deadline: Deadline) -> Result<ProgramOutput, ProvisionError> {
        match self.run(task, deadline).await? {
            Ended::Done(output) => Ok(output),
            Ended::Failed(_, error) => Err(error.into()),
        }
    }
}
