//! The cursor that walks over the bytes of a name.
//!
//! It knows numbers and the two delimiters, and nothing of what they mean. Because it only ever steps over
//! ASCII bytes it has matched, its position is always a character boundary, whatever the name contains.

use super::error::NameError;
use super::name::{Ram, Syntax};
use std::fmt;

/// The largest number that is understood. Names are limited to 255 characters by Nova, numbers are not; no
/// cloud has a thousand million of anything, and below it no sum in the rules can overflow (Q-0100-12).
pub(super) const LARGEST: u32 = 999_999_999;

/// A position in a name, and what was noticed on the way there.
pub(super) struct Scanner<'n> {
    name: &'n str,
    position: usize,
    /// The syntax that the name has shown so far; decides the delimiters.
    pub(super) syntax: Syntax,
    /// A number was not in its canonical spelling (`04`, `4.`, `.5`, `i0`).
    pub(super) odd_number: bool,
    /// A count of one disk was spelled out (`1x10`, `x10`).
    pub(super) needless_count: bool,
}

impl<'n> Scanner<'n> {
    pub(super) fn new(name: &'n str, position: usize, syntax: Syntax) -> Self {
        Self { name, position, syntax, odd_number: false, needless_count: false }
    }

    /// Returns the sign that stands before CPU and RAM, RAM and disk, GPU and its figures.
    pub(super) fn inner(&self) -> u8 {
        if self.syntax == Syntax::V1 { b':' } else { b'-' }
    }

    /// Returns the sign that stands before each extension.
    pub(super) fn outer(&self) -> u8 {
        if self.syntax == Syntax::V1 { b'-' } else { b'_' }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn rest(&self) -> &'n str {
        self.name.get(self.position..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.name.as_bytes().get(self.position).copied()
    }

    /// Returns true if the name ends here or an extension begins.
    pub(super) fn part_ends(&self) -> bool {
        self.peek().is_none_or(|next| next == self.outer())
    }

    /// Steps over this ASCII byte if it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        debug_assert!(byte.is_ascii());
        let there = self.peek() == Some(byte);
        self.position += usize::from(there);
        there
    }

    /// Steps over the next byte if it is a letter of this vocabulary, which holds only ASCII.
    pub(super) fn take<T>(&mut self, meaning: impl Fn(u8) -> Option<T>) -> Option<T> {
        let found = self.peek().filter(u8::is_ascii).and_then(meaning);
        self.position += usize::from(found.is_some());
        found
    }

    /// Steps over this ASCII word if it is next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let there = self.rest().starts_with(word);
        if there {
            self.position += word.len();
        }
        there
    }

    /// Steps over all bytes of this kind; `wanted` must only match ASCII.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'n str {
        let start = self.position;
        while self.peek().is_some_and(|b| b.is_ascii() && wanted(b)) {
            self.position += 1;
        }
        self.name.get(start..self.position).unwrap_or_default()
    }

    /// Steps over at most one byte of this kind; `wanted` must only match ASCII.
    pub(super) fn take_one(&mut self, wanted: impl Fn(u8) -> bool) -> &'n str {
        let start = self.position;
        self.position += usize::from(self.peek().is_some_and(|b| b.is_ascii() && wanted(b)));
        self.name.get(start..self.position).unwrap_or_default()
    }

    /// Steps over `h`, `hh`, … and counts them.
    pub(super) fn performance(&mut self, at_most: u8) -> Result<u8, NameError> {
        let mut count = 0;
        while self.peek() == Some(b'h') {
            if count == at_most {
                return Err(self.error(format_args!("at most {at_most} `h` in a row")));
            }
            count += 1;
            self.position += 1;
        }
        Ok(count)
    }

    /// Reads a whole number of 1 or more; `None` if there is no digit here.
    pub(super) fn number(&mut self, what: &str) -> Result<Option<u32>, NameError> {
        let start = self.position;
        let digits = self.take_while(|b| b.is_ascii_digit());
        if digits.is_empty() {
            return Ok(None);
        }
        match value(digits) {
            Some(0) => Err(self.error_at(start, digits, format_args!("{what} to be 1 or more"))),
            Some(number) => {
                self.odd_number |= digits.starts_with('0');
                Ok(Some(number))
            }
            None => Err(self.error_at(start, digits, format_args!("{what} to be at most {LARGEST}"))),
        }
    }

    /// Reads a whole number of 1 or more that must be here.
    pub(super) fn required_number(&mut self, what: &str, example: &str) -> Result<u32, NameError> {
        self.number(what)?.ok_or_else(|| self.error(format_args!("{what} ({example})")))
    }

    /// Reads an amount of RAM: a positive multiple of 0.5, with or without decimals.
    pub(super) fn ram(&mut self) -> Result<Ram, NameError> {
        let start = self.position;
        let whole = self.take_while(|b| b.is_ascii_digit());
        let point = self.eat(b'.');
        let decimals_at = self.position;
        let decimals = self.take_while(|b| b.is_ascii_digit());
        if whole.is_empty() && decimals.is_empty() {
            return Err(self.error(format_args!("the RAM in GiB (such as `4` or `3.5`)")));
        }
        let half = self.half(decimals_at, decimals)?;
        let all = self.name.get(start..self.position).unwrap_or_default();
        let Some(gib) = value(whole) else {
            return Err(self.error_at(start, all, format_args!("RAM of at most {LARGEST} GiB")));
        };
        let half_gib = gib * 2 + u32::from(half);
        if half_gib == 0 {
            return Err(self.error_at(start, all, format_args!("RAM of at least 0.5 GiB")));
        }
        self.odd_number |= point && (decimals != "5" || whole.is_empty());
        self.odd_number |= whole.len() > 1 && whole.starts_with('0') || whole == "0" && !half;
        Ok(Ram { half_gib })
    }

    /// Returns true if these decimals are a half rather than nothing; any other fraction is an error.
    fn half(&self, decimals_at: usize, decimals: &'n str) -> Result<bool, NameError> {
        let half = decimals.starts_with('5');
        let wrong = decimals.bytes().enumerate().position(|(i, b)| b != b'0' && !(i == 0 && half));
        match wrong {
            None => Ok(half),
            Some(i) => {
                let found = decimals.get(i..).unwrap_or_default();
                let expected = format_args!("RAM to be a multiple of 0.5 GiB, so only `.5` or nothing here");
                Err(self.error_at(decimals_at + i, found, expected))
            }
        }
    }

    /// Checks that the next extension or the end of the name follows.
    pub(super) fn end_of_part(&self, or: fmt::Arguments<'_>) -> Result<(), NameError> {
        if self.part_ends() {
            return Ok(());
        }
        let outer = char::from(self.outer());
        let hint = if self.peek() == Some(self.inner()) { " (a disk comes directly after the RAM)" } else { "" };
        Err(self.error(format_args!("{or}`{outer}` and a further extension, or the end of the name{hint}")))
    }

    /// Returns the error for text at this place other than the expected one.
    pub(super) fn error(&self, expected: fmt::Arguments<'_>) -> NameError {
        let rest = self.rest();
        let length = rest.chars().next().map_or(0, char::len_utf8);
        self.error_at(self.position, rest.get(..length).unwrap_or_default(), expected)
    }

    /// Returns the error for the text up to the next extension.
    pub(super) fn error_part(&self, expected: fmt::Arguments<'_>) -> NameError {
        let rest = self.rest();
        let delimiter = [char::from(self.outer()), char::from(self.inner())];
        match rest.split(delimiter).next() {
            Some("") | None => self.error(expected),
            Some(part) => self.error_at(self.position, part, expected),
        }
    }

    /// Returns the error for `found`, which stands at `offset`.
    pub(super) fn error_at(&self, offset: usize, found: &str, expected: fmt::Arguments<'_>) -> NameError {
        match (self.syntax, found) {
            (Syntax::V1, "_") => NameError::new(
                self.name,
                offset,
                found,
                format_args!(
                    "{expected} (`_` belongs to v2 and v3, `:` to the old v1 spelling; a name is spelled wholly in one or the other)"
                ),
            ),
            (Syntax::V2 | Syntax::V3, ":") => NameError::new(
                self.name,
                offset,
                found,
                format_args!(
                    "{expected} (`:` belongs to the old v1 spelling; a name is spelled wholly in one or the other)"
                ),
            ),
            _ => NameError::new(self.name, offset, found, expected),
        }
    }
}

/// Parses a run of digits, 0 if there is none; `None` beyond [`LARGEST`].
fn value(digits: &str) -> Option<u32> {
    let mut value: u32 = 0;
    for digit in digits.bytes() {
        value = value.checked_mul(10)?.checked_add(u32::from(digit.wrapping_sub(b'0')))?;
    }
    (value <= LARGEST).then_some(value)
}
