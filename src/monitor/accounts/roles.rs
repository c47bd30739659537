//! The roles of accounts, with the bits under which today's server stores them.

use serde::{Deserialize, Serialize};
use strum::{Display, VariantArray};

/// A role.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, PartialEq, Serialize, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// May read everything.
    ReadAny,
    /// May upload for those who name it as their delegate.
    AppendAny,
    /// May read the audit log.
    Admin,
    /// May set the approval of results.
    Approve,
}

impl Role {
    fn bit(self) -> i64 {
        match self {
            Self::ReadAny => 1,
            Self::AppendAny => 2,
            Self::Admin => 4,
            Self::Approve => 8,
        }
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Roles(i64);

impl Roles {
    /// Returns true if a role is among them.
    pub fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Returns the stored form.
    pub fn bits(self) -> i64 {
        self.0
    }

    /// Returns the roles of a stored form. Unknown bits mean nothing.
    pub fn from_bits(bits: i64) -> Vec<Role> {
        Role::VARIANTS.iter().copied().filter(|role| bits & role.bit() != 0).collect()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_today_s_server() {
        let all: Roles = Role::VARIANTS.iter().copied().collect();
        assert_eq!((all.bits(), Roles::from_bits(10)), (15, vec![Role::AppendAny, Role::Approve]));
        assert!(!Roles::default().has(Role::ReadAny));
    }
}
