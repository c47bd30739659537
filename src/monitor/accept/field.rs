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
    /// The kind of the problem.
    pub kind: Fault,
}

/// The kind of a problem.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Something is wrong.
    Wrong,
    /// The upload is too large rather than wrong.
    TooLarge,
    /// A report stands there twice.
    Repeated,
}

impl FieldError {
    /// Creates the error of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), remedy: remedy.into(), kind: Fault::Wrong }
    }

    /// Creates the error of an upload that exceeds a bound.
    pub fn too_large(message: impl Into<String>) -> Self {
        let remedy = "split the upload, or write it without aliases";
        Self { kind: Fault::TooLarge, ..Self::new("", message, remedy) }
    }

    /// Creates the error of a report that stands there twice.
    pub fn repeated(field: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind: Fault::Repeated, ..Self::new(field, message, remedy) }
    }
}
