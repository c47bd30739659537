//! Checks passwords: beside the runtime, only so many at a time, and not again for a while once one was right.

use super::account::Account;
use super::hash::verify;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, TryAcquireError};
use tokio::task::spawn_blocking;

/// The most requests that may wait for their turn.
const MOST_WAITING: usize = 128;

/// The most of them that come from one network.
const MOST_WAITING_OF_ONE: usize = 64;

/// The most logins that are remembered.
const MOST_KNOWN: usize = 10_000;

/// The hash that is checked for accounts that do not exist, so that they take as long. Its password was thrown away.
const DUMMY: &str = "$argon2id$v=19$m=65536,t=3,p=4$bW9uaXRvci1kdW1teS0x$3m3g4gQ3Nw0kqk5qB8kB2Hn4J4l6m0JcQmN1m2qk1Yg";

/// Too many logins wait already.
#[derive(Debug, Eq, PartialEq)]
pub struct Busy;

/// Checks passwords, and remembers those that were right for a short time.
#[derive(Debug)]
pub struct Passwords {
    turns: Semaphore,
    waiting: Semaphore,
    /// The queues of networks that wait. Only the first of each waits for a turn, so that no network keeps others waiting.
    queues: Mutex<HashMap<String, Arc<Semaphore>>>,
    known: Mutex<HashMap<[u8; 32], Instant>>,
    key: [u8; 32],
    life: Duration,
}

impl Passwords {
    /// Creates a pool that checks this many passwords at a time, and remembers right ones that long.
    pub fn new(at_a_time: usize, life: Duration) -> Self {
        let (turns, waiting) = (Semaphore::new(at_a_time.max(1)), Semaphore::new(MOST_WAITING));
        Self { turns, waiting, queues: Mutex::default(), known: Mutex::default(), key: rand::random(), life }
    }

    /// Returns true if this login was right a short time ago.
    pub fn is_known(&self, account: &Account, password: &str) -> bool {
        let mark = self.mark(account, password);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&mark).is_some_and(|since| since.elapsed() < self.life)
    }

    /// Checks a password against every hash of an account, or against a hash of nobody, for a client of some network.
    ///
    /// # Errors
    /// Too many logins wait already, or too many of that network.
    pub async fn check(&self, account: Option<&Account>, password: &str, network: &str) -> Result<bool, Busy> {
        let queue = self.queue(network).ok_or(Busy)?;
        let _place = match self.waiting.try_acquire() {
            Ok(place) => place,
            Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => return Err(Busy),
        };
        let _first = queue.acquire().await.map_err(|_| Busy)?;
        let _turn = self.turns.acquire().await.map_err(|_| Busy)?;
        if account.is_some_and(|account| self.is_known(account, password)) {
            return Ok(true);
        }
        let hashes = account.map(|account| account.hashes.clone()).filter(|hashes| !hashes.is_empty());
        let exists = hashes.is_some();
        let hashes = hashes.unwrap_or_else(|| vec![DUMMY.to_owned()]);
        let text = password.to_owned();
        // All are tried: the time says nothing about which one fits.
        let fits = move || hashes.iter().filter(|hash| verify(&text, hash)).count() > 0;
        let is_right = spawn_blocking(fits).await.unwrap_or(false) && exists;
        if let Some(account) = account.filter(|_| is_right) {
            self.remember(self.mark(account, password));
        }
        Ok(is_right)
    }

    /// Returns the queue of a network; none if too many wait in it.
    fn queue(&self, network: &str) -> Option<Arc<Semaphore>> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        let queue = Arc::clone(queues.entry(network.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(1))));
        // The map has one of them, and this call has one.
        (Arc::strong_count(&queue) <= MOST_WAITING_OF_ONE + 1).then_some(queue)
    }

    /// Returns the keyed digest under which a login is remembered. It depends on the hashes: a changed password is not known.
    fn mark(&self, account: &Account, password: &str) -> [u8; 32] {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return rand::random() };
        for part in [account.subject.as_str(), password].into_iter().chain(account.hashes.iter().map(String::as_str)) {
            mac.update(&part.len().to_le_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    fn remember(&self, mark: [u8; 32]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.retain(|_, since| since.elapsed() < self.life);
        }
        if known.len() < MOST_KNOWN {
            known.insert(mark, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::is_hash;
    use super::*;
    use argon2::password_hash::{PasswordHasher, SaltString};
    use argon2::{Algorithm, Argon2, Params, Version};

    /// Returns a hash that takes little time.
    fn quick_hash(password: &str) -> String {
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let salt = SaltString::encode_b64(b"0123456789abcdef").unwrap();
        argon.hash_password(password.as_bytes(), &salt).unwrap().to_string()
    }

    fn account(hashes: Vec<String>) -> Account {
        Account { subject: "a".to_owned(), hashes, ..Account::default() }
    }

    #[tokio::test]
    async fn each_hash_of_an_account_lets_in() {
        let account = account(vec![quick_hash("one"), bcrypt::hash("two", 4).unwrap()]);
        let passwords = Passwords::new(1, Duration::from_secs(60));
        for (password, expected) in [("one", true), ("two", true), ("three", false), ("", false)] {
            assert_eq!(passwords.check(Some(&account), password, "net").await, Ok(expected), "{password}");
            assert_eq!(passwords.is_known(&account, password), expected, "{password}");
        }
        assert_eq!(passwords.check(None, "one", "net").await, Ok(false));
    }

    #[tokio::test]
    async fn a_changed_hash_ends_what_is_known() {
        let passwords = Passwords::new(1, Duration::from_secs(60));
        let old = account(vec![quick_hash("one")]);
        assert_eq!(passwords.check(Some(&old), "one", "net").await, Ok(true));
        assert!(!passwords.is_known(&account(vec![quick_hash("two")]), "one"));
        let short = Passwords::new(1, Duration::ZERO);
        assert_eq!(short.check(Some(&old), "one", "net").await, Ok(true));
        assert!(!short.is_known(&old, "one"));
    }

    #[tokio::test]
    async fn one_network_does_not_take_all_places() {
        let passwords = Passwords::new(1, Duration::from_secs(60));
        let (owner, other) = (account(vec![quick_hash("one")]), account(vec![quick_hash("two")]));
        let done = Mutex::new(Vec::new());
        let flood = (0..100).map(|_| async {
            let answer = passwords.check(Some(&other), "wrong", "flood").await;
            done.lock().unwrap().push("flood");
            answer
        });
        let right = async {
            let answer = passwords.check(Some(&owner), "one", "home").await;
            done.lock().unwrap().push("home");
            answer
        };
        let (flood, right) = tokio::join!(futures_util::future::join_all(flood), right);
        assert_eq!(right, Ok(true));
        assert_eq!(flood.iter().filter(|answer| answer.is_ok()).count(), MOST_WAITING_OF_ONE);
        // Those that found no place are done at once.
        let place = done.into_inner().unwrap().iter().position(|done| *done == "home").unwrap();
        assert!(place <= 100 - MOST_WAITING_OF_ONE + 2, "it waited for {place} others");
    }

    #[test]
    fn the_hash_of_nobody_is_a_hash() {
        assert!(is_hash(DUMMY));
    }
}
