//! The turns of those who parse: so many small texts at a time, one large one, and uploads and pages apart, so that a flood of uploads
//! keeps no page waiting.

use super::answer::Answer;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The size from which on a text is large, in bytes.
const LARGE: usize = 1 << 20;

/// The texts that are read for pages and downloads at a time.
const READ_AT_A_TIME: usize = 2;

/// The longest wait for a turn to read.
const PATIENCE: Duration = Duration::from_secs(15);

/// The turns of those who parse.
#[derive(Debug)]
pub struct Turns {
    uploads: Arc<Semaphore>,
    reading: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

/// A turn, which ends with it.
#[derive(Debug)]
pub struct Turn {
    _of_kind: OwnedSemaphorePermit,
    _large: Option<OwnedSemaphorePermit>,
}

impl Default for Turns {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits));
        Self {
            uploads: semaphore(cores.saturating_sub(1).max(1)),
            reading: semaphore(READ_AT_A_TIME),
            large: semaphore(1),
        }
    }
}

impl Turns {
    /// Waits for the turn to check an upload of so many bytes.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn upload(&self, bytes: usize) -> Result<Turn, Answer> {
        let stopping = || Answer::later("the server is stopping; try again later", 5);
        self.take(&self.uploads, bytes).await.ok_or_else(stopping)
    }

    /// Waits for the turn to read a stored document of so many bytes.
    ///
    /// # Errors
    /// There is none soon.
    pub async fn reading(&self, bytes: usize) -> Result<Turn, Answer> {
        let turn = timeout(PATIENCE, self.take(&self.reading, bytes)).await.ok().flatten();
        turn.ok_or_else(|| Answer::later("too many reports are read at once; try again later", 15))
    }

    async fn take(&self, kind: &Arc<Semaphore>, bytes: usize) -> Option<Turn> {
        // The large one first: whoever waits for it keeps no small one waiting.
        let large = match bytes > LARGE {
            true => Some(Arc::clone(&self.large).acquire_owned().await.ok()?),
            false => None,
        };
        Some(Turn { _of_kind: Arc::clone(kind).acquire_owned().await.ok()?, _large: large })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_large_text_is_parsed_at_a_time_and_small_ones_beside_it() {
        let turns = Turns::default();
        let large = turns.reading(LARGE + 1).await.unwrap();
        assert_eq!(turns.reading(LARGE + 1).await.unwrap_err().status.as_u16(), 429);
        let small = turns.reading(LARGE).await.unwrap();
        assert_eq!(turns.reading(1).await.unwrap_err().status.as_u16(), 429);
        let upload = turns.upload(1).await.unwrap();
        drop((large, small, upload));
        turns.upload(LARGE + 1).await.unwrap();
    }
}
