//! Makes texts safe for XML 1.0.

use scs_checks::visible::is_invisible;
use std::fmt::Write;

/// Returns the text as XML 1.0 can hold it.
///
/// Colors of terminals go. Controls, most of which XML forbids even when escaped, and all else that cannot be seen is
/// spelled out, so that two names that differ only there do not look the same. `]]>` would end the text early.
pub(super) fn xml_safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' if rest.next_if_eq(&'[').is_some() => {
                while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
                rest.next_if(|c| ('@'..='~').contains(c));
            }
            '>' if safe.ends_with("]]") => safe.push_str(" >"),
            '\r' => {}
            '\t' | '\n' => safe.push(c),
            // Writing to a text cannot fail.
            c if is_invisible(c) => drop(write!(safe, "\\u{{{:x}}}", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}
