//! A new account of a result server: a key that signs, a token that lets in, and what the server has to know of both.

use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::{Argon2, password_hash};
use scs_signatures::{SigningError, SigningKey};
use thiserror::Error;

/// The number of random bytes that an account is made of.
pub const RANDOM: usize = 32 + TOKEN + SALT;

/// The number of random bytes of the token, and of the salt of its hash.
const TOKEN: usize = 30;
const SALT: usize = 16;

/// A new account. Nothing but its owner may see the key and the token.
pub struct NewAccount {
    /// The private key, as `ssh-keygen` writes it.
    pub key: String,
    /// The public key, as one line.
    pub public_key: String,
    /// The token.
    pub token: String,
    /// The hash of the token (argon2id).
    pub hash: String,
}

/// An account that cannot be made.
#[derive(Debug, Error)]
pub enum AccountError {
    /// The name cannot be that of an account.
    #[error("\"{0}\" cannot be the name of an account: use letters, digits, _ and -")]
    Name(String),
    /// The key cannot be made.
    #[error(transparent)]
    Key(#[from] SigningError),
    /// The hash cannot be made.
    #[error("the token cannot be hashed: {0}")]
    Hash(password_hash::Error),
}

impl NewAccount {
    /// Makes an account from random bytes.
    ///
    /// # Errors
    /// The name cannot be that of an account, or the library refuses.
    pub fn new(name: &str, random: &[u8; RANDOM]) -> Result<Self, AccountError> {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            return Err(AccountError::Name(name.to_owned()));
        }
        let (seed, rest) = random.split_at(32);
        let (token, salt) = rest.split_at(TOKEN);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(seed);
        let key = SigningKey::from_seed(&bytes);
        let token = token.iter().map(|byte| char::from(LETTERS[usize::from(byte % 64)])).collect::<String>();
        let salt = SaltString::encode_b64(salt).map_err(AccountError::Hash)?;
        let hash = Argon2::default().hash_password(token.as_bytes(), &salt).map_err(AccountError::Hash)?.to_string();
        let public_key = format!("{} {}", key.public_line()?.trim_end(), name.replace('-', "_"));
        Ok(Self { key: key.to_openssh()?, public_key, token, hash })
    }

    /// Returns the entry of the server's `bootstrap.yaml`.
    pub fn bootstrap(&self, name: &str) -> String {
        let mut parts = self.public_key.split(' ');
        let (kind, key) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        format!(
            "accounts:
  - subject: {name}
    api_keys:
      - \"{hash}\"
    keys:
      - public_key: \"{key}\"
        public_key_type: \"{kind}\"
        public_key_name: \"primary\"
",
            hash = self.hash
        )
    }
}

/// The letters of tokens: as many as a byte has sixfold bits, so that each is as likely.
const LETTERS: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{PasswordHash, PasswordVerifier};

    fn random(seed: u8) -> [u8; RANDOM] {
        std::array::from_fn(|at| seed.wrapping_mul(31).wrapping_add(u8::try_from(at).unwrap().wrapping_mul(7)))
    }

    #[test]
    fn server_knows_the_key_and_the_hash_of_the_token() {
        let account = NewAccount::new("provider-a", &random(1)).unwrap();
        let hash = PasswordHash::new(&account.hash).unwrap();
        assert!(account.hash.starts_with("$argon2id$"));
        assert!(Argon2::default().verify_password(account.token.as_bytes(), &hash).is_ok());
        assert_eq!(account.token.len(), 30);
        assert!(account.public_key.starts_with("ssh-ed25519 ") && account.public_key.ends_with(" provider_a"));
        assert!(SigningKey::parse(account.key.as_bytes(), None).is_ok());
        let entry = account.bootstrap("provider-a");
        assert!(entry.contains("subject: provider-a") && entry.contains("public_key_type: \"ssh-ed25519\""));
        assert!(!entry.contains(&account.token), "the server never sees the token");
    }

    #[test]
    fn other_bytes_make_another_account() {
        let [one, other] = [1, 2].map(|seed| NewAccount::new("a", &random(seed)).unwrap());
        assert!(one.token != other.token && one.key != other.key && one.hash != other.hash);
    }

    #[test]
    fn names_are_those_that_servers_take() {
        for name in ["", "a b", "a:b", "ä"] {
            assert!(matches!(NewAccount::new(name, &random(1)), Err(AccountError::Name(_))), "{name}");
        }
    }
}
