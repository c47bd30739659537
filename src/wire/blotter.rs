//! Keeps a secret out of texts into which a service may have put it.

use std::fmt::Write;

use secrecy::{ExposeSecret, SecretString};

/// What stands in its place.
const BLOT: &str = "[secret]";
/// Blotting out a shorter one would take half of every message, and give it away.
const SHORTEST: usize = 4;

/// Blots out a secret in every spelling in which services repeat what they were sent. Has no `Debug`.
#[derive(Default)]
pub(crate) struct Blotter(Vec<String>);

impl Blotter {
    pub fn of(secret: Option<&SecretString>) -> Self {
        let secret = secret.map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= SHORTEST);
        Self(secret.map(spellings).unwrap_or_default())
    }

    pub fn clean(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, spelling| text.replace(spelling, BLOT))
    }
}

/// As it is, and as it stands in JSON, in messages about JSON, in web pages and in URLs.
fn spellings(secret: &str) -> Vec<String> {
    let unquoted = |text: String| text.trim_matches('"').to_owned();
    let json = unquoted(serde_json::Value::from(secret).to_string());
    let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut all = vec![
        secret.to_owned(),
        ascii(&json),
        json,
        unquoted(format!("{secret:?}")),
        html(secret, ["&quot;", "&#x27;"]),
        html(secret, ["&#34;", "&#39;"]),
        percent.replace('+', "%20"),
        percent,
    ];
    // One may be part of another.
    all.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    all.dedup();
    all
}

/// JSON as Python writes it.
fn ascii(json: &str) -> String {
    let mut text = String::new();
    for unit in json.encode_utf16() {
        match char::from_u32(unit.into()).filter(char::is_ascii) {
            Some(character) => text.push(character),
            // Writing to a string cannot fail.
            None => drop(write!(text, "\\u{unit:04x}")),
        }
    }
    text
}

fn html(text: &str, [double, single]: [&str; 2]) -> String {
    let escapes = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", double), ("'", single)];
    escapes.iter().fold(text.to_owned(), |text, (character, escape)| text.replace(character, escape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_blotted_out() {
        let secret = SecretString::from("a\"b\\c<ä 𝄞'&");
        let blotter = Blotter::of(Some(&secret));
        for text in [
            "a\"b\\c<ä 𝄞'&",
            r#"a\"b\\c<ä 𝄞'&"#,
            r#"a\"b\\c<\u00e4 \ud834\udd1e'&"#,
            "a&quot;b\\c&lt;ä 𝄞&#x27;&amp;",
            "a&#34;b\\c&lt;ä 𝄞&#39;&amp;",
            "a%22b%5Cc%3C%C3%A4+%F0%9D%84%9E%27%26",
            "a%22b%5Cc%3C%C3%A4%20%F0%9D%84%9E%27%26",
        ] {
            assert_eq!(blotter.clean(&format!("<{text}>")), "<[secret]>", "{text}");
        }
        assert_eq!(blotter.clean("something else"), "something else");
    }

    #[test]
    fn without_a_secret_nothing_is_changed() {
        for secret in ["", "e", "abc"] {
            assert_eq!(Blotter::of(Some(&SecretString::from(secret))).clean("some text"), "some text");
        }
        assert_eq!(Blotter::of(None).clean("some text"), "some text");
    }
}
