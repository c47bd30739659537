//! kind: a cluster in containers of this machine.

use super::error::ProvisionError;
use super::program::Program;
use super::task::{Deadline, Task};
use std::path::Path;

/// The place, for messages and records.
pub(super) const PLACE: &str = "kind on this machine";

/// A cluster in containers of this machine.
pub(super) struct Kind<'a> {
    pub task: &'a Task<'a>,
    /// The image of the nodes.
    pub image: Option<&'a str>,
    /// The configuration file.
    pub config: Option<&'a Path>,
}

impl Kind<'_> {
    async fn kind(&self, arguments: &[&str], deadline: Deadline) -> Result<String, ProvisionError> {
        let command: Vec<String> = ["kind"].iter().chain(arguments).map(|word| (*word).to_owned()).collect();
        let program = Program { command: &command, variables: Vec::new(), entry: "kind" };
        Ok(program.succeed(self.task, deadline).await?.stdout)
    }

    /// Returns true if there is a cluster of this name.
    ///
    /// # Errors
    /// The clusters cannot be listed.
    pub async fn is_there(&self, deadline: Deadline) -> Result<bool, ProvisionError> {
        let clusters = self.kind(&["get", "clusters"], deadline).await?;
        Ok(clusters.lines().any(|line| line.trim() == self.task.name))
    }

    /// Makes the cluster, and waits until its nodes are ready.
    ///
    /// # Errors
    /// It cannot be made in time.
    pub async fn create(&self, deadline: Deadline) -> Result<(), ProvisionError> {
        let (kubeconfig, wait) = (self.kubeconfig(), format!("{}s", deadline.left().as_secs()));
        let mut arguments = vec!["create", "cluster", "--name", &self.task.name];
        arguments.extend(["--kubeconfig", &kubeconfig, "--wait", &wait]);
        arguments.extend(self.image.iter().flat_map(|image| ["--image", *image]));
        let config = self.config.map(|path| path.display().to_string());
        arguments.extend(config.iter().flat_map(|path| ["--config", path.as_str()]));
        self.kind(&arguments, deadline).await.map(drop)
    }

    fn kubeconfig(&self) -> String {
        self.task.kubeconfig.display().to_string()
    }

    /// Removes the cluster, and looks that it is gone.
    ///
    /// # Errors
    /// It is still there.
    pub async fn remove(&self, deadline: Deadline) -> Result<(), ProvisionError> {
        let kubeconfig = self.kubeconfig();
        let arguments = ["delete", "cluster", "--name", &self.task.name, "--kubeconfig", &kubeconfig];
        self.kind(&arguments, deadline).await?;
        match self.is_there(deadline).await? {
            false => Ok(()),
            true => Err(self.task.failed("kind has removed it, and still lists it")),
        }
    }
}
