//! Options that several commands share: where definitions come from and which scope is meant.

use super::warn;
use crate::definitions;
use clap::Args;
use scs_checks::definition::{Definitions, nearest};
use std::path::PathBuf;

/// Which definitions.
#[derive(Args, Debug, Default)]
pub(super) struct DefinitionOptions {
    /// Use the definitions of this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    standards: Option<PathBuf>,

    /// The scope: a name, or a file (also one of today's suite) [default: scs-compatible-iaas]
    #[arg(long, value_name = "NAME|FILE")]
    scope: Option<String>,
}

/// The scope that is meant where none is named.
const DEFAULT_SCOPE: &str = "scs-compatible-iaas";

impl DefinitionOptions {
    /// The definitions and the id of the scope; warnings about a scope file go to stderr.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub(super) fn load(&self) -> Result<(Definitions, String), String> {
        let loaded = match &self.standards {
            Some(folder) => definitions::from_folder(folder),
            None => definitions::embedded(),
        };
        let mut definitions = loaded.map_err(|problems| problems.to_string())?;
        let name = self.scope.as_deref().unwrap_or(DEFAULT_SCOPE);
        if definitions.scopes.contains_key(name) {
            return Ok((definitions, name.to_owned()));
        }
        let looks_like_a_file = name.contains(['/', '.']) || PathBuf::from(name).exists();
        if !looks_like_a_file {
            let known: Vec<&str> = definitions.scopes.keys().map(String::as_str).collect();
            let hint =
                nearest(name, known.iter().copied()).map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(format!("there is no scope \"{name}\"; known are: {}{hint}", known.join(", ")));
        }
        let source = definitions::read(name.as_ref()).map_err(|problem| problem.to_string())?;
        let (id, warnings) = definitions.add_scope(&source).map_err(|problems| problems.to_string())?;
        for warning in warnings {
            warn(&warning);
        }
        Ok((definitions, id))
    }
}
