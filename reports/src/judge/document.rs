//! Parses the JSON documents that this program writes, recordings and reports, by their version.

use crate::consistency::Contradiction;
use scs_checks::json::{self, Flaw};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;
use thiserror::Error;

/// A kind of document of this program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DocumentKind {
    /// The name of the kind in messages.
    pub name: &'static str,
    /// The version of the format that this program writes and reads.
    pub version: u32,
}

/// A text that is not such a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DocumentError {
    /// Names the source of the text, for example a file.
    pub source: String,
    /// The kind that was expected.
    pub kind: DocumentKind,
    /// The reason.
    pub problem: DocumentProblem,
}

/// Reasons why a text is not such a document.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DocumentProblem {
    /// It is not JSON, or not an object.
    #[error("it is not a JSON object ({0})")]
    NotAnObject(String),
    /// It does not tell its version.
    #[error("it has no schema_version")]
    NoVersion,
    /// Its version was never written.
    #[error("its schema_version is 0, which never existed")]
    NeverWritten,
    /// A newer program wrote it.
    #[error("its schema_version is {found}, newer than {known}; use a newer scs-conformance")]
    Newer {
        /// Its version.
        found: u64,
        /// The version that this program reads.
        known: u32,
    },
    /// An older program wrote it; what it says could mean something else.
    #[error(
        "its schema_version is {found}, older than {known}, and the form has changed since; record or check the subject \
         again, or use the older scs-conformance that wrote it"
    )]
    Older {
        /// Its version.
        found: u64,
        /// The version that this program reads.
        known: u32,
    },
    /// It has a key twice, or holds too much.
    #[error("{0}")]
    Flawed(Flaw),
    /// It is not of the form.
    #[error("at {path}: {message}")]
    Malformed {
        /// The line, from 1 on.
        line: usize,
        /// The column, from 1 on.
        column: usize,
        /// The path within the document.
        path: String,
        /// The reason.
        message: String,
    },
    /// Two places of it contradict each other.
    #[error("{0}")]
    Contradicts(#[source] Contradiction),
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, kind, problem } = self;
        let name = kind.name;
        match problem {
            DocumentProblem::Flawed(flaw) => write!(f, "{source}: this is not a {name}: {flaw}"),
            DocumentProblem::Malformed { line, column, .. } => {
                write!(f, "{source}:{line}:{column}: this is not a {name}: {problem}")
            }
            DocumentProblem::Contradicts(what) => write!(f, "{source} contradicts itself: {what}"),
            _ => write!(f, "{source} is not a {name} for this program: {problem}"),
        }
    }
}

impl std::error::Error for DocumentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.problem)
    }
}

impl DocumentKind {
    /// Parses a document of this kind; `source` names it in messages.
    ///
    /// # Errors
    /// It is of another version, has a key twice, holds too much, or is not of the form.
    pub(crate) fn parse<T: DeserializeOwned>(self, text: &str, source: &str) -> Result<T, DocumentError> {
        self.check(text).and_then(|()| of_form(text)).map_err(|problem| self.error(source, problem))
    }

    /// Returns the error about a document of this kind.
    pub(crate) fn error(self, source: &str, problem: DocumentProblem) -> DocumentError {
        DocumentError { source: source.to_owned(), kind: self, problem }
    }

    fn check(self, text: &str) -> Result<(), DocumentProblem> {
        #[derive(Deserialize)]
        struct Versioned {
            schema_version: Option<u64>,
        }
        let parsed = serde_json::from_str::<Versioned>(text);
        let found = parsed.map_err(|error| DocumentProblem::NotAnObject(error.to_string()))?.schema_version;
        let known = self.version;
        match found.ok_or(DocumentProblem::NoVersion)? {
            0 => Err(DocumentProblem::NeverWritten),
            found if found > u64::from(known) => Err(DocumentProblem::Newer { found, known }),
            found if found < u64::from(known) => Err(DocumentProblem::Older { found, known }),
            _ => json::check(text.as_bytes(), json::FILE).map_err(DocumentProblem::Flawed),
        }
    }
}

fn of_form<T: DeserializeOwned>(text: &str) -> Result<T, DocumentProblem> {
    let deserializer = &mut serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let (line, column) = (error.inner().line(), error.inner().column());
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        DocumentProblem::Malformed { line, column, path, message }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const SAMPLE: DocumentKind = DocumentKind { name: "sample", version: 2 };

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(rename = "schema_version")]
        _version: u32,
        #[serde(rename = "names")]
        _names: Vec<String>,
    }

    #[rstest]
    #[case(r#"{"schema_version": 2, "names": ["a"]}"#, "")]
    #[case(
        r#"{"schema_version": 1, "names": ["a"]}"#,
        "sample for this program: its schema_version is 1, older than 2"
    )]
    #[case(r#"{"schema_version": 1, "guest": {}}"#, "record or check the subject again, or use the older")]
    #[case(r#"{"schema_version": 3, "names": ["a"]}"#, "schema_version is 3, newer than 2; use a newer")]
    #[case(r#"{"schema_version": 0, "names": []}"#, "schema_version is 0")]
    #[case(r#"{"names": []}"#, "no schema_version")]
    #[case(
        "{\"schema_version\": 2,\n \"names\": [\"a\", 7]}",
        "a.json:2:17: this is not a sample: at names[1]: invalid type"
    )]
    #[case(r#"{"schema_version": 2, "names": [], "x": 1}"#, "unknown field `x`")]
    #[case(r#"{"schema_version": 2, "names": [], "names": []}"#, "this is not a sample")]
    #[case(r#"{"schema_version": 1"#, "is not a JSON object (EOF")]
    #[case("[]", "is not a JSON object")]
    #[case("", "is not a JSON object")]
    fn documents_are_parsed_or_refused_with_the_place(#[case] text: &str, #[case] expected: &str) {
        match SAMPLE.parse::<Sample>(text, "a.json") {
            Ok(_) => assert_eq!(expected, ""),
            Err(error) => {
                let message = error.to_string();
                assert!(!expected.is_empty() && message.contains(expected), "{message}");
            }
        }
    }
}
