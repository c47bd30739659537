//! Lines of the test server among all that a console shows: `script.py` says how they look.
//!
//! A line counts only if its checksum fits, and that has the nonce of the run in it. So nothing has to be known of
//! what else is on the console, or of what may have happened to it: what is damaged, or was printed in another run, is
//! not there.

use super::Nonce;
use std::borrow::Cow;

/// Begins each line of the test server, anywhere in a line of the console.
const MARKER: &str = "_scs-test ";

/// No line of the test server is longer than this, marker included.
const LONGEST: usize = 600;

/// The section of the line that ends a copy.
pub const END: &str = "end";

/// Begins the word of the end line that has the nonce.
pub const RUN: &str = "run=";

/// The sections that a test server tells, but for the last line.
pub const SECTIONS: [&str; 5] = ["entropy-avail", "random-test", "cpu", "kernel", "hw-random"];

/// The most lines that a section has.
const LINES: usize = 16;

/// A line that is intact.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line<'a> {
    /// The section, one of [`SECTIONS`] or [`END`].
    pub section: &'static str,
    /// True if the server could determine the section.
    pub ok: bool,
    /// The index of the line in the section, from 0.
    pub index: usize,
    /// The number of lines of the section.
    pub lines: usize,
    /// The text.
    pub text: &'a str,
}

/// Returns all intact lines of this run on a console that is [`plain`], in the order in which they were printed.
pub fn lines<'a>(console: &'a str, nonce: &Nonce) -> impl Iterator<Item = Line<'a>> {
    framed(console).filter(|framed| framed.fits(&nonce.0)).filter_map(|framed| framed.line)
}

/// Returns true if a console has an intact end line that says to be of another run, or of none.
pub fn is_of_another_run(console: &str, nonce: &Nonce) -> bool {
    let ends = framed(console).filter(|framed| framed.line.is_some_and(|line| line.section == END));
    ends.into_iter().any(|framed| {
        let stated = framed.text.split(' ').find_map(|word| word.strip_prefix(RUN)).unwrap_or_default();
        stated != nonce.0 && framed.fits(stated)
    })
}

/// A candidate for a line.
struct Framed<'a> {
    /// The text before the checksum, which the checksum covers too.
    head: &'a str,
    text: &'a str,
    checksum: &'a str,
    line: Option<Line<'a>>,
}

impl Framed<'_> {
    fn fits(&self, nonce: &str) -> bool {
        self.checksum == checksum(&[nonce, self.head, " ", self.text])
    }
}

fn framed(console: &str) -> impl Iterator<Item = Framed<'_>> {
    console.match_indices(MARKER).filter_map(|(at, _)| {
        // A window, so that a hostile console cannot make us look at all of it again and again.
        let end = console.len().min(at + LONGEST);
        Framed::read(console.get(at + MARKER.len()..end)?)
    })
}

impl<'a> Framed<'a> {
    fn read(window: &'a str) -> Option<Self> {
        let mut fields = window.splitn(6, ' ');
        let (section, state, place) = (fields.next()?, fields.next()?, fields.next()?);
        let (length, checksum, rest) = (fields.next()?, fields.next()?, fields.next()?);
        let head = window.get(..section.len() + state.len() + place.len() + 2)?;
        let text = rest.get(..length.parse().ok()?)?;
        Some(Self { head, text, checksum, line: line(section, state, place, text) })
    }
}

fn line<'a>(section: &str, state: &str, place: &str, text: &'a str) -> Option<Line<'a>> {
    let section = SECTIONS.into_iter().chain([END]).find(|known| *known == section)?;
    let ok = match state {
        "ok" => true,
        "error" => false,
        _ => return None,
    };
    let (number, lines) = place.split_once('/')?;
    let (number, lines): (usize, usize) = (number.parse().ok()?, lines.parse().ok()?);
    let index = number.checked_sub(1)?;
    (index < lines && lines <= LINES).then_some(Line { section, ok, index, lines, text })
}

/// Returns the checksum of a text that comes in parts, as the test server writes it.
pub fn checksum(parts: &[&str]) -> String {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes());
    }
    format!("{:08x}", hasher.finalize())
}

/// Returns a console without what is there for a terminal: escape sequences, and all control characters
/// but line feeds. Only ASCII is left, as the test server prints nothing else.
pub fn plain(console: &str) -> Cow<'_, str> {
    if console.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(console);
    }
    let mut plain = String::with_capacity(console.len());
    let mut rest = console.chars().peekable();
    while let Some(char) = rest.next() {
        match char {
            '\u{1b}' => skip_escape_sequence(&mut rest),
            '\n' | ' '..='~' => plain.push(char),
            char if char.is_ascii_control() => {}
            _ => plain.push('?'),
        }
    }
    Cow::Owned(plain)
}

/// Skips what follows an escape character: `[` with parameters up to a letter, `]` with text up to
/// a bell or a backslash, or one character. It never goes on over the end of a line.
fn skip_escape_sequence(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let Some(kind) = rest.next_if(|char| *char != '\n') else { return };
    let ends: fn(char) -> bool = match kind {
        '[' => |char| ('@'..='~').contains(&char),
        ']' => |char| matches!(char, '\u{7}' | '\\'),
        _ => return,
    };
    while let Some(char) = rest.next_if(|char| *char != '\n') {
        if ends(char) {
            return;
        }
    }
}
