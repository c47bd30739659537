//! The formats in which a report is written to files.

use crate::report::Report;
use crate::{html, json, junit, markdown, upstream, upstream_2026_07};
use std::fmt;
use std::str::FromStr;

/// A format for files.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Format {
    /// Everything, for programs.
    Json,
    /// JUnit XML, for CI systems.
    Junit,
    /// The YAML report of today's suite, for today's result server.
    Yaml,
    /// The YAML report of the draft "revamp testing" of July 2026, for the result server to come.
    Yaml2026July,
    /// One page for a browser.
    Html,
    /// Markdown, for merge requests and issues.
    Markdown,
}

impl Format {
    /// All formats, in the order in which help texts name them.
    pub const ALL: [Self; 6] = [Self::Json, Self::Junit, Self::Yaml, Self::Yaml2026July, Self::Html, Self::Markdown];

    /// Returns the usual name of a file of this format.
    pub fn usual_name(self) -> &'static str {
        match self {
            Self::Json => "report.json",
            Self::Junit => "junit.xml",
            Self::Yaml => "report.yaml",
            Self::Yaml2026July => "report-2026-07.yaml",
            Self::Html => "report.html",
            Self::Markdown => "report.md",
        }
    }

    /// Returns true for a form that is made to be uploaded to a result server.
    pub fn is_for_upload(self) -> bool {
        matches!(self, Self::Yaml | Self::Yaml2026July)
    }

    /// Returns its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Yaml => "yaml",
            Self::Yaml2026July => "yaml-2026-07",
            Self::Html => "html",
            Self::Markdown => "markdown",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is not that of a format.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Format::ALL.map(Format::name).join(", ");
        write!(f, "there is no report format \"{}\", only {known}", self.0)
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// A report that could not be rendered: a defect of this program or of a library, never of the report.
#[derive(Debug)]
pub struct RenderError {
    format: Format,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the report cannot be rendered as {}: {}", self.format, self.source)
    }
}

impl std::error::Error for RenderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// Renders the report in a format.
///
/// # Errors
/// A library that writes the format fails. A text that is cut short is never returned.
pub fn render(format: Format, report: &Report) -> Result<String, RenderError> {
    let rendered = match format {
        Format::Json => json::render(report).map_err(Into::into),
        Format::Junit => junit::render(report).map_err(Into::into),
        Format::Yaml => upstream::render(report).map_err(Into::into),
        Format::Yaml2026July => upstream_2026_07::render(report).map_err(Into::into),
        Format::Html => html::render(report).map_err(Into::into),
        Format::Markdown => Ok(markdown::render(report)),
    };
    rendered.map_err(|source| RenderError { format, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn formats_have_names() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let error = "xml".parse::<Format>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no report format \"xml\", only json, junit, yaml, yaml-2026-07, html, markdown"
        );
    }

    #[test]
    fn each_format_is_rendered() {
        let report = samples::Builder::conformant().build();
        assert!(render(Format::Json, &report).unwrap().starts_with('{'));
        assert!(render(Format::Junit, &report).unwrap().starts_with("<?xml"));
        assert!(render(Format::Yaml, &report).unwrap().starts_with("---\nspec:"));
        assert!(render(Format::Yaml2026July, &report).unwrap().starts_with("---\nuuid:"));
        assert!(render(Format::Html, &report).unwrap().starts_with("<!doctype html>"));
        assert!(render(Format::Markdown, &report).unwrap().starts_with("## "));
    }
}
