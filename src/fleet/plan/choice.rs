//! The subjects that a user names.

use crate::config::{Config, Subject, is_meant};
use scs_checks::definition::nearest;
use std::collections::BTreeSet;
use thiserror::Error;

/// The subjects that are wanted; all of them if nothing is named.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Choice {
    /// A preset.
    pub preset: Option<String>,
    /// Names of subjects, with or without their branch.
    pub subjects: Vec<String>,
    /// Ids of scopes.
    pub scopes: Vec<String>,
}

/// A choice that cannot be made.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ChoiceError {
    /// A name that the configuration does not know.
    #[error("there is no {kind} \"{name}\"{hint}")]
    Unknown {
        /// The kind of the name.
        kind: &'static str,
        /// The name.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// Each subject is left out by one option or another.
    #[error("no subject is left: none is meant by all of --preset, --subject and --scope")]
    Nothing,
    /// Two subjects have one name, now that they stand for branches.
    #[error("two subjects are called \"{0}\", as one of them stands for a branch of Kubernetes; rename one")]
    Twice(String),
}

/// Chooses among subjects that were expanded.
///
/// # Errors
/// A name is unknown, or no subject is left.
pub fn choose(config: &Config, subjects: Vec<Subject>, choice: &Choice) -> Result<Vec<Subject>, ChoiceError> {
    let mut names = choice.subjects.clone();
    if let Some(preset) = &choice.preset {
        let known = config.presets.keys().map(String::as_str);
        names.extend(config.presets.get(preset).ok_or_else(|| unknown("preset", preset, known))?.iter().cloned());
    }
    for name in &names {
        let mut known = subjects.iter().map(|subject| subject.name.as_str());
        if !known.any(|known| is_meant(known, name)) {
            return Err(unknown("subject", name, subjects.iter().map(|subject| subject.name.as_str())));
        }
    }
    for scope in &choice.scopes {
        if !subjects.iter().any(|subject| subject.scope == *scope) {
            return Err(unknown(
                "subject with the scope",
                scope,
                subjects.iter().map(|subject| subject.scope.as_str()),
            ));
        }
    }
    let is_wanted = |subject: &Subject| {
        (names.is_empty() || names.iter().any(|name| is_meant(&subject.name, name)))
            && (choice.scopes.is_empty() || choice.scopes.contains(&subject.scope))
    };
    let chosen: Vec<Subject> = subjects.into_iter().filter(is_wanted).collect();
    let mut names = BTreeSet::new();
    if let Some(twice) = chosen.iter().find(|subject| !names.insert((&subject.name, &subject.scope))) {
        return Err(ChoiceError::Twice(twice.name.clone()));
    }
    if chosen.is_empty() { Err(ChoiceError::Nothing) } else { Ok(chosen) }
}

fn unknown<'a>(kind: &'static str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> ChoiceError {
    let hint = match nearest(name, known.clone()) {
        Some(near) => format!("; did you mean {near}?"),
        None => format!("; known are: {}", known.take(20).collect::<Vec<_>>().join(", ")),
    };
    ChoiceError::Unknown { kind, name: name.to_owned(), hint }
}
