//! Text made harmless for the Markdown of GitLab and GitHub.
//!
//! Both do more than Markdown does: they link `@name`, `#12`, `!34` and bare addresses, after
//! escapes are gone. Only a space without width behind the sign keeps them from it.

use crate::text::{clipped, visible};
use std::fmt::Write;

/// How many characters of a text are shown.
const LONGEST: usize = 400;

/// Signs that have a meaning somewhere in a line.
const MARKUP: &str = "\\`*_[]{}|~$^#!@%";
/// Signs that with a word behind them refer to something.
const SIGILS: &str = "@#!%$&~^:";
/// A space without width.
const BREAK: &str = "&#8203;";

/// A sentence that may hold strings from a cloud, on one line.
pub(super) fn text(text: &str) -> String {
    let clipped = clipped(text, LONGEST);
    let shown = visible(&clipped);
    let mut escaped = String::with_capacity(shown.len() + 16);
    let mut chars = shown.chars().peekable();
    let mut word = String::new();
    while let Some(c) = chars.next() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            c if MARKUP.contains(c) => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
        let refers = SIGILS.contains(c) || (c == '.' && word.eq_ignore_ascii_case("www"));
        if refers && chars.peek().is_some_and(|next| !next.is_whitespace()) {
            escaped.push_str(BREAK);
        }
        if c.is_alphanumeric() { word.push(c) } else { word.clear() }
    }
    escaped
}

/// A value from a cloud, or an id, letter by letter. Inside code nothing is linked.
pub(super) fn code(text: &str) -> String {
    let clipped = clipped(text, LONGEST);
    let shown = visible(&clipped);
    if shown.is_empty() || shown.starts_with(' ') || shown.ends_with(' ') || shown.contains(['`', '|', '\\']) {
        // What ends a span of code, or a cell of a table, differs between readers.
        return html_code(&shown);
    }
    format!("`{shown}`")
}

/// Code as an HTML element. What is in one is text for readers that make links of addresses, so a break without
/// width follows what they would begin at.
fn html_code(text: &str) -> String {
    let mut code = String::from("<code>");
    for c in text.replace("www.", "www\u{200b}.").chars() {
        match c {
            '@' | ':' => drop(write!(code, "&#{};&#8203;", u32::from(c))),
            // Writing to a string cannot fail.
            c if c.is_ascii_punctuation() || c == ' ' => drop(write!(code, "&#{};", u32::from(c))),
            c => code.push(c),
        }
    }
    code.push_str("</code>");
    code
}

/// A sentence of the definitions, in which backticks mark code.
pub(super) fn prose(sentence: &str) -> String {
    if sentence.matches('`').count() % 2 == 1 {
        return text(sentence);
    }
    let parts = sentence.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(index, part)| if index % 2 == 1 { code(part) } else { text(part) }).collect()
}

/// A link, if the address is one that needs no escapes; else its name alone.
pub(super) fn link(name: &str, url: &str) -> String {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#@!$&+,;=%".contains(&b);
    if web && url.bytes().all(plain) { format!("[{}](<{url}>)", text(name)) } else { text(name) }
}
