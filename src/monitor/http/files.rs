//! The files of a server: scopes, accounts, the registry and how operators are told. They are read together, and count together or not at all.

use super::settings::Settings;
use crate::accounts::{Bootstrap, BootstrapError};
use crate::judge::Rulebook;
use crate::notify;
use crate::registry::Registry;
use crate::store::StoreError;
use scs_checks::definition::{Definitions, Problem, Problems};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A server that cannot start, or read its files again.
#[derive(Debug, Error)]
pub enum StartError {
    /// The accounts cannot be read.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// A scope, the registry or the settings of notifications are wrong.
    #[error("{0}")]
    Definitions(#[from] Problems),
    /// The folder of scopes cannot be read.
    #[error("{}: {problem}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The problem.
        problem: String,
    },
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Problem> for StartError {
    fn from(problem: Problem) -> Self {
        Self::Definitions(Problems(vec![problem]))
    }
}

/// Everything that the files say.
#[derive(Debug)]
pub struct Files {
    /// The rules of all scopes.
    pub rulebook: Rulebook,
    /// The accounts; none if there is no file of them.
    pub bootstrap: Option<Bootstrap>,
    /// The operators, subjects and certificates; empty if there is no file of them.
    pub registry: Registry,
    /// The settings of notifications; none if there is no file of them.
    pub notify: Option<notify::Config>,
}

impl Files {
    /// Reads all files.
    ///
    /// # Errors
    /// One of them cannot be read, or is wrong.
    pub fn read(settings: &Settings) -> Result<Self, StartError> {
        let (definitions, rulebook) = scopes(settings.scopes.as_deref())?;
        let registry = settings.registry.as_deref().map(|path| registry(path, &definitions)).transpose()?;
        let bootstrap = settings.bootstrap.as_deref().map(Bootstrap::read).transpose()?;
        let notify = settings.notify.as_deref().map(notifications).transpose()?;
        Ok(Self { rulebook, bootstrap, registry: registry.unwrap_or_default(), notify })
    }
}

/// Reads the rules of all scopes.
///
/// # Errors
/// The folder cannot be read, or a file in it is wrong.
pub fn rulebook(folder: Option<&Path>) -> Result<Rulebook, StartError> {
    Ok(scopes(folder)?.1)
}

/// Reads the registry, whose subjects and certificates refer to definitions.
fn registry(path: &Path, definitions: &Definitions) -> Result<Registry, StartError> {
    let source = scs_standards::read(path)?;
    Ok(Registry::parse(&source, definitions)?)
}

/// Reads the settings of notifications, with their secrets.
///
/// # Errors
/// The file cannot be read, or is wrong.
pub fn notifications(path: &Path) -> Result<notify::Config, StartError> {
    let source = scs_standards::read(path)?;
    Ok(notify::Config::parse(&source)?)
}

/// Reads the scopes of a folder as today's server does (`scs-*.yaml`), or takes the built-in ones.
fn scopes(folder: Option<&Path>) -> Result<(Definitions, Rulebook), StartError> {
    let mut definitions = scs_standards::embedded()?;
    let Some(folder) = folder else {
        let rulebook = Rulebook::new(&definitions);
        return Ok((definitions, rulebook));
    };
    let problem = |problem: String| StartError::Folder { folder: folder.to_owned(), problem };
    let entries = std::fs::read_dir(folder).map_err(|error| problem(format!("the folder cannot be read: {error}")))?;
    let is_scope = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("scs-") && name.ends_with(".yaml")
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_scope).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(problem(
            "there is no scope file (scs-*.yaml) in this folder; name the folder Tests of today's suite".to_owned(),
        ));
    }
    let mut ids = Vec::new();
    for path in paths {
        ids.push(add_scope(&path, &mut definitions)?);
    }
    let rulebook = Rulebook::from_scopes(&definitions, ids.iter().filter_map(|id| definitions.scopes.get(id)));
    Ok((definitions, rulebook))
}

fn add_scope(path: &Path, definitions: &mut Definitions) -> Result<String, StartError> {
    let source = scs_standards::read(path)?;
    let (id, warnings) = definitions.add_scope(&source)?;
    for warning in warnings {
        tracing::debug!("{warning}");
    }
    Ok(id)
}
