//! The formats in which a report is written to files.

use crate::report::Report;
use crate::{json, junit, upstream};
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
}

impl Format {
    /// All formats, in the order in which help texts name them.
    pub const ALL: [Self; 3] = [Self::Json, Self::Junit, Self::Yaml];

    /// How a file of this format is usually called.
    pub fn usual_name(self) -> &'static str {
        match self {
            Self::Json => "report.json",
            Self::Junit => "junit.xml",
            Self::Yaml => "report.yaml",
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Yaml => "yaml",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is none of a format.
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

/// The report in a format.
pub fn render(format: Format, report: &Report) -> String {
    match format {
        Format::Json => json::render(report),
        Format::Junit => junit::render(report),
        Format::Yaml => upstream::render(report),
    }
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
        assert_eq!(error.to_string(), "there is no report format \"xml\", only json, junit, yaml");
    }

    #[test]
    fn each_format_is_rendered() {
        let report = samples::Builder::conformant().build();
        assert!(render(Format::Json, &report).starts_with('{'));
        assert!(render(Format::Junit, &report).starts_with("<?xml"));
        assert!(render(Format::Yaml, &report).starts_with("---\n"));
    }
}
