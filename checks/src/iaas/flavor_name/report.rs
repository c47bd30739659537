//! The answer of `flavor parse` about one name, for people and for programs.

use super::error::{NameError, NotParsed, printable};
use super::name::{FlavorName, Syntax};
use super::parse::Parsed;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// All that can be said about one flavor name. What does not apply is left out of its JSON form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlavorReport {
    /// The name as given; unreadable bytes replaced.
    pub name: String,
    /// True if scs-0100 applies to the name at all.
    pub scs: bool,
    /// The syntax that accepted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub syntax: Option<Syntax>,
    /// The canonical spelling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// The short name that should exist next to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short: Option<String>,
    /// The spelling of v1, if v1 can express it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v1: Option<String>,
    /// The extra specs that belong on the flavor (scs-0103).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra_specs: BTreeMap<String, String>,
    /// The promises of the name, in plain English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The deviations in its spelling that were tolerated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The error, if it could not be parsed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReport>,
    /// The name with carets under the error, for the text form.
    #[serde(skip)]
    pointer: Option<String>,
}

/// The place in a name that could not be parsed, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorReport {
    /// Number of the offending character, counted from 1.
    pub position: usize,
    /// The text that may stand there.
    pub expected: String,
    /// The text that stands there; empty at the end of the name.
    pub found: String,
    /// All of it in one sentence.
    pub message: String,
}

impl FlavorReport {
    /// Reads a name and says all there is to say about it.
    pub fn of(name: &str) -> Self {
        match FlavorName::parse(name) {
            Ok(parsed) => Self::of_parsed(name, &parsed),
            Err(NotParsed::NotScs) => Self::blank(name, false),
            Err(NotParsed::Error(error)) => Self {
                pointer: Some(error.point_at(name)),
                error: Some(ErrorReport::from(error)),
                ..Self::blank(name, true)
            },
        }
    }

    /// Creates the report on input that is not readable text, and so cannot be a flavor name either.
    pub fn unreadable(name: &str, error: ErrorReport) -> Self {
        Self { error: Some(error), ..Self::blank(name, name.starts_with("SCS-")) }
    }

    fn of_parsed(name: &str, parsed: &Parsed) -> Self {
        let flavor = &parsed.name;
        Self {
            syntax: Some(parsed.syntax),
            canonical: Some(flavor.to_string()),
            short: Some(flavor.short().to_string()),
            v1: flavor.to_v1(),
            extra_specs: flavor.extra_specs(),
            description: Some(flavor.describe()),
            notes: parsed.notes.iter().map(ToString::to_string).collect(),
            ..Self::blank(name, true)
        }
    }

    fn blank(name: &str, scs: bool) -> Self {
        Self {
            name: name.to_owned(),
            scs,
            syntax: None,
            canonical: None,
            short: None,
            v1: None,
            extra_specs: BTreeMap::new(),
            description: None,
            notes: Vec::new(),
            error: None,
            pointer: None,
        }
    }

    /// Prints the report: one line for a flawless name, indented lines below it for things that need attention. Ends
    /// with a line feed.
    pub fn to_text(&self) -> String {
        let mut text = printable(&self.name);
        let verdict = match (&self.error, &self.description) {
            (Some(error), _) => format!("error {}", error.message),
            (None, Some(description)) => description.clone(),
            (None, None) => NotParsed::NotScs.to_string(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, ": {verdict}");
        for line in self.pointer.iter().flat_map(|pointer| pointer.lines()) {
            let _ = writeln!(text, "    {line}");
        }
        for note in &self.notes {
            let _ = writeln!(text, "    note: {note}");
        }
        if self.short != self.canonical
            && let Some(short) = &self.short
        {
            let _ = writeln!(text, "    short name: {short}");
        }
        text
    }
}

impl From<NameError> for ErrorReport {
    fn from(error: NameError) -> Self {
        let message = error.to_string();
        Self { position: error.character, expected: error.expected, found: error.found, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_for_programs() {
        let json = |name: &str| serde_json::to_value(FlavorReport::of(name)).unwrap();
        assert_eq!(json("m1.tiny"), serde_json::json!({"name": "m1.tiny", "scs": false}));
        let good = json("SCS-1V-1_i0");
        assert_eq!(good["syntax"], "v3");
        assert_eq!(good["canonical"], "SCS-1V-1_i");
        assert_eq!(good["short"], "SCS-1V-1");
        assert_eq!(good["v1"], "SCS-1V:1-i");
        assert_eq!(good["extra_specs"]["scs:name-v1"], "SCS-1V:1-i");
        assert_eq!(good["notes"].as_array().map(Vec::len), Some(1));
        assert!(good.get("error").is_none());
        let bad = json("SCS-1V-1x");
        assert_eq!(bad["error"]["position"], 9);
        assert_eq!(bad["error"]["found"], "x");
        assert_eq!(bad.as_object().map(serde_json::Map::len), Some(3));
    }

    #[test]
    fn report_for_people() {
        let text = |name: &str| FlavorReport::of(name).to_text();
        assert_eq!(text("m1.tiny"), "m1.tiny: not an SCS flavor name: it does not begin with \"SCS-\"\n");
        assert!(text("SCS-1V-1\u{1b}[2J").lines().all(|line| !line.contains('\u{1b}')));
        let wrong = text("SCS-2C-4_i7");
        assert!(wrong.ends_with("\n    SCS-2C-4_i7\n              ^\n"), "{wrong}");
        let long = text("SCS-2C-04_i3");
        assert!(long.contains("\n    note: ") && long.ends_with("\n    short name: SCS-2C-4\n"), "{long}");
    }
}
