//! Text made harmless for the Markdown of GitLab and GitHub.
//!
//! Both do more than Markdown does: they link `@name`, `#12`, `!34` and bare addresses, after
//! escapes are gone. Inside code they do not, so a word that would become a link is shown as code: what is copied from the
//! page has nothing in it that cannot be seen.

use crate::text::{clipped, visible};
use std::fmt::Write;

/// The number of characters of a text that are shown.
const LONGEST: usize = 400;

/// Signs that have a meaning somewhere in a line.
const MARKUP: &str = "\\`*_[]{}|~$^#!@%";
/// Signs that with a word behind them refer to something.
const SIGILS: &str = "@#!%$&~^";
/// An element without content, which keeps readers from seeing a reference in what stands around it.
const BREAK: &str = "<span></span>";

/// Escapes a sentence that may hold strings from a cloud, and puts it on one line.
pub(super) fn text(text: &str) -> String {
    let clipped = clipped(text, LONGEST);
    let words = visible(&clipped).into_owned();
    words.split_inclusive(char::is_whitespace).map(word).collect()
}

/// Escapes a word with the space behind it.
fn word(text: &str) -> String {
    let word = text.trim_end();
    match refers(word) {
        true => code(word) + text.get(word.len()..).unwrap_or_default(),
        false => escaped(text),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            c if MARKUP.contains(c) => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Returns true for a word that GitLab or GitHub would make a link, a reference or a picture of.
fn refers(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let next = word.chars().skip(1).chain([' ']);
    let sigil =
        word.chars().zip(next).any(|(c, next)| SIGILS.contains(c) && (next.is_alphanumeric() || "\"_-".contains(next)));
    // `:tada:`
    let between = word.split(':').skip(1).collect::<Vec<_>>();
    // Two digits are those of a time.
    let is_time = |part: &str| part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
    let is_name = |part: &&str| !is_time(part) && part.chars().all(|c| c.is_alphanumeric() || "_+-".contains(c));
    let emoji = between.split_last().is_some_and(|(_, names)| names.iter().any(is_name));
    sigil || emoji || ["://", "www.", "mailto:", "xmpp:"].iter().any(|begin| lower.contains(begin))
}

/// Shows a value from a cloud, or an id, letter by letter. Inside code nothing is linked.
pub(super) fn code(text: &str) -> String {
    let clipped = clipped(text, LONGEST);
    let shown = visible(&clipped);
    if shown.is_empty() || shown.starts_with(' ') || shown.ends_with(' ') || shown.contains(['`', '|', '\\']) {
        // What ends a span of code, or a cell of a table, differs between readers.
        return html_code(&shown);
    }
    format!("`{shown}`")
}

/// Writes code as an HTML element. Renderers that make links of addresses read what is in one as text, so a break
/// follows what a link would begin with.
fn html_code(text: &str) -> String {
    let mut code = String::from("<code>");
    let mut begun = String::new();
    for c in text.chars() {
        if c == '.' && begun.ends_with("www") {
            code.push_str(BREAK);
        }
        begun.push(c.to_ascii_lowercase());
        match c {
            '@' | ':' => drop(write!(code, "&#{};{BREAK}", u32::from(c))),
            // Writing to a string cannot fail.
            c if c.is_ascii_punctuation() || c == ' ' => drop(write!(code, "&#{};", u32::from(c))),
            c => code.push(c),
        }
    }
    code.push_str("</code>");
    code
}

/// Renders a sentence of the definitions, in which backticks mark code.
pub(super) fn prose(sentence: &str) -> String {
    if sentence.matches('`').count() % 2 == 1 {
        return text(sentence);
    }
    let parts = sentence.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts.map(|(index, part)| if index % 2 == 1 { code(part) } else { text(part) }).collect()
}

/// Writes a link, if the address is one that needs no escapes; else its name alone.
pub(super) fn link(name: &str, url: &str) -> String {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#@!$&+,;=%".contains(&b);
    if web && url.bytes().all(plain) { format!("[{}](<{url}>)", text(name)) } else { text(name) }
}
