//! An account, ready for use, and all of them by name.

use super::bootstrap::AccountEntry;
use super::roles::{Role, Roles};
use scs_signatures::Signers;
use std::collections::{BTreeMap, BTreeSet};

/// The identity under which today's server lists all keys of an account.
const IDENTITY: &str = "mail@csp.eu";

/// An account, ready for use.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The name, which is also that of its subject.
    pub subject: String,
    /// Its roles.
    pub roles: Roles,
    /// The group that its subject belongs to.
    pub group: Option<String>,
    /// The hashes of its passwords.
    pub hashes: Vec<String>,
    /// The accounts that may upload for it.
    pub delegates: BTreeSet<String>,
    /// The keys whose signatures count.
    pub signers: Signers,
}

impl Account {
    /// Returns true if it may see everything of a subject.
    pub fn may_read(&self, subject: &str) -> bool {
        self.subject == subject || self.roles.has(Role::ReadAny)
    }
}

/// All accounts by name.
#[derive(Clone, Debug, Default)]
pub struct Accounts(BTreeMap<String, Account>);

impl Accounts {
    /// Makes accounts of their entries. The second part are warnings: keys that cannot be checked, and so do not count.
    pub fn new(entries: &[AccountEntry]) -> (Self, Vec<String>) {
        let mut warnings = Vec::new();
        let accounts = entries.iter().map(|entry| {
            let account = Account {
                subject: entry.subject.clone(),
                roles: entry.roles.iter().copied().collect(),
                group: entry.group.clone(),
                hashes: entry.api_keys.clone(),
                delegates: entry.delegates.iter().cloned().collect(),
                signers: signers(entry, &mut warnings),
            };
            (entry.subject.clone(), account)
        });
        (Self(accounts.collect()), warnings)
    }

    /// Finds an account.
    pub fn get(&self, subject: &str) -> Option<&Account> {
        self.0.get(subject)
    }

    /// Returns all accounts, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.0.values()
    }

    /// Returns the subjects of a group, sorted.
    pub fn members(&self, group: &str) -> Vec<&str> {
        let is_member = |account: &&Account| account.group.as_deref() == Some(group);
        self.0.values().filter(is_member).map(|account| account.subject.as_str()).collect()
    }

    /// Returns the reason why an account may not upload for a subject; none if it may.
    pub fn upload_refusal(&self, uploader: &Account, subject: &str) -> Option<String> {
        if uploader.subject == subject {
            return None;
        }
        let is_delegate = self.get(subject).is_some_and(|account| account.delegates.contains(&uploader.subject));
        if !uploader.roles.has(Role::AppendAny) {
            Some(format!("account {} may only upload for itself: it lacks the role append_any", uploader.subject))
        } else if !is_delegate {
            Some(format!("account {} is not among the delegates of {subject}", uploader.subject))
        } else {
            None
        }
    }
}

fn signers(entry: &AccountEntry, warnings: &mut Vec<String>) -> Signers {
    let mut lines = String::new();
    for key in &entry.keys {
        let line = format!("{IDENTITY} {} {}\n", key.public_key_type, key.public_key);
        match Signers::parse(&line) {
            Ok(_) => lines.push_str(&line),
            Err(error) => warnings.push(format!(
                "account {}: the key \"{}\" does not count: {}",
                entry.subject, key.public_key_name, error.message
            )),
        }
    }
    Signers::parse(&lines).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::bootstrap::KeyEntry;
    use super::*;
    use rstest::rstest;

    fn accounts() -> Accounts {
        let entry = |subject: &str, roles: &[Role], delegates: &[&str]| AccountEntry {
            subject: subject.to_owned(),
            roles: roles.to_vec(),
            delegates: delegates.iter().map(|name| (*name).to_owned()).collect(),
            group: Some("g".to_owned()),
            ..AccountEntry::default()
        };
        Accounts::new(&[entry("ci", &[Role::AppendAny], &[]), entry("a", &[], &["ci", "b"]), entry("b", &[], &[])]).0
    }

    #[rstest]
    #[case("a", "a", "")]
    #[case("ci", "a", "")]
    #[case("ci", "b", "not among the delegates")]
    #[case("ci", "nobody", "not among the delegates")]
    #[case("b", "a", "append_any")]
    fn role_and_delegation_are_both_needed(#[case] uploader: &str, #[case] subject: &str, #[case] expected: &str) {
        let accounts = accounts();
        let refusal = accounts.upload_refusal(accounts.get(uploader).unwrap(), subject);
        assert_eq!(refusal.is_none(), expected.is_empty());
        assert!(refusal.unwrap_or_default().contains(expected));
    }

    #[test]
    fn groups_have_members() {
        assert_eq!(accounts().members("g"), ["a", "b", "ci"]);
        assert!(accounts().get("a").unwrap().may_read("a") && !accounts().get("a").unwrap().may_read("b"));
    }

    #[test]
    fn a_key_that_cannot_be_checked_is_named() {
        let key = KeyEntry {
            public_key: "AAAA".to_owned(),
            public_key_type: "ssh-rsa".to_owned(),
            public_key_name: "old".to_owned(),
        };
        let (_, warnings) =
            Accounts::new(&[AccountEntry { subject: "a".to_owned(), keys: vec![key], ..AccountEntry::default() }]);
        assert!(warnings[0].contains("account a: the key \"old\" does not count"), "{warnings:?}");
    }
}
