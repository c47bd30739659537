//! Text for people: strings from a cloud made harmless, numbers and plurals.

pub use scs_checks::visible::visible;
use std::borrow::Cow;

/// Returns at most `limit` characters of the text, with a mark where it was cut.
pub(crate) fn clipped(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()),
    }
}

/// Formats a number with its thousands set apart.
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

/// Says how many things there are: `1 testcase`, `1,980 testcases`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// Returns the text with a capital letter at its beginning, as a sentence has it.
pub(crate) fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Joins the items for reading: `a, b and c`.
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
    use rstest::rstest;

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
}
