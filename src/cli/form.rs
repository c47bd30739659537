//! `-o FORMAT[=PATH]`, the one way in which options name a format and a target.

use super::error::CliError;
use super::sink::Sink;
use clap::Args;
use std::ffi::OsString;
use std::path::Path;
use std::str::FromStr;

/// A format that a name or the ending of a path stands for.
pub(super) trait NamedFormat: Copy + 'static {
    /// All formats, in the order in which messages name them.
    const ALL: &'static [Self];

    /// Returns its name.
    fn name(self) -> &'static str;

    /// Returns the endings of files of this format, the usual one first.
    fn endings(self) -> &'static [&'static str];
}

/// A result in a format, and its target.
#[derive(Clone, Debug)]
pub(super) struct Output<F> {
    pub format: F,
    pub sink: Sink,
}

impl<F: NamedFormat> FromStr for Output<F> {
    type Err = CliError;

    /// Parses `FORMAT` (for stdout), `FORMAT=PATH` or a `PATH` whose ending tells the format; the path `-` is stdout.
    fn from_str(text: &str) -> Result<Self, CliError> {
        let to = |format, path: &str| Self { format, sink: Sink::from(OsString::from(path)) };
        if let Some(format) = named(text) {
            return Ok(to(format, "-"));
        }
        match text.split_once('=').map(|(name, path)| (named(name), path)) {
            Some((Some(_), "")) => Err("there is no path behind the =".into()),
            Some((Some(format), path)) => Ok(to(format, path)),
            Some((None, _)) if by_ending::<F>(text).is_none() => Err(unknown::<F>(text).into()),
            _ => by_ending(text).map(|format| to(format, text)).ok_or_else(|| usage::<F>().into()),
        }
    }
}

fn named<F: NamedFormat>(name: &str) -> Option<F> {
    F::ALL.iter().copied().find(|format| format.name() == name)
}

fn by_ending<F: NamedFormat>(path: &str) -> Option<F> {
    // `xml=report.xml` is a format that does not exist, not a file of that name.
    let is_path = path.split_once('=').is_none_or(|(name, _)| name.contains(['/', '.']));
    let ending = Path::new(path).extension()?.to_str()?.to_lowercase();
    F::ALL.iter().copied().find(|format| is_path && format.endings().contains(&ending.as_str()))
}

fn names<F: NamedFormat>() -> String {
    F::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
}

fn unknown<F: NamedFormat>(text: &str) -> String {
    let name = text.split('=').next().unwrap_or_default();
    format!("there is no format \"{name}\", only {}", names::<F>())
}

fn usage<F: NamedFormat>() -> String {
    let endings: Vec<String> =
        F::ALL.iter().filter_map(|format| format.endings().first()).map(|ending| format!(".{ending}")).collect();
    format!("write FORMAT, FORMAT=PATH, or a PATH that ends in {}; formats are {}", endings.join(", "), names::<F>())
}

/// The form of a result for people or for programs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Form {
    #[default]
    Text,
    Json,
}

impl NamedFormat for Form {
    const ALL: &'static [Self] = &[Self::Text, Self::Json];

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["txt"],
            Self::Json => &["json"],
        }
    }
}

/// The form of the one result of a command, and its target.
#[derive(Args, Debug, Default)]
pub(super) struct ResultOptions {
    /// Print the result as text or json, or write it to PATH; the ending of PATH (.txt, .json) is enough
    #[arg(short, long, value_name = "FORMAT[=PATH]")]
    output: Option<Output<Form>>,

    /// Same as -o json
    #[arg(long, conflicts_with = "output")]
    json: bool,
}

impl ResultOptions {
    /// Returns true if the result is for programs.
    pub(super) fn is_json(&self) -> bool {
        self.json || self.output.as_ref().is_some_and(|output| output.format == Form::Json)
    }

    /// Returns the target of the result.
    pub(super) fn sink(&self) -> Sink {
        self.output.as_ref().map_or(Sink::Stdout, |output| output.sink.clone())
    }

    /// Checks beforehand that the result can be written.
    ///
    /// # Errors
    /// As [`Sink::prepare`].
    pub(super) fn prepare(&self) -> Result<(), CliError> {
        self.sink().prepare().map_err(|error| error.about("--output"))
    }

    /// Writes the result.
    ///
    /// # Errors
    /// As [`Sink::write`].
    pub(super) fn write(&self, text: String) -> Result<(), CliError> {
        self.sink().write(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use scs_reports::Format;

    #[rstest]
    #[case("json", Format::Json, "-")]
    #[case("json=-", Format::Json, "-")]
    #[case("junit=a.json", Format::Junit, "a.json")]
    #[case("report.html", Format::Html, "report.html")]
    #[case("out/x=1.MD", Format::Markdown, "out/x=1.MD")]
    #[case("./json.xml", Format::Junit, "./json.xml")]
    #[case("r.yml", Format::Yaml, "r.yml")]
    fn format_and_path_are_told_apart(#[case] text: &str, #[case] format: Format, #[case] path: &str) {
        let output: Output<Format> = text.parse().unwrap();
        assert_eq!((output.format, output.sink), (format, Sink::from(OsString::from(path))));
    }

    #[rstest]
    #[case("")]
    #[case("-")]
    #[case("report")]
    #[case("report.pdf")]
    #[case("xml=report.xml")]
    #[case("json=")]
    fn an_output_without_a_format_is_refused(#[case] text: &str) {
        text.parse::<Output<Format>>().unwrap_err();
    }
}
