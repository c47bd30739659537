//! Reads what providers upload, strictly: a signed envelope, YAML or JSON within bounds, and reports in both forms.
//!
//! Everything here is pure, so that hostile input is tried without a server.

mod document;
mod envelope;
mod field;
mod json;
mod report;
mod yaml;

pub use document::Node;
pub use envelope::{Envelope, MissingSignature};
pub use field::{Fault, FieldError};
pub use report::{Bounds, MOST_RESULTS, Upload, UploadedReport, check_name, refuse_other_times};

use document::Budget;
use std::ops::Range;

/// The documents of an upload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed<'a> {
    /// The documents.
    pub documents: Vec<Node<'a>>,
    /// The bytes of each; nothing where they cannot be read alone.
    pub ranges: Vec<Range<usize>>,
}

/// The media type of a signed upload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Media {
    /// Several documents of YAML.
    Yaml,
    /// One document of JSON.
    Json,
}

impl Media {
    /// Returns the media type that a header `Content-Type` names; none for one that is not accepted.
    pub fn from_header(value: &str) -> Option<Self> {
        let name = value.split(';').next().unwrap_or_default().trim();
        [Self::Yaml, Self::Json].into_iter().find(|media| name.eq_ignore_ascii_case(media.name()))
    }

    /// Returns the name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yaml => "application/x-signed-yaml",
            Self::Json => "application/x-signed-json",
        }
    }

    /// Parses the documents of signed bytes that were accepted before.
    ///
    /// # Errors
    /// They are not UTF-8, not YAML or JSON, or exceed a bound.
    pub fn parse(self, data: &[u8]) -> Result<Vec<Node<'_>>, FieldError> {
        Ok(self.parse_within(text_of(data)?, Budget::largest())?.documents)
    }

    /// Parses the documents of signed bytes that have just come, and finds the bytes of each.
    ///
    /// # Errors
    /// They are not UTF-8, not YAML or JSON, or exceed a bound.
    pub fn parse_new(self, data: &[u8]) -> Result<Parsed<'_>, FieldError> {
        let text = text_of(data)?;
        self.parse_within(text, Budget::new(text))
    }

    fn parse_within(self, text: &str, budget: Budget) -> Result<Parsed<'_>, FieldError> {
        let (documents, ranges) = match self {
            Self::Yaml => yaml::documents(text, budget)?,
            Self::Json => (vec![json::document(text, budget)?], vec![Range { start: 0, end: text.len() }]),
        };
        Ok(Parsed { documents, ranges })
    }
}

fn text_of(data: &[u8]) -> Result<&str, FieldError> {
    std::str::from_utf8(data).map_err(|error| {
        FieldError::new("", format!("byte {} is not UTF-8", error.valid_up_to()), "encode the report as UTF-8")
    })
}
