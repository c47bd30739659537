//! The tokens that are out, and what each stands for.

use crate::state::{Domain, Project, User};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) methods: Vec<String>,
    pub(crate) user: User,
    pub(crate) project: Option<Project>,
    /// The domain it is for, if it is for no project.
    pub(crate) domain: Option<Domain>,
    pub(crate) roles: Vec<String>,
    /// Id, name and whether it is restricted.
    pub(crate) credential: Option<(String, String, bool)>,
    pub(crate) audit_ids: Vec<String>,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Token {
    /// Returns the id of the project it is for.
    pub(crate) fn project_id(&self) -> Option<&str> {
        self.project.as_ref().map(|project| project.id.as_str())
    }
}

/// All tokens that were issued.
#[derive(Debug, Default)]
pub(crate) struct Tokens(BTreeMap<String, Token>);

impl Tokens {
    pub(crate) fn keep(&mut self, id: String, token: Token) {
        self.0.insert(id, token);
    }

    /// Returns the token, unless it is unknown or no longer good.
    pub(crate) fn get(&self, id: &str) -> Option<&Token> {
        self.0.get(id).filter(|token| token.expires_at > Utc::now())
    }

    /// Makes a token worthless.
    pub(crate) fn expire(&mut self, id: &str) {
        if let Some(token) = self.0.get_mut(id) {
            token.expires_at = Utc::now() - TimeDelta::seconds(1);
        }
    }

    /// Makes all tokens worthless; tells how many were good.
    pub(crate) fn expire_all(&mut self) -> usize {
        let now = Utc::now();
        let good = self.0.values_mut().filter(|token| token.expires_at > now);
        good.map(|token| token.expires_at = now - TimeDelta::seconds(1)).count()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    pub(crate) fn issued(&self) -> usize {
        self.0.len()
    }
}
