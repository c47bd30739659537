//! Moves work that blocks off the threads that serve all runs.

use std::future::pending;
use std::panic::resume_unwind;
use tokio::task::spawn_blocking;

/// Runs work that may wait for a disk, or compute for long, on a thread of its own. Dropped, it is not awaited any more,
/// but ends by itself.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            // Whoever awaits the work notes the defect, as if the work had been done in place.
            Ok(panic) => resume_unwind(panic),
            // The runtime is shutting down, and everything with it.
            Err(_) => pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::panic::AssertUnwindSafe;
    use std::thread;

    #[tokio::test]
    async fn work_is_done_on_another_thread() {
        let here = thread::current().id();
        assert_ne!(blocking(move || thread::current().id()).await, here);
    }

    #[tokio::test]
    async fn a_panic_reaches_whoever_awaits_the_work() {
        let panicked = AssertUnwindSafe(blocking(|| panic!("a defect"))).catch_unwind().await;
        assert!(panicked.is_err_and(|panic| panic.downcast_ref() == Some(&"a defect")));
    }
}
