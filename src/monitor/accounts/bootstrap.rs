//! The file `bootstrap.yaml`: all accounts. An account that it does not list is deleted; its reports stay.

use super::roles::Role;
use scs_checks::definition::{Problem, Source, nearest};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::Path;
use thiserror::Error;

/// The largest file, in bytes.
const LARGEST: u64 = 4 << 20;

/// The accounts of a result server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// The accounts.
    pub accounts: Vec<AccountEntry>,
}

/// An account.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    /// Its name, which is also that of its subject.
    pub subject: String,
    /// Hashes of its passwords (argon2 or bcrypt).
    #[serde(default)]
    pub api_keys: Vec<String>,
    /// The public keys whose signatures count.
    #[serde(default)]
    pub keys: Vec<KeyEntry>,
    /// Its roles.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// The accounts that may upload for it.
    #[serde(default)]
    pub delegates: Vec<String>,
    /// The group that its subject belongs to.
    #[serde(default)]
    pub group: Option<String>,
}

/// A public key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// The key in base64.
    pub public_key: String,
    /// Its kind, such as ssh-ed25519.
    pub public_key_type: String,
    /// A name, unique within the account.
    pub public_key_name: String,
}

/// A file that cannot be used.
#[derive(Debug, Error)]
pub enum BootstrapError {
    /// It cannot be read.
    #[error("{0}; {help}", help = .0.help())]
    Unreadable(#[from] scs_files::ReadError),
    /// It is wrong, at a place.
    #[error("{0}")]
    Problem(Box<Problem>),
}

impl From<Problem> for BootstrapError {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl Bootstrap {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or is wrong.
    pub fn read(path: &Path) -> Result<Self, BootstrapError> {
        let bytes = scs_files::read(path, LARGEST)?;
        Ok(Self::parse(&path.display().to_string(), &bytes)?)
    }

    /// Parses the content of a file in two passes: delegates may stand anywhere in it.
    ///
    /// # Errors
    /// A key or value is wrong, an account or a key stands there twice, or a delegate is unknown.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, Problem> {
        let problem = |message: String, help: &str| Problem::of_file(path, message).help(help);
        let has_content = |line: &[u8]| !line.starts_with(b"#") && !matches!(line, b"" | b"---");
        if !bytes.split(|byte| *byte == b'\n').any(|line| has_content(line.trim_ascii())) {
            return Err(problem(
                "the file is empty".to_owned(),
                "write accounts into it, or \"accounts: []\" for none",
            ));
        }
        let source = Source::new(path, bytes)?;
        let bootstrap: Self = source.parse()?;
        let mut names = HashSet::new();
        for entry in &bootstrap.accounts {
            let name = &entry.subject;
            if !names.insert(name.as_str()) {
                return Err(problem(format!("the account \"{name}\" is listed twice"), "merge the two entries"));
            }
            entry.check().map_err(|(message, help)| problem(format!("account \"{name}\": {message}"), help))?;
        }
        for entry in &bootstrap.accounts {
            if let Some(unknown) = entry.delegates.iter().find(|delegate| !names.contains(delegate.as_str())) {
                let message = format!("account \"{}\": the delegate \"{unknown}\" is no account", entry.subject);
                let help = match nearest(unknown, names.iter().copied()) {
                    Some(name) => format!("did you mean \"{name}\"?"),
                    None => "add an account of that name, or remove the delegate".to_owned(),
                };
                return Err(problem(message, &help));
            }
        }
        Ok(bootstrap)
    }
}

impl AccountEntry {
    fn check(&self) -> Result<(), (String, &'static str)> {
        let is_name = |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_control() || c.is_whitespace());
        if !is_name(&self.subject) || self.subject.contains(':') {
            return Err(("it is no name without spaces and colons".to_owned(), "use letters, digits, _, . and -"));
        }
        if self.subject.starts_with("group-") {
            let message = "it begins with group-, as the pages of groups do".to_owned();
            return Err((message, "choose a name that begins otherwise"));
        }
        if self.group.as_deref().is_some_and(|group| !is_name(group)) {
            return Err(("the group is no name without spaces".to_owned(), "use letters, digits, _, . and -"));
        }
        if self.api_keys.iter().any(|hash| !super::hash::is_hash(hash)) {
            let help = "store a hash ($argon2… or $2b$…), never the password";
            return Err(("an API key is no hash of argon2 or bcrypt".to_owned(), help));
        }
        let mut names = HashSet::new();
        match self.keys.iter().find(|key| !names.insert(&key.public_key_name)) {
            None => Ok(()),
            Some(key) => {
                Err((format!("two keys have the name \"{}\"", key.public_key_name), "give each key a name of its own"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn parse(text: &str) -> Result<Bootstrap, String> {
        Bootstrap::parse("bootstrap.yaml", text.as_bytes()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn delegates_may_follow() {
        let text = "accounts:
  - subject: cloud-a
    group: g
    delegates: [zuul_ci]
  - subject: zuul_ci
    roles: [append_any, read_any]
    api_keys: ['$2b$04$abcdefghijklmnopqrstuuMz5rJ7lM0GZ7mN1tJz0n8pXoQ0y1G9a']
    keys: [{public_key: AAAA, public_key_type: ssh-ed25519, public_key_name: primary}]
";
        let found = parse(text).unwrap();
        assert_eq!((found.accounts.len(), found.accounts[1].roles.len()), (2, 2));
    }

    #[rstest]
    #[case("accounts: [{subject: a, delegates: [zuul_c]}, {subject: zuul_ci}]", "did you mean \"zuul_ci\"?")]
    #[case("accounts: [{subject: a, delegates: [somebody_else]}]", "is no account")]
    #[case("accounts: [{subject: a}, {subject: a}]", "listed twice")]
    #[case("accounts: [{subject: 'a b'}]", "no name")]
    #[case("accounts: [{subject: a, api_keys: [secret]}]", "no hash")]
    #[case("accounts: [{subject: a, roles: [root]}]", "unknown word \"root\"")]
    #[case("accounts: [{subject: a, rolls: []}]", "unknown key \"rolls\"")]
    #[case("accounts: [{subject: a, group: }]", "no value")]
    #[case("[]", "")]
    #[case("accounts: [{subject: group-twins}]", "begins with group-")]
    #[case("", "write accounts into it")]
    #[case("\n# nothing yet\n---\n", "write accounts into it")]
    fn what_is_wrong_is_named(#[case] text: &str, #[case] expected: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}
