//! Reading YAML: the only place that calls the YAML crate.
//!
//! Two things a plain deserialisation would let through are refused first: a key with nothing
//! behind it (serde makes an empty list of it, and an empty target would demand nothing), and
//! YAML tags.

use super::problem::{Problem, Source};
use serde::de::DeserializeOwned;
use serde_yaml::granit_parser::{Event, Parser, ScalarStyle};
use serde_yaml::{Error, Location};

impl Source {
    /// Parses a file of ours as exactly this type.
    ///
    /// # Errors
    /// Anything that is not as the type says, with its place.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        read(self)
    }
}

/// Reads a file of ours.
///
/// # Errors
/// Anything that is not exactly as the type says, with its place.
pub(super) fn read<T: DeserializeOwned>(source: &Source) -> Result<T, Problem> {
    refuse_nothing_and_tags(source)?;
    read_foreign(source)
}

/// Reads a file whose form others decide, in which a key may have nothing behind it.
///
/// # Errors
/// Anything that is not as the type says, with its place.
pub(super) fn read_foreign<T: DeserializeOwned>(source: &Source) -> Result<T, Problem> {
    let options = serde_yaml::options! { strict_booleans: true, with_snippet: false };
    let mut path = None;
    let result = serde_yaml::with_deserializer_from_str_with_options(&source.text, options, |deserializer| {
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            path = Some(error.path().to_string());
            error.into_inner()
        })
    });
    result.map_err(|error| problem(source, &error, path.as_deref()))
}

fn problem(source: &Source, error: &Error, path: Option<&str>) -> Problem {
    let (line, column) = error.location().map_or((0, 0), place);
    let path = path.map(clean_path).filter(|path| !path.is_empty());
    let at = path.map_or(String::new(), |path| format!("{path}: "));
    let found = |message: String| source.problem(line, column, format!("{at}{message}"));
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            found(format!("unknown key \"{field}\"")).suggest(field, expected.iter().copied())
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            found(format!("unknown word \"{variant}\"")).suggest(variant, expected.iter().copied())
        }
        Error::SerdeMissingField { field, .. } => {
            found(format!("the key \"{field}\" is missing")).help(format!("add {field}: …"))
        }
        other => {
            let message = other.to_string();
            let (message, help) = in_plain_words(without_place(message.lines().next().unwrap_or_default()));
            let problem = found(message);
            if help.is_empty() { problem } else { problem.help(help) }
        }
    }
}

/// Cuts from serde's path the parts that only the wrapper [`super::located::Located`] adds.
fn clean_path(path: &str) -> String {
    path.replace(".value", "").replace(".?", "").trim_matches(['.', '?']).to_owned()
}

/// Cuts off the place that the YAML crate puts in front of or behind its messages; ours stands elsewhere.
fn without_place(message: &str) -> &str {
    let message = message.split(" at line ").next().unwrap_or(message);
    match message.split_once(": ") {
        Some((place, rest)) if place.starts_with("line ") => rest,
        _ => message,
    }
}

/// Rewrites the YAML crate's most frequent messages, which speak of the parser's events or of its options, in
/// plain words, with a help that may be empty.
fn in_plain_words(message: &str) -> (String, &'static str) {
    if let Some(rest) = message.strip_prefix("duplicate mapping key: ") {
        let key = rest.split(", set ").next().unwrap_or(rest);
        return (format!("the key \"{key}\" appears here twice"), "remove one of them, or rename it");
    }
    let plain = |(start, words, help)| message.starts_with(start).then_some((words, help));
    let (words, help): (&str, _) = PLAIN_WORDS.into_iter().find_map(plain).unwrap_or((message, ""));
    (words.to_owned(), help)
}

/// Beginnings of the YAML crate's messages, each with its meaning and a remedy.
const PLAIN_WORDS: [(&str, &str, &str); 10] = [
    ("expected sequence start", "a list is expected here: [a, b], or lines that begin with a dash", ""),
    ("expected mapping start", "a mapping is expected here: {key: value}, or indented lines of that form", ""),
    ("expected string scalar", "a text is expected here", ""),
    ("expected end of mapping after enum variant", "a single key is expected here, and this is a second one", ""),
    ("expected string key for externally tagged enum", "a single key is expected here, with a mapping behind it", ""),
    ("invalid u", "a whole number of 0 or more is expected here, and not too large", ""),
    ("multiple YAML documents", "a second YAML document begins here", "put it into a file of its own"),
    (
        "budget breached",
        "the file is too large, or its aliases multiply it",
        "split it, or write the content without aliases",
    ),
    ("recursion limit exceeded", "it is nested too deeply", "close the brackets, or indent less"),
    ("unexpected end of input", "the file ends too early", ""),
];

fn place(location: Location) -> (usize, usize) {
    let number = |n: u64| usize::try_from(n).unwrap_or(0);
    (number(location.line()), number(location.column()))
}

/// Returns line and column of the first scalar that is this word.
pub(super) fn position(text: &str, word: &str) -> Option<(usize, usize)> {
    Parser::new_from_str(text).map_while(Result::ok).find_map(|(event, span)| match event {
        Event::Scalar(found, ..) if found == word => Some((span.start.line(), span.start.col() + 1)),
        _ => None,
    })
}

fn refuse_nothing_and_tags(source: &Source) -> Result<(), Problem> {
    for event in Parser::new_from_str(&source.text) {
        // A syntax error is reported by the deserialisation that follows.
        let Ok((event, span)) = event else { return Ok(()) };
        let at = |message: &str| source.problem(span.start.line(), span.start.col() + 1, message);
        match event {
            Event::Scalar(text, ScalarStyle::Plain, _, None) if is_null(&text) => {
                return Err(at("there is no value here").help("write a value, or [] or {} for an empty one"));
            }
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(.., Some(_)) | Event::MappingStart(.., Some(_)) => {
                return Err(at("YAML tags are not supported here").help("remove the word that begins with !"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}
