//! Reads the body of a request: so many bytes at most, at a least speed, and all bodies together within one budget.

use super::answer::Answer;
use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

/// The largest body, in bytes.
pub const LARGEST: usize = 64 << 20;

/// The bytes that all bodies may take together, in KiB: one of the largest, and many small ones beside it.
const BUDGET: usize = 96 << 10;

/// The longest wait for a place in the budget, and for the next bytes.
const PATIENCE: Duration = Duration::from_secs(15);

/// The least speed after the first seconds, in bytes a second.
const LEAST_SPEED: usize = 16 << 10;

/// The budget of all bodies.
#[derive(Clone, Debug)]
pub struct Bodies(Arc<Semaphore>);

/// A body, with its place in the budget.
#[derive(Debug)]
pub struct Received {
    /// The bytes.
    pub bytes: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET)))
    }
}

impl Bodies {
    /// Takes a place in the budget for something of that size.
    ///
    /// # Errors
    /// There is none soon.
    pub async fn place(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Answer> {
        let kib = u32::try_from(bytes.min(LARGEST).div_ceil(1024).max(1)).unwrap_or(u32::MAX);
        match timeout(PATIENCE, Arc::clone(&self.0).acquire_many_owned(kib)).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Answer::later("too many large requests at once; try again later", 15)),
        }
    }

    /// Reads a body whose announced length, if any, is this.
    ///
    /// # Errors
    /// It is too large, too slow, or cut short.
    pub async fn read(&self, body: Body, announced: Option<usize>) -> Result<Received, Answer> {
        if announced.is_some_and(|length| length > LARGEST) {
            return Err(too_large());
        }
        let place = self.place(announced.unwrap_or(LARGEST)).await?;
        let mut bytes = Vec::with_capacity(announced.unwrap_or(64 << 10).min(LARGEST));
        let mut stream = body.into_data_stream();
        let start = Instant::now();
        loop {
            let allowed = PATIENCE + Duration::from_secs((bytes.len() / LEAST_SPEED) as u64);
            let until = (start + allowed).min(Instant::now() + PATIENCE);
            match timeout_at(until, stream.next()).await {
                Err(_) => {
                    let detail = "the body comes too slowly; send at least 16 KiB a second";
                    return Err(Answer::new(StatusCode::REQUEST_TIMEOUT, detail));
                }
                Ok(None) => return Ok(Received { bytes, _place: place }),
                Ok(Some(Err(_))) => {
                    let detail = "the body was cut short; send all of it";
                    return Err(Answer::new(StatusCode::BAD_REQUEST, detail));
                }
                Ok(Some(Ok(chunk))) if bytes.len() + chunk.len() > LARGEST => return Err(too_large()),
                Ok(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
            }
        }
    }
}

/// The most that is read of a body whose request is refused, and the longest time for it.
const MOST_DRAINED: usize = LARGEST + (8 << 20);
const DRAINING: Duration = Duration::from_secs(10);

/// The rest of a body, for whoever asks next.
pub struct Rest(Arc<Mutex<BodyDataStream>>);

/// Returns a body that reads from another one, and the rest of that.
pub fn shared(body: Body) -> (Body, Rest) {
    let rest = Arc::new(Mutex::new(body.into_data_stream()));
    let chunks = stream::unfold(Arc::clone(&rest), |rest| async move {
        let chunk = rest.lock().await.next().await?;
        Some((chunk, rest))
    });
    (Body::from_stream(chunks), Rest(rest))
}

impl Rest {
    /// Reads and forgets the rest. A client that still sends would not see the refusal, only that the connection ends.
    pub async fn drain(self) {
        let read = async {
            let (mut stream, mut bytes) = (self.0.lock().await, 0);
            while let Some(Ok(chunk)) = stream.next().await {
                bytes += chunk.len();
                if bytes > MOST_DRAINED {
                    break;
                }
            }
        };
        let _ = timeout(DRAINING, read).await;
    }
}

fn too_large() -> Answer {
    let detail = format!("the body is larger than {} MiB; split the upload", LARGEST >> 20);
    Answer::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}
