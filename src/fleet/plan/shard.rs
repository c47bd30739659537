//! One part of the subjects, for one of several machines.
//!
//! Each subject goes to the shard with the highest hash of both (rendezvous hashing). A further shard takes its own share from
//! all others, and nothing else moves.

use crate::config::Subject;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Part K of N, with K from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shard {
    number: u32,
    of: u32,
}

/// A text that is no shard.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("\"{0}\" is not a shard; write one like 2/8, from 1/8 to 8/8")]
pub struct ShardError(String);

/// The largest number of shards.
const MOST: u32 = 1000;

impl Shard {
    /// Makes part `number` of `of`.
    ///
    /// # Errors
    /// There is no such part.
    pub fn new(number: u32, of: u32) -> Result<Self, ShardError> {
        match (1..=of).contains(&number) && of <= MOST {
            true => Ok(Self { number, of }),
            false => Err(ShardError(format!("{number}/{of}"))),
        }
    }

    /// Returns true if a subject belongs to this part. Subjects that never run at the same time belong to the same one.
    pub fn has(self, subject: &Subject) -> bool {
        let key =
            subject.exclusive.as_deref().map_or_else(|| format!("name {}", subject.name), |key| format!("key {key}"));
        (1..=self.of).max_by_key(|number| weight(&key, *number)) == Some(self.number)
    }
}

fn weight(key: &str, shard: u32) -> [u8; 32] {
    Sha256::new().chain_update(key).chain_update([0]).chain_update(shard.to_be_bytes()).finalize().into()
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let shard = parts.map(|(number, of)| Self::new(number, of));
        shard.and_then(Result::ok).ok_or_else(|| ShardError(text.to_owned()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}
