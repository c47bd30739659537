//! The subjects that a user names.

use crate::config::{Config, Subject, is_meant};
use scs_checks::definition::nearest;
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

/// A name that the configuration does not know.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("there is no {kind} \"{name}\"{hint}")]
pub struct ChoiceError {
    /// The kind of the name.
    kind: &'static str,
    /// The name.
    name: String,
    /// The nearest name, or all of them.
    hint: String,
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
    Ok(subjects.into_iter().filter(is_wanted).collect())
}

fn unknown<'a>(kind: &'static str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> ChoiceError {
    let hint = match nearest(name, known.clone()) {
        Some(near) => format!("; did you mean {near}?"),
        None => format!("; known are: {}", known.take(20).collect::<Vec<_>>().join(", ")),
    };
    ChoiceError { kind, name: name.to_owned(), hint }
}
