//! The memory that answers may take: one budget for all requests of a session.

use super::error::{self, ErrorKind};
use serde::Serialize;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Any number of bodies may be as large at the same time; of larger ones there is only one.
const SMALL: usize = 2 << 20;
/// All that is read of a refusal: its text stands at its beginning.
const REFUSAL: usize = 64 << 10;
/// The bytes that are read before others get their turn.
const TURN: usize = 1 << 20;
/// The most that all kept items of lists may weigh, in bytes.
const KEPT: usize = 128 << 20;

/// The budget.
#[derive(Clone, Debug)]
pub(crate) struct MemoryBudget {
    large: Arc<Semaphore>,
    kept: Arc<AtomicUsize>,
}

impl Default for MemoryBudget {
    fn default() -> Self {
        Self { large: Arc::new(Semaphore::new(1)), kept: Arc::default() }
    }
}

/// The bytes of an answer. The next large one waits until this one is gone.
#[derive(Debug, Default)]
pub(crate) struct ReplyBody {
    bytes: Vec<u8>,
    place: Option<OwnedSemaphorePermit>,
    /// True if this is only the beginning of the answer.
    pub is_cut: bool,
}

impl ReplyBody {
    /// Returns the bytes on their own.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl From<Vec<u8>> for ReplyBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }
}

impl Deref for ReplyBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A body that is being read, decompressed.
pub(crate) struct BodyReader<'a> {
    budget: &'a MemoryBudget,
    most: usize,
    is_refusal: bool,
    pub body: ReplyBody,
}

impl<'a> BodyReader<'a> {
    /// Creates an empty body of an answer with this status, of at most so many bytes.
    pub fn new(budget: &'a MemoryBudget, status: u16, most: usize) -> Self {
        Self { budget, most, is_refusal: !(200..300).contains(&status), body: ReplyBody::default() }
    }

    /// Takes the next bytes; false once there are enough of them.
    ///
    /// # Errors
    /// The body is larger than any plausible answer.
    pub async fn take(&mut self, chunk: &[u8]) -> Result<bool, error::Error> {
        let before = self.body.len();
        let after = before + chunk.len();
        if self.is_refusal && after > REFUSAL {
            self.body.bytes.extend_from_slice(&chunk[..REFUSAL - before]);
            self.body.is_cut = true;
            return Ok(false);
        }
        if after > self.most {
            let what = format!("the answer is larger than {} bytes", self.most);
            return Err(error::Error::new(ErrorKind::TooLarge, what));
        }
        if after > SMALL && self.body.place.is_none() {
            let place = Arc::clone(&self.budget.large).acquire_owned().await;
            self.body.place = Some(place.map_err(|_| error::Error::interrupted())?);
        }
        self.body.bytes.extend_from_slice(chunk);
        if before / TURN != after / TURN {
            tokio::task::yield_now().await;
        }
        Ok(true)
    }
}

/// The lists of a session hold more than the budget allows.
#[derive(Clone, Copy, Debug, Error)]
#[error("the lists of this run hold more than {KEPT} bytes")]
pub(crate) struct BudgetExceeded;

/// A list's share of the budget; given back when it is dropped, unless it stays.
#[derive(Debug)]
pub(crate) struct MemoryShare {
    budget: MemoryBudget,
    weight: usize,
}

impl MemoryShare {
    /// Creates a share that holds nothing so far.
    pub fn new(budget: &MemoryBudget) -> Self {
        Self { budget: budget.clone(), weight: 0 }
    }

    /// Takes what an item weighs.
    ///
    /// # Errors
    /// There is not so much left.
    pub fn take(&mut self, item: &impl Serialize) -> Result<(), BudgetExceeded> {
        let weight = weight(item);
        self.weight += weight;
        match self.budget.kept.fetch_add(weight, Ordering::Relaxed) + weight {
            kept if kept <= KEPT => Ok(()),
            _ => Err(BudgetExceeded),
        }
    }

    /// Keeps it for as long as the session lives.
    pub fn stay(mut self) {
        self.weight = 0;
    }
}

impl Drop for MemoryShare {
    fn drop(&mut self) {
        self.budget.kept.fetch_sub(self.weight, Ordering::Relaxed);
    }
}

/// Estimates how many bytes an item takes: its text, and what each piece of it costs beside, an object most.
fn weight(item: &impl Serialize) -> usize {
    struct Scale(usize);
    impl std::io::Write for Scale {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() + if bytes == b"{" { 600 } else { 16 };
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut scale = Scale(0);
    // What cannot be written as JSON is not kept either.
    let _ = serde_json::to_writer(&mut scale, item);
    scale.0
}

/// Does a long calculation beside the runtime, so that deadlines and signals act meanwhile; a short one (of few bytes) at
/// once.
///
/// # Errors
/// The program ends.
pub async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, error::Error> {
    const SHORT: usize = 64 << 10;
    if bytes < SHORT {
        return Ok(work());
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
        Err(_) => Err(error::Error::interrupted()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[tokio::test]
    async fn only_one_body_is_large_at_a_time() {
        let budget = MemoryBudget::default();
        let large = vec![b' '; SMALL + 1];
        let mut first = BodyReader::new(&budget, 200, usize::MAX);
        assert!(first.take(&large).await.unwrap());
        let mut second = BodyReader::new(&budget, 200, usize::MAX);
        assert!(second.take(&large[1..]).await.unwrap());
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), second.take(b" "));
        assert!(waiting.await.is_err());
        drop(first);
        assert!(second.take(b" ").await.unwrap());
    }

    #[tokio::test]
    async fn only_the_beginning_of_a_refusal_is_read() {
        let budget = MemoryBudget::default();
        let mut reader = BodyReader::new(&budget, 404, usize::MAX);
        assert!(reader.take(b"x").await.unwrap());
        assert!(!reader.take(&vec![b'x'; 2 * REFUSAL]).await.unwrap());
        assert_eq!(reader.body.len(), REFUSAL);
    }

    #[test]
    fn a_share_is_given_back_unless_it_stays() {
        let budget = MemoryBudget::default();
        let mut share = MemoryShare::new(&budget);
        share.take(&"x".repeat(KEPT - 100)).unwrap();
        assert!(MemoryShare::new(&budget).take(&"x".repeat(100)).is_err());
        drop(share);
        assert!(MemoryShare::new(&budget).take(&"x".repeat(100)).is_ok());
        let mut share = MemoryShare::new(&budget);
        share.take(&"x".repeat(KEPT - 100)).unwrap();
        share.stay();
        assert!(MemoryShare::new(&budget).take(&"x".repeat(100)).is_err());
    }

    #[test]
    fn small_pieces_weigh_more_than_their_text() {
        let pieces: BTreeMap<String, String> = (0..10).map(|n| (n.to_string(), String::new())).collect();
        assert!(weight(&pieces) > 1500, "{}", weight(&pieces));
    }
}
