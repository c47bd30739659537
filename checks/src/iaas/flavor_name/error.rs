//! Errors about names that cannot be parsed.
//!
//! The reader is a cloud provider who has to rename a flavor, so an error is a place in the name and a
//! statement of what may stand there, not the name of a grammar rule.

use std::fmt::{self, Write as _};

/// The reason why there is no [`FlavorName`](super::FlavorName).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotParsed {
    /// The standard only speaks about names that begin with exactly `SCS-`; any other name is free.
    #[error("not an SCS flavor name: it does not begin with \"SCS-\"")]
    NotScs,
    /// The name claims to follow the standard and does not.
    #[error(transparent)]
    Error(#[from] NameError),
}

/// The first place at which a name leaves the syntax of scs-0100.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {}: expected {expected}, found {}", .character, Found(.found))]
pub struct NameError {
    /// Byte position in the name; its length if something is missing at the end. Always a character boundary.
    pub offset: usize,
    /// The same place for people: the number of the character, counted from 1.
    pub character: usize,
    /// The text that may stand there.
    pub expected: String,
    /// The text that stands there (shortened if long); empty at the end of the name.
    pub found: String,
}

/// The length of quoted text: enough to recognize it, and a bound for hostile names.
const FOUND_AT_MOST: usize = 20;
/// The part of a long name that is shown on either side of the place.
const CONTEXT: usize = 60;

impl NameError {
    pub(super) fn new(name: &str, offset: usize, found: &str, expected: fmt::Arguments<'_>) -> Self {
        let before = name.get(..offset).unwrap_or(name);
        Self {
            offset,
            character: before.chars().count() + 1,
            expected: expected.to_string(),
            found: found.chars().take(FOUND_AT_MOST).collect(),
        }
    }

    /// Prints the name on one line and, on the next, carets under the error.
    ///
    /// Characters that would disturb a terminal are shown escaped; of a very long name only the
    /// neighbourhood of the error is shown.
    pub fn point_at(&self, name: &str) -> String {
        let index = self.character.saturating_sub(1);
        let first = index.saturating_sub(CONTEXT);
        let mut shown = String::from(if first > 0 { "…" } else { "" });
        let mut indent = shown.chars().count();
        let mut carets = 0;
        let wrong = index..index + self.found.chars().count();
        let end = wrong.end + CONTEXT;
        for (i, c) in name.chars().enumerate().take(end).skip(first) {
            let width = push_printable(&mut shown, c);
            if i < index {
                indent += width;
            } else if wrong.contains(&i) {
                carets += width;
            }
        }
        if name.chars().nth(end).is_some() {
            shown.push('…');
        }
        format!("{shown}\n{:indent$}{}", "", "^".repeat(carets.max(1)))
    }
}

/// The text that was found, for a sentence.
struct Found<'a>(&'a str);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("the end of the name"),
            text => write!(f, "{text:?}"),
        }
    }
}

/// Escapes everything that is not visible: names come from other people's clouds and are printed on
/// terminals.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        push_printable(&mut shown, c);
    }
    shown
}

/// Appends one character, escaped if need be, and tells how many columns it takes.
fn push_printable(shown: &mut String, c: char) -> usize {
    if matches!(c, ' '..='~') {
        shown.push(c);
        return 1;
    }
    let escaped = c.escape_debug();
    let width = escaped.len();
    // Writing to a String cannot fail.
    let _ = write!(shown, "{escaped}");
    width
}
