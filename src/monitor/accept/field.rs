//! Errors of input: the field, what is wrong with it, and the remedy.

use thiserror::Error;

/// A problem of one field of an upload.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{}{message}; {remedy}", if .field.is_empty() { String::new() } else { format!("{}: ", .field) })]
pub struct FieldError {
    /// The path of the field, such as `document 2: run.uuid`; empty for the upload as a whole.
    pub field: String,
    /// The problem.
    pub message: String,
    /// The remedy.
    pub remedy: String,
    /// True for an upload that is too large rather than wrong.
    pub too_large: bool,
}

impl FieldError {
    /// Creates the error of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), remedy: remedy.into(), too_large: false }
    }

    /// Creates the error of an upload that exceeds a bound.
    pub fn too_large(message: impl Into<String>) -> Self {
        let remedy = "split the upload, or write it without aliases";
        Self { too_large: true, ..Self::new("", message, remedy) }
    }
}
