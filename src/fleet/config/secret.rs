//! Secrets by reference: nothing that must stay secret stands in the configuration.

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use thiserror::Error;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// The largest secret, in bytes: keys are the largest.
const LARGEST: u64 = 64 * 1024;

/// The time limit of a command that prints a secret.
const PATIENCE: Duration = Duration::from_secs(30);

/// A place where a secret can be had.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Secret {
    /// A file that nobody else may read; the line end behind the secret is cut off.
    File(#[serde(deserialize_with = "path")] PathBuf),
    /// A variable of the environment.
    Env(#[serde(deserialize_with = "name")] String),
    /// A command that prints the secret, with its arguments. No shell reads it.
    Command(#[serde(deserialize_with = "command")] Vec<String>),
}

/// A secret that cannot be had. No message repeats any of it.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("{0}")]
    Unreadable(#[from] scs_files::ReadError),
    /// Others may read the file.
    #[error("{path}: others may read this file (mode {mode:03o}); run `chmod 600 {path}`", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The variable is not set.
    #[error("the variable {0} is not set")]
    NotSet(String),
    /// The command failed.
    #[error("`{program}` printed no secret: {reason}")]
    Command {
        /// The program.
        program: String,
        /// The reason.
        reason: String,
    },
    /// There is nothing in it.
    #[error("{0} is empty")]
    Empty(String),
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    name(deserializer).map(PathBuf::from)
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.trim() {
        "" => Err(D::Error::custom("this names no secret: it is empty")),
        _ => Ok(text),
    }
}

fn command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let command = Vec::<String>::deserialize(deserializer)?;
    match command.first().map_or("", |program| program.trim()) {
        "" => Err(D::Error::custom("this names no secret: there is no program to run")),
        _ => Ok(command),
    }
}

impl Secret {
    /// Resolves the path of a file against the folder of the configuration.
    pub(super) fn within(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(folder.join(path)),
            other => other,
        }
    }

    /// Returns a name for messages, without any of the secret.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Env(name) => format!("the variable {name}"),
            Self::Command(command) => format!("the output of `{}`", command.first().map_or("", String::as_str)),
        }
    }

    /// Checks that the secret can be had, as far as that shows without running anything.
    ///
    /// # Errors
    /// There is no such file or variable, nothing is in it, or others may read it.
    pub fn look(&self, variable: impl Fn(&str) -> Option<String>) -> Result<(), SecretError> {
        let text = match self {
            Self::File(path) => private(path)?,
            Self::Env(name) => variable(name).ok_or_else(|| SecretError::NotSet(name.clone()))?,
            Self::Command(_) => return Ok(()),
        };
        match text.trim().is_empty() {
            true => Err(SecretError::Empty(self.name())),
            false => Ok(()),
        }
    }

    /// Reads the secret, without line ends behind it.
    ///
    /// # Errors
    /// It cannot be had, is empty, or stands in a file that others may read.
    pub async fn read(&self, variable: impl Fn(&str) -> Option<String>) -> Result<String, SecretError> {
        let text = match self {
            Self::File(path) => {
                let path = path.clone();
                match tokio::task::spawn_blocking(move || private(&path)).await {
                    Ok(read) => read?,
                    Err(defect) => std::panic::resume_unwind(defect.into_panic()),
                }
            }
            Self::Env(name) => variable(name).ok_or_else(|| SecretError::NotSet(name.clone()))?,
            Self::Command(command) => printed(command).await?,
        };
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(SecretError::Empty(self.name())),
            secret => Ok(secret.to_owned()),
        }
    }
}

fn private(path: &Path) -> Result<String, SecretError> {
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path) {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if metadata.is_file() && mode & 0o077 != 0 {
            return Err(SecretError::Open { path: path.to_owned(), mode });
        }
    }
    Ok(scs_files::read_text(path, LARGEST)?)
}

async fn printed(command: &[String]) -> Result<String, SecretError> {
    let program = command.first().cloned().unwrap_or_default();
    let failed = |reason: String| SecretError::Command { program: program.clone(), reason };
    let mut child = Command::new(&program)
        .args(command.iter().skip(1))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let stdout = child.stdout.take().ok_or_else(|| failed("it has no output".to_owned()))?;
    let reading = async {
        let mut bytes = Vec::new();
        stdout.take(LARGEST + 1).read_to_end(&mut bytes).await?;
        Ok::<_, std::io::Error>((bytes, child.wait().await?))
    };
    let read = tokio::time::timeout(PATIENCE, reading).await.map_err(|_| failed("it took too long".to_owned()))?;
    let (bytes, status) = read.map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        return Err(failed(status.to_string()));
    }
    if bytes.len() as u64 > LARGEST {
        return Err(failed(format!("it is larger than {LARGEST} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| failed("it is not text".to_owned()))
}
