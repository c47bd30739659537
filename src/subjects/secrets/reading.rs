//! A text as one may read it: as it is, or with the escapes of URLs, of JSON and program texts, and of HTML resolved, layer by
//! layer, and without what may be put between letters.

use scs_checks::visible::is_invisible;
use std::borrow::Cow;
use std::ops::Range;

/// The number of layers of escapes that are resolved: three that lie over each other, such as HTML in JSON in JSON, and
/// what a secret itself has that looks like escapes.
const DEPTH: usize = 5;

/// Letters of a text, each with its place in the original.
pub(super) struct Reading<'a> {
    letters: Cow<'a, [u8]>,
    /// The position of each letter, and at last the end of the text; none where letters are the text.
    starts: Option<Vec<u32>>,
}

impl<'a> Reading<'a> {
    /// Reads the text as it is.
    pub fn new(text: &'a str) -> Self {
        Self { letters: Cow::Borrowed(text.as_bytes()), starts: None }
    }

    /// Shows this reading, and each one with one more layer of escapes resolved, to a reader.
    pub fn all(self, reader: &mut impl FnMut(&Reading<'_>)) {
        reader(&self);
        let mut reading = self.resolved();
        for _ in 0..DEPTH {
            let Some(resolved) = reading else { return };
            reader(&resolved);
            reading = resolved.resolved();
        }
    }

    /// Returns the text without one layer of escapes of all kinds; none where there are none.
    fn resolved(&self) -> Option<Reading<'static>> {
        let first = self.escapes(0)?;
        let (mut letters, mut starts) =
            (Vec::with_capacity(self.letters.len()), Vec::with_capacity(self.letters.len()));
        let mut add = |bytes: &[u8], from: usize, step: usize| {
            letters.extend_from_slice(bytes);
            starts.extend((0..bytes.len()).map(|index| self.start(from + index * step)));
        };
        let (mut at, mut next) = (0, Some(first));
        while let Some((place, letter, length)) = next {
            add(self.letters.get(at..place).unwrap_or_default(), at, 1);
            add(letter.as_bytes(), place, 0);
            at = place + length;
            next = self.escapes(at);
        }
        add(self.letters.get(at..).unwrap_or_default(), at, 1);
        starts.push(self.start(self.letters.len()));
        Some(Reading { letters: letters.into(), starts: Some(starts) })
    }

    /// Returns the next escape: its place, what it stands for, and its length.
    fn escapes(&self, from: usize) -> Option<(usize, Letter, usize)> {
        let rest = self.letters.get(from..)?;
        let signs = rest.iter().enumerate().filter(|(_, sign)| matches!(**sign, b'%' | b'\\' | b'&'));
        signs.map(|(at, _)| at).find_map(|at| {
            let (letter, length) = escape(rest.get(at..)?)?;
            Some((from + at, letter, length))
        })
    }

    /// Returns the letters as they are.
    pub fn letters(&self) -> &[u8] {
        &self.letters
    }

    fn start(&self, at: usize) -> u32 {
        let place = self.starts.as_ref().map(|starts| starts.get(at).or(starts.last()).copied().unwrap_or_default());
        place.unwrap_or_else(|| u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// Returns the range of some letters in the original.
    pub fn place(&self, letters: Range<usize>) -> Range<usize> {
        self.start(letters.start) as usize..self.start(letters.end) as usize
    }

    /// Returns true if no letter or digit stands directly before and behind.
    pub fn is_word(&self, letters: &Range<usize>) -> bool {
        let joins = |at: Option<usize>| at.and_then(|at| self.letters.get(at)).is_some_and(u8::is_ascii_alphanumeric);
        !joins(letters.start.checked_sub(1)) && !joins(Some(letters.end))
    }

    /// Returns the letters without what may stand between them, and where each stands in this reading.
    pub fn squeezed(&self) -> (Vec<u8>, Vec<u32>) {
        let (mut kept, mut places, mut at) = (Vec::with_capacity(self.letters.len()), Vec::new(), 0);
        while let Some(rest) = self.letters.get(at..).filter(|rest| !rest.is_empty()) {
            match separator(rest) {
                0 => {
                    kept.push(rest[0]);
                    places.push(u32::try_from(at).unwrap_or(u32::MAX));
                    at += 1;
                }
                length => at += length,
            }
        }
        (kept, places)
    }
}

/// Returns the length of the sign that may stand between letters; 0 if there is none. Those in which base64 for URLs
/// differs from the usual one, and those that hexadecimal digits are set apart by, are among them.
fn separator(text: &[u8]) -> usize {
    match text.first() {
        Some(b' ' | b'-' | b'+' | b'_' | b'/' | b'=' | b':' | 0x7f | ..=0x1f) => 1,
        Some(0x80..) => {
            let length = (2..=4).find(|length| text.get(..*length).is_some_and(|c| std::str::from_utf8(c).is_ok()));
            let c = length.and_then(|length| std::str::from_utf8(text.get(..length)?).ok()?.chars().next());
            c.filter(|c| c.is_whitespace() || is_invisible(*c)).map_or(0, char::len_utf8)
        }
        _ => 0,
    }
}

/// Returns the character of an escape.
struct Letter {
    bytes: [u8; 4],
    length: usize,
}

impl Letter {
    fn from_byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0, 0], length: 1 }
    }

    fn from(code: u32) -> Option<Self> {
        let mut bytes = [0; 4];
        let length = char::from_u32(code)?.encode_utf8(&mut bytes).len();
        Some(Self { bytes, length })
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Reads an escape at the begin of a text: what it stands for, and how long it is.
fn escape(text: &[u8]) -> Option<(Letter, usize)> {
    match text.first()? {
        b'%' => percent(text),
        b'\\' => backslash(text),
        _ => entity(text),
    }
}

/// Resolves `%41`.
fn percent(text: &[u8]) -> Option<(Letter, usize)> {
    let digits = text.strip_prefix(b"%")?.get(..2)?;
    Some((Letter::from_byte(u8::try_from(number(digits, 16)?).ok()?), 3))
}

/// Resolves `\n`, `\"`, `\/`, `\x41`, `\u0041`, `\ud834\udd1e`, `\u{1d11e}`.
fn backslash(text: &[u8]) -> Option<(Letter, usize)> {
    let rest = text.strip_prefix(b"\\")?;
    let hex = |from: usize| number(rest.get(from..from + 4)?, 16);
    match rest.first()? {
        b'n' | b'r' | b't' | b'b' | b'f' | b'0' => Some((Letter::from_byte(b'\n'), 2)),
        sign @ (b'"' | b'\'' | b'/' | b'\\') => Some((Letter::from_byte(*sign), 2)),
        b'x' => Some((Letter::from_byte(u8::try_from(number(rest.get(1..3)?, 16)?).ok()?), 4)),
        b'u' if rest.get(1) == Some(&b'{') => {
            let end = rest.iter().take(10).position(|b| *b == b'}')?;
            Some((Letter::from(number(rest.get(2..end)?, 16)?)?, end + 2))
        }
        b'u' => match hex(1)? {
            high @ 0xd800..0xdc00 if rest.get(5..7) == Some(b"\\u") => {
                let low = hex(7)?.checked_sub(0xdc00)?;
                Some((Letter::from(0x10000 + ((high - 0xd800) << 10) + low)?, 12))
            }
            code => Some((Letter::from(code)?, 6)),
        },
        _ => None,
    }
}

/// Resolves `&amp;`, `&#39;`, `&#x27;`.
fn entity(text: &[u8]) -> Option<(Letter, usize)> {
    const NAMED: &[(&[u8], u8)] =
        &[(b"amp", b'&'), (b"lt", b'<'), (b"gt", b'>'), (b"quot", b'"'), (b"apos", b'\''), (b"nbsp", b' ')];
    let end = text.iter().take(12).position(|b| *b == b';')?;
    let name = text.get(1..end)?;
    let named = NAMED.iter().find(|(known, _)| *known == name).map(|(_, letter)| Letter::from_byte(*letter));
    let numbered = || match name.strip_prefix(b"#")? {
        [b'x' | b'X', digits @ ..] => Letter::from(number(digits, 16)?),
        digits => Letter::from(number(digits, 10)?),
    };
    Some((named.or_else(numbered)?, end + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, radix).ok()
}
