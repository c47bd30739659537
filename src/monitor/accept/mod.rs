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
pub use report::{Bounds, Upload, UploadedReport};

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

    /// Parses the documents of signed bytes.
    ///
    /// # Errors
    /// They are not UTF-8, not YAML or JSON, or exceed a bound.
    pub fn parse(self, data: &[u8]) -> Result<Vec<Node<'_>>, FieldError> {
        let text = std::str::from_utf8(data).map_err(|error| {
            FieldError::new("", format!("byte {} is not UTF-8", error.valid_up_to()), "encode the report as UTF-8")
        })?;
        match self {
            Self::Yaml => yaml::documents(text),
            Self::Json => json::document(text).map(|document| vec![document]),
        }
    }
}
