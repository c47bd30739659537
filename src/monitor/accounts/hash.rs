//! Hashes of passwords, by argon2 and bcrypt.

use argon2::password_hash::PasswordVerifier;
use argon2::{Argon2, PasswordHash};

/// The longest password, in bytes.
const LONGEST: usize = 1024;

/// Returns true if a text has the form of a hash that can be checked.
pub(super) fn is_hash(text: &str) -> bool {
    is_bcrypt(text) || (text.starts_with("$argon2") && PasswordHash::new(text).is_ok())
}

fn is_bcrypt(text: &str) -> bool {
    ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|start| text.starts_with(start)) && text.len() == 60
}

/// Returns true if a password fits a hash.
pub(super) fn verify(password: &str, hash: &str) -> bool {
    if password.len() > LONGEST {
        return false;
    }
    if is_bcrypt(hash) {
        return bcrypt::verify(password, hash).unwrap_or(false);
    }
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_the_form_of_one() {
        assert!(is_hash(&bcrypt::hash("x", 4).unwrap()));
        assert!(!is_hash("secret") && !is_hash("$argon2id$") && !is_hash("$2b$04$short"));
    }
}
