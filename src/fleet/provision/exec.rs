//! exec: programs of the user make and remove the cluster, by the contract in `docs/provisioners.md`.

use super::error::ProvisionError;
use super::journal::aside;
use super::program::{Ended, Program};
use super::task::{Deadline, Task};
use std::path::Path;

/// The place, for messages and records.
pub(super) const PLACE: &str = "the care of programs of the provisioner";

/// Exit codes with a meaning: `EX_TEMPFAIL` and `EX_CANTCREAT` of `sysexits.h`.
const TRY_LATER: i32 = 75;
const FOREIGN: i32 = 73;

/// A cluster in the care of programs of the user.
pub(super) struct Exec<'a> {
    pub task: &'a Task<'a>,
    pub create: &'a [String],
    pub kubeconfig: Option<&'a [String]>,
    pub delete: &'a [String],
}

impl Exec<'_> {
    /// Returns the variables of all programs.
    fn variables(&self) -> Vec<(String, String)> {
        let task = self.task;
        let version = task.provisioner.version.clone();
        // Programs may change their folder. Only without a current folder is there no absolute path.
        let kubeconfig = std::path::absolute(&task.kubeconfig).unwrap_or_else(|_| task.kubeconfig.clone());
        let own = [
            ("SCS_CLUSTER", Some(task.name.clone())),
            ("SCS_KUBERNETES_VERSION", version),
            ("SCS_KUBECONFIG_OUT", Some(kubeconfig.display().to_string())),
            ("SCS_RUN", Some(task.run.clone())),
            ("SCS_SUBJECT", Some(task.subject.name.clone())),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let named =
            |(name, value): (&String, &String)| (format!("SCS_VAR_{}", name.to_ascii_uppercase()), value.clone());
        let variables = task.subject.variables.iter().map(named);
        let secrets = task.values.iter().map(|(name, value)| (name.clone(), value.clone()));
        variables.chain(secrets).chain(own).collect()
    }

    /// Runs a program until it no longer asks for a later attempt.
    async fn run(&self, command: &[String], entry: &'static str, deadline: Deadline) -> Result<(), ProvisionError> {
        let program = Program { command, variables: self.variables(), entry };
        loop {
            match program.run(self.task, deadline).await? {
                Ended::Done(_) => return Ok(()),
                Ended::Failed(Some(TRY_LATER), error) => self.task.see(&error.to_string()),
                Ended::Failed(Some(FOREIGN), _) if entry == "create" => {
                    return Err(ProvisionError::Foreign {
                        name: self.task.name.clone(),
                        place: PLACE.to_owned(),
                        owner: "as `create` says with exit code 73".to_owned(),
                    });
                }
                Ended::Failed(_, error) => return Err(error.into()),
            }
            self.task.pause(deadline).await?;
        }
    }

    /// Makes the cluster; when the program ends, it is ready.
    ///
    /// # Errors
    /// It fails, or takes too long.
    pub async fn create(&self, deadline: Deadline) -> Result<(), ProvisionError> {
        self.run(self.create, "create", deadline).await
    }

    /// Gets the kubeconfig, and makes it private.
    ///
    /// # Errors
    /// None was written.
    pub async fn kubeconfig(&self, deadline: Deadline) -> Result<(), ProvisionError> {
        if let Some(command) = self.kubeconfig {
            self.run(command, "kubeconfig", deadline).await?;
        }
        let file = self.task.kubeconfig.clone();
        let text = aside(move || scs_files::read_text(&file, 1 << 20)).await;
        let text = text.map_err(|error| {
            let help = "`create` or `kubeconfig` has to write the kubeconfig to the path in SCS_KUBECONFIG_OUT";
            self.task.failed(&format!("{error}; {help}"))
        })?;
        make_private(&self.task.kubeconfig);
        self.task.write_kubeconfig(text).await
    }

    /// Removes the cluster.
    ///
    /// # Errors
    /// It fails, or takes too long.
    pub async fn remove(&self, deadline: Deadline) -> Result<(), ProvisionError> {
        self.run(self.delete, "delete", deadline).await
    }
}

/// Takes from others the permission to read a file, as far as that is possible.
fn make_private(file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The file is written anew, with this mode, or that fails.
        let _ = std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600));
    }
    #[cfg(not(unix))]
    let _ = file;
}
