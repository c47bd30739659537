//! Text from outside made harmless: what cannot be seen is spelled out.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns the text with every invisible character spelled out (`\n`, `\u{1b}`).
///
/// Names and values come from the subject under test. Written as they are, an image name could
/// move the cursor, recolour a verdict, break a line in two, or look like another name.
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

/// Does the same for text of several lines, but keeps their ends.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| c != '\n' && is_invisible(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(visible).collect::<Vec<_>>().join("\n"))
}

/// Returns true for controls, line separators, characters that change the direction of writing, are blank or have no
/// width, and code points that are not characters.
pub fn is_invisible(c: char) -> bool {
    let code = u32::from(c);
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}')
        // Letters without a shape, and selectors of variants.
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}')
        || matches!(c, '\u{2800}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
        || matches!(c, '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}')
        || matches!(c, '\u{1d173}'..='\u{1d17a}' | '\u{fdd0}'..='\u{fdef}')
        || code & 0xfffe == 0xfffe
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
    #[case("x\u{34f}\u{3164}\u{fe0f}\u{e0041}\u{2066}", "x\\u{34f}\\u{3164}\\u{fe0f}\\u{e0041}\\u{2066}")]
    fn invisible_characters_are_spelled_out(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(visible(text), shown);
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(visible_lines("a\u{202e}b\r\nc"), "a\\u{202e}b\\r\nc");
        assert_eq!(visible_lines("a\nb\n"), "a\nb\n");
    }

    proptest! {
        #[test]
        fn nothing_invisible_remains(text in any::<String>()) {
            prop_assert!(!visible(&text).contains(is_invisible));
        }
    }
}
