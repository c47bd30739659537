//! Keeps secrets out of what programs of others say.

use crate::secrets::Secrets;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Matches secrets by their surroundings or form: after words such as `token`, as passwords in addresses, and as JWTs.
static TELLING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let named =
        r#"(?<named>(?i:\b(?:bearer|basic)\s+|(?:token|password|secret|key-data)["']?\s*[:=]\s*["']?))[^\s"',]+"#;
    let address = r"(?<address>://[^/\s:@]*:)[^/\s@]+@";
    let token = r"eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*";
    Regex::new(&format!("{named}|{address}|{token}")).ok()
});

/// Knows the secrets of one subject, and how secrets of others look.
#[derive(Default)]
pub struct LogRedactor(Secrets);

impl LogRedactor {
    /// Hides these, besides what looks like a secret.
    pub fn with_secrets(secrets: Secrets) -> Self {
        Self(secrets)
    }

    /// Returns the text without them.
    pub fn clean(&self, text: &str) -> String {
        let text = self.0.hide(text);
        match TELLING.as_ref() {
            Some(telling) => telling.replace_all(&text, hidden).into_owned(),
            // Tested below; whatever happens, nothing is shown that was not looked at.
            None => "[not shown]".to_owned(),
        }
    }
}

fn hidden(found: &Captures<'_>) -> String {
    match (found.name("named"), found.name("address")) {
        (Some(named), _) => format!("{}[secret]", named.as_str()),
        (None, Some(address)) => format!("{}[secret]@", address.as_str()),
        (None, None) => "[secret]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Authorization: Bearer abc.def", "Authorization: Bearer [secret]")]
    #[case("token: abc, other", "token: [secret], other")]
    #[case(r#"{"token":"abc","a":1}"#, r#"{"token":"[secret]","a":1}"#)]
    #[case("password=hunter2 x", "password=[secret] x")]
    #[case("via http://user:pass@proxy:3128", "via http://user:[secret]@proxy:3128")]
    #[case("got eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl back", "got [secret] back")]
    #[case("sesame opens it", "[secret] opens it")]
    #[case("https://cluster:6443/api is fine: 3 tokens", "https://cluster:6443/api is fine: 3 tokens")]
    fn secrets_are_hidden(#[case] text: &str, #[case] clean: &str) {
        let secrets = Secrets::default();
        secrets.add("sesame");
        assert_eq!(LogRedactor::with_secrets(secrets).clean(text), clean);
    }
}
