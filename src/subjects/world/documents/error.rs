//! The reasons why public documents, or parts of them, are not understood.

use super::text::short;
use thiserror::Error;

/// A reason why a document is not understood: one short line, which quotes little of what others wrote.
// The errors of the libraries may quote all of it, so their texts are shortened and not kept as sources.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DocumentError {
    /// It does not have the form that its publisher promises.
    #[error("{}", short(&format!("not the {format} that was expected{place}: {why}")))]
    Form {
        /// JSON or YAML.
        format: &'static str,
        /// The place in the document, if it is known.
        place: String,
        /// The reason.
        why: String,
    },
    /// It has none of the things that it should list.
    #[error("it lists no {0}")]
    Empty(&'static str),
    /// An entry, or the document as a whole, says something that is not understood.
    #[error("{0}")]
    Content(String),
}

impl DocumentError {
    /// Returns the error for a document of another form.
    pub(super) fn form(format: &'static str, place: &str, why: &str) -> Self {
        Self::Form { format, place: place.to_owned(), why: why.to_owned() }
    }
}

impl From<String> for DocumentError {
    fn from(what: String) -> Self {
        Self::Content(short(&what))
    }
}

impl From<&str> for DocumentError {
    fn from(what: &str) -> Self {
        Self::Content(short(what))
    }
}
