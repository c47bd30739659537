//! The list of those who may sign, in the format of `ssh-keygen` (its manual: ALLOWED SIGNERS).

use super::pattern;
use super::signature::{Refusal, Signature};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use ssh_key::authorized_keys::ConfigOpts;
use ssh_key::{Algorithm, HashAlg, PublicKey};
use thiserror::Error;

/// The largest number of lines that are read.
const MOST_LINES: usize = 10_000;

/// People and keys whose signatures count.
#[derive(Clone, Debug, Default)]
pub struct Signers(Vec<Signer>);

/// A name, or patterns of names, with one key.
#[derive(Clone, Debug)]
struct Signer {
    name: String,
    key: PublicKey,
    /// The patterns of the only namespaces that the key may sign for; every one if none are named.
    namespaces: Option<String>,
    valid_after: Option<DateTime<Utc>>,
    valid_before: Option<DateTime<Utc>>,
}

/// A line that is none of a list of allowed signers.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line}: {message}")]
pub struct SignersError {
    /// The number of the line, from 1.
    pub line: usize,
    /// The mistake in it, and the remedy.
    pub message: String,
}

impl Signers {
    /// Parses a list of allowed signers: a line has names or patterns of names with `,` between them, options (`namespaces="…"`, `valid-after="…"`, `valid-before="…"`)
    /// and a public key. Times without `Z` are UTC here too.
    ///
    /// # Errors
    /// The first line that has another form, a certificate authority, or a kind of key that cannot be checked.
    pub fn parse(text: &str) -> Result<Self, SignersError> {
        let mut signers = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            let problem = |message| SignersError { line: number, message };
            if number > MOST_LINES {
                return Err(problem(format!("there are more than {MOST_LINES} lines")));
            }
            if !line.is_empty() && !line.starts_with('#') {
                signers.push(Signer::parse(line).map_err(problem)?);
            }
        }
        Ok(Self(signers))
    }

    /// Returns true if no signature counts.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the name of the signer, as it stands in the list, if the signature is over exactly these bytes, for this
    /// namespace, and by a key that may sign for it at this time.
    ///
    /// # Errors
    /// The first reason why it does not count.
    pub fn verify(
        &self,
        namespace: &str,
        content: &[u8],
        signature: &Signature,
        at: DateTime<Utc>,
    ) -> Result<&str, Refusal> {
        Ok(&self.signer(None, namespace, content, signature, at)?.name)
    }

    /// Checks the same for one who must have signed, as `ssh-keygen -Y verify -I NAME` does: a key may stand in the list under
    /// several names.
    ///
    /// # Errors
    /// The first reason why it does not count.
    pub fn verify_as(
        &self,
        identity: &str,
        namespace: &str,
        content: &[u8],
        signature: &Signature,
        at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.signer(Some(identity), namespace, content, signature, at).map(drop)
    }

    fn signer(
        &self,
        identity: Option<&str>,
        namespace: &str,
        content: &[u8],
        signature: &Signature,
        at: DateTime<Utc>,
    ) -> Result<&Signer, Refusal> {
        let signature = &signature.0;
        if signature.namespace() != namespace {
            let found = signature.namespace().to_owned();
            return Err(Refusal::OtherNamespace { found, expected: namespace.to_owned() });
        }
        let mut theirs: Vec<&Signer> =
            self.0.iter().filter(|signer| signer.key.key_data() == signature.public_key()).collect();
        let Some(first) = theirs.first().copied() else {
            return Err(Refusal::UnknownKey {
                fingerprint: signature.public_key().fingerprint(HashAlg::Sha256).to_string(),
            });
        };
        first.key.verify(namespace, content, signature).map_err(|_| Refusal::OtherContent)?;
        theirs.retain(|signer| identity.is_none_or(|name| pattern::list_matches(&signer.name, name)));
        let name = || theirs.first().map_or(&first.name, |signer| &signer.name).clone();
        if theirs.is_empty() {
            return Err(Refusal::OtherSigner { name: name() });
        }
        let mut may_sign = theirs.iter().filter(|signer| signer.may_sign_for(namespace)).peekable();
        if may_sign.peek().is_none() {
            return Err(Refusal::NotForThis { name: name(), namespace: namespace.to_owned() });
        }
        may_sign.find(|signer| signer.is_valid(at)).copied().ok_or_else(|| Refusal::NotValidNow { name: name() })
    }
}

impl Signer {
    fn parse(line: &str) -> Result<Self, String> {
        let (name, rest) = name_and_rest(line).ok_or("the key is missing; a line is `NAME [OPTIONS] KEY`")?;
        let (options, key) = options_and_key(rest.trim())?;
        if !can_be_checked(&key.algorithm()) {
            return Err(format!("keys of the kind {} are not supported; use ssh-ed25519 or ecdsa", key.algorithm()));
        }
        let mut signer = Self { name: name.to_owned(), key, namespaces: None, valid_after: None, valid_before: None };
        for option in options.iter() {
            signer.add(option)?;
        }
        Ok(signer)
    }

    fn add(&mut self, option: &str) -> Result<(), String> {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.trim_matches('"');
        match key {
            "namespaces" => self.namespaces = Some(value.to_owned()),
            "valid-after" => self.valid_after = Some(time(value)?),
            "valid-before" => self.valid_before = Some(time(value)?),
            "cert-authority" => return Err("certificates are not supported; name the key itself".to_owned()),
            _ => return Err(format!("the option \"{key}\" is unknown")),
        }
        Ok(())
    }

    fn may_sign_for(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|names| pattern::list_matches(names, namespace))
    }

    fn is_valid(&self, at: DateTime<Utc>) -> bool {
        self.valid_after.is_none_or(|after| after <= at) && self.valid_before.is_none_or(|before| at < before)
    }
}

/// Parses the names before options and key, which may stand in quotes.
fn name_and_rest(line: &str) -> Option<(&str, &str)> {
    match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"'),
        None => line.split_once(char::is_whitespace),
    }
}

/// Parses a public key with the options before it. ssh-key's own way takes options for a key if no comment follows.
fn options_and_key(text: &str) -> Result<(ConfigOpts, PublicKey), String> {
    let unread = |error| format!("there is no public key that can be read ({error})");
    let without = match PublicKey::from_openssh(text) {
        Ok(key) => return Ok((ConfigOpts::default(), key)),
        Err(error) => unread(error),
    };
    let mut quoted = false;
    let mut ends_here = |c: char| {
        quoted ^= c == '"';
        !quoted && c.is_whitespace()
    };
    let (options, key) = text.split_at(text.find(&mut ends_here).ok_or(without)?);
    let options = ConfigOpts::new(options).map_err(|error| format!("the options cannot be read ({error})"))?;
    Ok((options, PublicKey::from_openssh(key.trim_start()).map_err(unread)?))
}

/// Returns true for the kinds of keys that this program has the mathematics for. RSA is not among them (RUSTSEC-2023-0071).
fn can_be_checked(algorithm: &Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::Ed25519 | Algorithm::SkEd25519 | Algorithm::Ecdsa { .. } | Algorithm::SkEcdsaSha2NistP256
    )
}

/// Parses `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with or without `Z`.
fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let digits = text.strip_suffix('Z').unwrap_or(text);
    let parsed = match digits.len() {
        8 => NaiveDate::parse_from_str(digits, "%Y%m%d").map(|day| day.and_time(NaiveTime::MIN)),
        12 => NaiveDateTime::parse_from_str(&format!("{digits}00"), "%Y%m%d%H%M%S"),
        _ => NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S"),
    };
    parsed.map(|time| time.and_utc()).map_err(|_| format!("\"{text}\" is not a time like 20261130 or 20261130120000Z"))
}
