//! Text for people: strings from a cloud made harmless, numbers and plurals.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every character that cannot be seen spelled out (`\n`, `\u{1b}`).
///
/// Names and values come from the cloud under test. Written as they are, an image name could
/// move the cursor, recolour a verdict or break a line in two.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            // Writing to a string cannot fail.
            c if is_invisible(c) => drop(write!(shown, "\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Controls, line separators, characters that change the direction of writing or have no
/// width, and code points that are no characters.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// At most `limit` characters of the text, with a mark where it was cut.
pub(crate) fn clipped(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()),
    }
}

/// A number with its thousands set apart.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 testcase`, `1,980 testcases`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// The text with a capital letter at its begin, as a sentence has it.
pub(crate) fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A list for reading: `a, b and c`.
pub(crate) fn listing(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("Ubuntu 24.04 \"Noble\" – ünïcode 🦀 日本", "Ubuntu 24.04 \"Noble\" – ünïcode 🦀 日本")]
    #[case("a\x1b[31mred\0\x07", "a\\u{1b}[31mred\\u{0}\\u{7}")]
    #[case("one\ntwo\r\n\tthree", "one\\ntwo\\r\\n\\tthree")]
    #[case(
        "\u{85}\u{9b}2J\u{fffe}\u{ffff}\u{2028}\u{202e}\u{feff}",
        "\\u{85}\\u{9b}2J\\u{fffe}\\u{ffff}\\u{2028}\\u{202e}\\u{feff}"
    )]
    fn what_cannot_be_seen_is_spelled_out(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(visible(text), shown);
    }

    #[rstest]
    #[case("abc", 3, "abc")]
    #[case("abcd", 3, "ab…")]
    #[case("ääää", 3, "ää…")]
    #[case("", 0, "")]
    fn long_text_is_cut(#[case] text: &str, #[case] limit: usize, #[case] shown: &str) {
        assert_eq!(clipped(text, limit), shown);
    }

    #[rstest]
    #[case(0, "0")]
    #[case(999, "999")]
    #[case(1980, "1,980")]
    #[case(1_234_567, "1,234,567")]
    fn thousands_are_set_apart(#[case] number: usize, #[case] text: &str) {
        assert_eq!(thousands(number), text);
    }

    #[rstest]
    #[case(&[], "")]
    #[case(&["a"], "a")]
    #[case(&["a", "b", "c"], "a, b and c")]
    fn lists_read_well(#[case] items: &[&str], #[case] text: &str) {
        assert_eq!(listing(items), text);
    }

    proptest! {
        #[test]
        fn nothing_invisible_remains(text in any::<String>()) {
            prop_assert!(!visible(&text).contains(is_invisible));
        }
    }
}
