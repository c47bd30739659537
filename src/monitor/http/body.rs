//! Reads the body of a request: so many bytes at most, at a least speed, and all bodies together within one budget, of which no
//! account has all.

use super::answer::Answer;
use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use futures_util::{StreamExt, stream};
use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

/// The largest body, in bytes.
pub const LARGEST: usize = 64 << 20;

/// The bytes that all bodies may take together, and those of one account, in KiB: one of the largest, and many small ones beside it.
const BUDGET: usize = 96 << 10;
const SHARE: usize = LARGEST >> 10;

/// The bytes that are taken from the budget at a time, in KiB.
const STEP: usize = 256;

/// The longest wait for a place in the budget, and for the next bytes.
const PATIENCE: Duration = Duration::from_secs(15);

/// The least speed after the first seconds, in bytes a second; and that from a size on which not many have room beside each other.
const LEAST_SPEED: usize = 16 << 10;
const LARGE: usize = 8 << 20;
const LEAST_SPEED_OF_LARGE: usize = 256 << 10;

/// A budget of bytes.
#[derive(Clone, Debug)]
pub struct Bodies {
    all: Arc<Semaphore>,
    of_accounts: Arc<Lock<HashMap<String, Arc<Semaphore>>>>,
}

/// A place in the budget, which is given back at its end.
#[derive(Debug, Default)]
pub struct Place {
    of_all: Option<OwnedSemaphorePermit>,
    of_account: Option<OwnedSemaphorePermit>,
    kib: usize,
}

/// A body, with its place in the budget.
#[derive(Debug)]
pub struct Received {
    /// The bytes.
    pub bytes: Vec<u8>,
    _place: Place,
}

impl Default for Bodies {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(BUDGET)), of_accounts: Arc::default() }
    }
}

impl Bodies {
    /// Returns the share of an account.
    fn share(&self, account: &str) -> Arc<Semaphore> {
        let mut shares = self.of_accounts.lock().unwrap_or_else(PoisonError::into_inner);
        shares.retain(|name, share| name == account || Arc::strong_count(share) > 1);
        Arc::clone(shares.entry(account.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(SHARE))))
    }

    /// Raises a place of an account to so many bytes.
    ///
    /// # Errors
    /// There is no room soon.
    pub async fn raise(&self, place: &mut Place, account: &str, bytes: usize) -> Result<(), Answer> {
        let wanted = bytes.min(LARGEST).div_ceil(1024).next_multiple_of(STEP).min(SHARE);
        if wanted <= place.kib {
            return Ok(());
        }
        let more = u32::try_from(wanted - place.kib).unwrap_or(u32::MAX);
        let both = async {
            let of_account = self.share(account).acquire_many_owned(more).await.ok()?;
            Some((of_account, Arc::clone(&self.all).acquire_many_owned(more).await.ok()?))
        };
        let Ok(Some((of_account, of_all))) = timeout(PATIENCE, both).await else {
            return Err(Answer::later("too many large requests at once; try again later", 15));
        };
        add(&mut place.of_account, of_account);
        add(&mut place.of_all, of_all);
        place.kib = wanted;
        Ok(())
    }

    /// Reads a body of an account, whose announced length, if any, is this. Only what has come takes room.
    ///
    /// # Errors
    /// It is too large, too slow, or cut short.
    pub async fn read(&self, account: &str, body: Body, announced: Option<usize>) -> Result<Received, Answer> {
        if announced.is_some_and(|length| length > LARGEST) {
            return Err(too_large());
        }
        let mut place = Place::default();
        // Memory that nothing was written to takes no room.
        let mut bytes = Vec::with_capacity(announced.unwrap_or(64 << 10).min(LARGEST));
        let mut stream = body.into_data_stream();
        let mut start = Instant::now();
        loop {
            let until = (start + allowed(bytes.len())).min(Instant::now() + PATIENCE);
            match timeout_at(until, stream.next()).await {
                Err(_) => {
                    let detail = "the body comes too slowly; send at least 16 KiB a second, and 256 KiB beyond 8 MiB";
                    return Err(Answer::new(StatusCode::REQUEST_TIMEOUT, detail));
                }
                Ok(None) => return Ok(Received { bytes, _place: place }),
                Ok(Some(Err(_))) => {
                    let detail = "the body was cut short; send all of it";
                    return Err(Answer::new(StatusCode::BAD_REQUEST, detail));
                }
                Ok(Some(Ok(chunk))) if bytes.len() + chunk.len() > LARGEST => return Err(too_large()),
                Ok(Some(Ok(chunk))) => {
                    let waiting = Instant::now();
                    self.raise(&mut place, account, bytes.len() + chunk.len()).await?;
                    // The client is not slow while it waits for room.
                    start += waiting.elapsed();
                    bytes.extend_from_slice(&chunk);
                }
            }
        }
    }
}

fn add(permit: &mut Option<OwnedSemaphorePermit>, more: OwnedSemaphorePermit) {
    match permit {
        None => *permit = Some(more),
        Some(permit) => permit.merge(more),
    }
}

/// Returns the longest time for so many bytes.
fn allowed(bytes: usize) -> Duration {
    let (small, large) = (bytes.min(LARGE), bytes.saturating_sub(LARGE));
    PATIENCE + Duration::from_secs((small / LEAST_SPEED + large / LEAST_SPEED_OF_LARGE) as u64)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_account_leaves_room_for_others() {
        let bodies = Bodies::default();
        let (mut one, mut other) = (Place::default(), Place::default());
        bodies.raise(&mut one, "one", LARGEST).await.unwrap();
        assert_eq!(bodies.raise(&mut Place::default(), "one", 1).await.unwrap_err().status.as_u16(), 429);
        bodies.raise(&mut other, "other", 30 << 20).await.unwrap();
        assert_eq!(bodies.raise(&mut other, "other", 60 << 20).await.unwrap_err().status.as_u16(), 429);
        drop(one);
        bodies.raise(&mut other, "other", 60 << 20).await.unwrap();
        drop(other);
        bodies.share("third");
        assert_eq!(bodies.of_accounts.lock().unwrap().len(), 1, "shares of nobody are forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn an_announced_body_takes_no_room_before_it_comes() {
        let bodies = Bodies::default();
        for _ in 0..3 {
            let bodies = bodies.clone();
            let silent = Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
            tokio::spawn(async move { bodies.read("slow", silent, Some(LARGEST)).await.map(|_| ()) });
        }
        tokio::task::yield_now().await;
        let start = Instant::now();
        let received = bodies.read("quick", Body::from(vec![b'x'; 1 << 20]), Some(1 << 20)).await.unwrap();
        assert_eq!((received.bytes.len(), start.elapsed()), (1 << 20, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_ends() {
        let drops = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            Some((Ok::<_, std::io::Error>(vec![b'x'; 64 << 10]), ()))
        });
        let refused = Bodies::default().read("slow", Body::from_stream(drops), None).await.unwrap_err();
        assert_eq!(refused.status, StatusCode::REQUEST_TIMEOUT);
    }
}
