//! Problems in a definition, with their place and remedy: one type and one way to print it, for
//! errors of the YAML and of its meaning alike.

use super::located::Located;
use crate::visible::visible;
use std::fmt;

/// A YAML file that was read by the application.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path, as people should see it.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl Source {
    /// Creates a source from bytes.
    ///
    /// # Errors
    /// The bytes are not UTF-8, or there is nothing in them.
    pub fn new(path: impl Into<String>, bytes: &[u8]) -> Result<Self, Problem> {
        let path = path.into();
        // Some editors put a byte order mark before the text.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let source = match std::str::from_utf8(bytes) {
            Ok(text) => Self { text: text.to_owned(), path },
            Err(error) => {
                let (valid, _) = bytes.split_at(error.valid_up_to());
                let before = String::from_utf8_lossy(valid);
                let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
                let line = before.matches('\n').count() + 1;
                let source = Self { text: String::from_utf8_lossy(bytes).into_owned(), path };
                let message = "not valid UTF-8 at this position";
                return Err(source.problem(line, column, message).help("save it with UTF-8 encoding"));
            }
        };
        if source.text.lines().all(says_nothing) {
            let help = "write a standard or a scope into it, or remove it";
            return Err(source.problem(0, 0, NO_CONTENT).help(help));
        }
        Ok(source)
    }

    /// Returns a problem at a place of this file. Line 0 means the file as a whole.
    pub fn problem(&self, line: usize, column: usize, message: impl Into<String>) -> Problem {
        // To YAML a carriage return alone ends a line, too.
        let mut lines = self.text.lines().flat_map(|line| line.split('\r'));
        let snippet = line.checked_sub(1).and_then(|n| lines.nth(n)).map(str::to_owned);
        Problem { path: self.path.clone(), line, column, snippet, message: message.into(), help: None }
    }

    /// Returns a problem at the place of a value.
    pub fn problem_at<T>(&self, place: &Located<T>, message: impl Into<String>) -> Problem {
        self.problem(place.line, place.column, message)
    }
}

/// The message about a file with nothing but comments in it.
pub const NO_CONTENT: &str = "the file has no content";

/// Returns true for a line that is empty, a comment, or the mark of a YAML document.
fn says_nothing(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line == "---" || line == "..."
}

/// A problem in a definition, with its place and remedy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The file.
    pub path: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The text of that line.
    pub snippet: Option<String>,
    /// The problem.
    pub message: String,
    /// The remedy.
    pub help: Option<String>,
}

impl Problem {
    /// Creates a problem with a file as a whole.
    pub fn of_file(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: 0, column: 0, snippet: None, message: message.into(), help: None }
    }

    /// Adds a remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Suggests the nearest known name, or lists the known ones if none is near.
    #[must_use]
    pub fn suggest<'a>(self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(name, known.iter().copied()) {
            Some(near) => self.help(format!("did you mean {near}?")),
            None if known.is_empty() => self,
            None if known.len() <= 30 => self.help(format!("known names: {}", known.join(", "))),
            None => self,
        }
    }

    /// Prints the same as something that may stay as it is.
    pub fn as_warning(&self) -> String {
        self.to_string().replacen("error: ", "warning: ", 1)
    }
}

/// The part of a long line that is shown around the place, in characters.
const SHOWN: usize = 60;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n  --> {}", on_one_line(&self.message), on_one_line(&self.path))?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        if let Some(snippet) = &self.snippet {
            let (shown, caret) = excerpt(snippet, self.column);
            let margin = self.line.to_string().len();
            write!(f, "\n{:margin$} |\n{} | {shown}\n{:margin$} | {:caret$}^", "", self.line, "", "")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  = help: {}", on_one_line(help))?;
        }
        Ok(())
    }
}

/// Returns the part of a line around a column, without control characters, and the column within it.
fn excerpt(line: &str, column: usize) -> (String, usize) {
    let at = column.saturating_sub(1);
    let from = at.saturating_sub(SHOWN);
    let shown: String = line.chars().skip(from).take(2 * SHOWN).collect();
    (on_one_line(&shown), at - from)
}

/// Escapes control characters and others that cannot be seen: the text quotes files that others wrote, and is
/// printed on terminals.
fn on_one_line(text: &str) -> String {
    let blank: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible(&blank).into_owned()
}

/// The most problems that are printed at once.
const MOST: usize = 20;

/// One or more problems.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut texts: Vec<String> = self.0.iter().take(MOST).map(Problem::to_string).collect();
        if self.0.len() > MOST {
            texts.push(format!("error: … and {} more problems", self.0.len() - MOST));
        }
        f.write_str(&texts.join("\n\n"))
    }
}

impl std::error::Error for Problems {}

/// Returns the known name that a misspelled one most likely means.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let length = name.chars().count();
    let near_enough = |candidate: &str| candidate.chars().count().max(length) / 3;
    known
        .into_iter()
        // Names are at least as far apart as they differ in length; what is far apart anyway is not reckoned, for the
        // table that takes is as large as both names together.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= near_enough(candidate))
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= near_enough(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("presense", Some("presence"))]
    #[case("scs-0123-service-compte", Some("scs-0123-service-compute"))]
    #[case("zzz", None)]
    fn a_misspelt_name_finds_its_neighbour(#[case] name: &str, #[case] expected: Option<&str>) {
        assert_eq!(nearest(name, ["presence", "scs-0123-service-compute", "accepts"]), expected);
    }

    /// The distance to a name is computed only if it can be small: its table is as large as both names together.
    #[test]
    fn an_endless_name_has_no_neighbour() {
        assert_eq!(nearest(&"x".repeat(2_000_000), ["presence", "scs-0123-service-compute"]), None);
    }

    #[test]
    fn a_problem_shows_where_and_how() {
        let source = Source::new("iaas/x.yaml", b"standard: scs-0001\nmain: [scs-x]\n").unwrap();
        let problem = source.problem(2, 8, "unknown testcase \"scs-x\"").help("did you mean scs-y?");
        insta::assert_snapshot!(problem, @r#"
        error: unknown testcase "scs-x"
          --> iaas/x.yaml:2:8
          |
        2 | main: [scs-x]
          |        ^
          = help: did you mean scs-y?
        "#);
    }

    #[test]
    fn nothing_that_is_quoted_disturbs_a_terminal() {
        let source = Source::new("x.yaml", b"main: [\x1b[2J]\n").unwrap();
        let problem = source.problem(1, 8, "unknown testcase \"\u{1b}[2J\n\"").help("known names: \u{7}");
        insta::assert_snapshot!(problem, @r#"
        error: unknown testcase " [2J "
          --> x.yaml:1:8
          |
        1 | main: [ [2J]
          |        ^
          = help: known names:  
        "#);
    }

    #[test]
    fn lines_are_counted_as_yaml_does() {
        for text in ["a: 1\nb: 2\n", "a: 1\r\nb: 2\r\n", "a: 1\rb: 2\r"] {
            let source = Source::new("x.yaml", text.as_bytes()).unwrap();
            assert_eq!(source.problem(2, 1, "").snippet.as_deref(), Some("b: 2"));
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let (shown, caret) = excerpt(&"x".repeat(500), 300);
        assert_eq!((shown.len(), caret), (120, 60));
    }
}
