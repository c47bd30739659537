//! The secrets of a run, and the one filter at the boundary where anything leaves the process.
//!
//! A secret is added where it is born: by the configuration, by a login, by a credential plugin. Whoever shows or writes
//! something asks the same registry, so that it makes no difference which service repeats what it was never sent.

mod reading;
mod spelling;
#[cfg(test)]
mod tests;

use secrecy::{ExposeSecret, SecretString};
use spelling::{Finder, SHORTEST};
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use url::Url;

/// The replacement for a secret.
pub const HIDDEN: &str = "[secret]";

/// The secrets of a run. A cheap handle: clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    secrets: Vec<SecretString>,
    /// Made when something is shown for the first time after a secret was added.
    finder: Option<Arc<Finder>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Secrets {
    /// Adds a secret. One of fewer than four letters and digits cannot be distinguished from other words, and is not
    /// looked for.
    pub fn add(&self, secret: &str) {
        let secret = secret.trim();
        if spelling::squeezed(secret.as_bytes()).len() < SHORTEST || self.has(secret) {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.secrets.push(secret.into());
        known.finder = None;
    }

    /// Adds the password in an address and what stands in its query under a telling key.
    pub fn add_address(&self, address: &Url) {
        let decoded = |text: &str| percent_decoded(text);
        address.password().map(decoded).iter().for_each(|password| self.add(password));
        // Some put a token where the user name belongs.
        if address.password().is_none() && !address.username().is_empty() {
            self.add(&decoded(address.username()));
        }
        address.query_pairs().filter(|(key, _)| is_telling(key)).for_each(|(_, value)| self.add(&value));
    }

    /// Adds what is secret in each address of a text.
    pub fn add_addresses_in(&self, text: &str) {
        let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '"'));
        for word in words.filter(|word| word.contains(['@', '?'])) {
            // A proxy may be written without its scheme.
            let address = if word.contains("://") { word.to_owned() } else { format!("http://{word}") };
            Url::parse(&address).iter().for_each(|address| self.add_address(address));
        }
    }

    /// Adds the private keys in a PEM text.
    pub fn add_keys(&self, pem: &str) {
        for block in pem.split("-----BEGIN ").skip(1).filter(|block| block.contains("PRIVATE KEY-----")) {
            let body = block.split("-----").nth(1).unwrap_or_default();
            let lines: String = body.lines().filter(|line| !line.contains(':')).map(str::trim).collect();
            self.add(&lines);
        }
    }

    /// Returns the text with every secret replaced.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let found = self.finder().find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut hidden, mut at) = (String::with_capacity(text.len()), 0);
        for range in found {
            let (start, end) = (text.floor_char_boundary(range.start), text.ceil_char_boundary(range.end));
            hidden.push_str(text.get(at..start).unwrap_or_default());
            hidden.push_str(HIDDEN);
            at = end;
        }
        Cow::Owned(hidden + text.get(at..).unwrap_or_default())
    }

    /// Replaces every secret in a text.
    pub(crate) fn clean(&self, text: &mut String) {
        if let Cow::Owned(hidden) = self.hide(text) {
            *text = hidden;
        }
    }

    /// Returns true for a text that holds a secret.
    pub fn are_in(&self, text: &str) -> bool {
        !self.finder().find(text).is_empty()
    }

    fn has(&self, secret: &str) -> bool {
        self.read().secrets.iter().any(|known| known.expose_secret() == secret)
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn finder(&self) -> Arc<Finder> {
        if let Some(finder) = &self.read().finder {
            return Arc::clone(finder);
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let finder = Arc::new(Finder::new(known.secrets.iter().map(ExposeSecret::expose_secret)));
        known.finder = Some(Arc::clone(&finder));
        finder
    }
}

/// Returns true for a key in the query of an address whose value may be a secret.
pub fn is_telling(key: &str) -> bool {
    const WORDS: &[&str] = &["token", "secret", "password", "passwd", "signature", "sig", "credential", "key"];
    let key = key.to_ascii_lowercase();
    WORDS.iter().any(|word| key.contains(word))
}

/// Returns true for the name of a setting or a variable whose value is a secret.
pub fn names_a_secret(name: &str) -> bool {
    const WORDS: &[&str] = &["password", "passwd", "passcode", "secret", "token", "otp"];
    const OTHERS: &[&str] = &["url", "uri", "endpoint", "file", "path", "type", "name", "id"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word)) && !OTHERS.iter().any(|end| name.ends_with(end))
}

fn percent_decoded(text: &str) -> String {
    // Here these are ordinary signs.
    let plain = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(plain.as_bytes()).next().map_or_else(String::new, |(text, _)| text.into_owned())
}
