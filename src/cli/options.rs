//! Options that several commands share: the definitions and the scope.

use super::error::CliError;
use super::message::warn;
use chrono::Utc;
use clap::Args;
use scs_checks::definition::{Definitions, Problem, Scope, nearest};
use scs_checks::facts::SubjectKind;
use scs_signatures::Signers;
use scs_standards::Publishers;
use std::path::{Path, PathBuf};

/// The source of the definitions.
#[derive(Args, Debug, Default)]
pub(super) struct StandardsOptions {
    /// Use the definitions of this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    standards: Option<PathBuf>,

    /// Take definitions of --standards for official if one of these has signed them (allowed signers of ssh-keygen)
    #[arg(long, value_name = "FILE")]
    publishers: Option<PathBuf>,
}

/// The definitions and the scope.
#[derive(Args, Debug, Default)]
pub(super) struct DefinitionOptions {
    #[command(flatten)]
    standards: StandardsOptions,

    /// Scope: a name, or a file (also one of today's suite, or of the coming one) [default: that of the kind of subject]
    #[arg(long, value_name = "NAME|FILE")]
    scope: Option<String>,
}

/// The help of `--scope` for clouds.
pub(super) const CLOUD_SCOPE: &str =
    "Scope: a name, or a file (also one of today's suite, or of the coming one) [default: scs-compatible-iaas]";
/// The help of `--scope` for clusters.
pub(super) const CLUSTER_SCOPE: &str =
    "Scope: a name, or a file (also one of today's suite, or of the coming one) [default: scs-compatible-kaas]";

/// Returns the scope that is meant if none is named.
pub(super) fn default_scope(subject: SubjectKind) -> &'static str {
    match subject {
        SubjectKind::Cloud => "scs-compatible-iaas",
        SubjectKind::Cluster => "scs-compatible-kaas",
    }
}

impl DefinitionOptions {
    /// Loads them as [`Self::load_for`] does for clouds.
    ///
    /// # Errors
    /// There is no such scope, or the definitions have problems, with their places.
    pub(super) fn load(&self) -> Result<(Definitions, String), CliError> {
        self.load_for(SubjectKind::Cloud)
    }

    /// Loads them; if no scope is named, the one in which the testcase counts.
    ///
    /// # Errors
    /// There is no such scope, or the definitions have problems, with their places.
    pub(super) fn load_with(&self, testcase: &str) -> Result<(Definitions, String), CliError> {
        let (definitions, scope) = self.load()?;
        let counts = |scope: &&Scope| {
            let mut targets = scope.versions.values().flat_map(|version| version.targets.values());
            targets.any(|ids| ids.iter().any(|id| id == testcase))
        };
        let own = definitions.scopes.get(&scope).filter(|own| self.scope.is_some() || counts(own));
        let scope = own.or_else(|| definitions.scopes.values().find(counts)).map_or(scope, |found| found.id.clone());
        Ok((definitions, scope))
    }

    /// Loads the definitions, and returns them with the id of the scope; warnings about a scope file go to stderr.
    ///
    /// # Errors
    /// There is no such scope, or the definitions have problems, with their places.
    pub(super) fn load_for(&self, subject: SubjectKind) -> Result<(Definitions, String), CliError> {
        let mut definitions = self.standards.definitions()?;
        let name = self.scope.as_deref().unwrap_or(default_scope(subject));
        if definitions.scopes.contains_key(name) {
            return Ok((definitions, name.to_owned()));
        }
        let looks_like_a_file = name.contains(['/', '.']) || PathBuf::from(name).exists();
        if !looks_like_a_file {
            let known: Vec<&str> = definitions.scopes.keys().map(String::as_str).collect();
            let hint =
                nearest(name, known.iter().copied()).map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(format!("there is no scope \"{name}\"; known are: {}{hint}", known.join(", ")).into());
        }
        let source = scs_standards::read(name.as_ref())?;
        let (id, warnings) = definitions.add_scope(&source)?;
        for warning in warnings {
            warn(&warning);
        }
        Ok((definitions, id))
    }
}

impl StandardsOptions {
    /// Loads the definitions.
    ///
    /// # Errors
    /// They have problems, with their places.
    pub(super) fn definitions(&self) -> Result<Definitions, CliError> {
        match &self.standards {
            Some(folder) => self.definitions_in(folder),
            None => Ok(scs_standards::embedded()?),
        }
    }

    /// Loads the definitions of a folder; a warning says why none of the publishers vouches for them.
    fn definitions_in(&self, folder: &Path) -> Result<Definitions, CliError> {
        let publishers = self.publishers.as_deref().map(publishers).transpose()?;
        let (definitions, problem) = scs_standards::from_folder(folder, publishers.as_ref())?;
        if let Some(problem) = problem {
            let message = format!("the definitions count as altered: {}", problem.message);
            warn(&Problem { message, ..problem });
        }
        Ok(definitions)
    }
}

/// Reads the list of those who may publish definitions.
fn publishers(path: &Path) -> Result<Publishers, CliError> {
    let source = scs_standards::read(path)?;
    let signers = Signers::parse(&source.text).map_err(|error| format!("{}, {error}", path.display()))?;
    Ok(Publishers { signers, now: Utc::now() })
}
