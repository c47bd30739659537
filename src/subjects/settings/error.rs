//! One kind of error for everything that can be wrong with the configuration.

use crate::secrets::Secrets;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The place of a setting, so that a message can point at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A position in a file; line and column count from 1.
    File {
        /// The file as it was found.
        path: Arc<Path>,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// A file as a whole.
    Path(Arc<Path>),
    /// An environment variable.
    Variable(String),
    /// A command line flag, with its dashes.
    Flag(&'static str),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A configuration that cannot be used: where, which key, what is wrong and what to do about it.
///
/// It never holds a value of the configuration that may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The place of the setting, if it has one.
    pub place: Option<Location>,
    /// The key with its path, such as `clouds.prod.auth.username`.
    pub key: Option<String>,
    /// The problem.
    pub what: String,
    /// Advice; empty if `what` says it all.
    pub help: String,
}

impl ConfigError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { place: None, key: None, what: what.into(), help: String::new() }
    }

    pub(crate) fn at(mut self, place: &Location) -> Self {
        self.place = Some(place.clone());
        self
    }

    pub(crate) fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Hides these secrets: a value may stand under a wrong key, and be a secret.
    pub fn without(mut self, secrets: &Secrets) -> Self {
        for text in [&mut self.what, &mut self.help] {
            *text = secrets.hide(text).into_owned();
        }
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}: ", shown(&place.to_string()))?;
        }
        if let Some(key) = &self.key {
            write!(f, "{}: ", shown(key))?;
        }
        f.write_str(&shown(&self.what))?;
        if !self.help.is_empty() {
            write!(f, "; {}", shown(&self.help))?;
        }
        Ok(())
    }
}

/// The longest part of a message, in characters.
const LONGEST: usize = 600;

/// Returns a part of a message, made of what the files say: on one line, and not endless.
fn shown(text: &str) -> String {
    let mut line: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

impl std::error::Error for ConfigError {}

/// Returns the known name most similar to `name`, as a phrase to append to a message; empty if none is near.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
        .unwrap_or_default()
}
