//! Collects from one subject, within its bounds; what is known comes out, whatever happens.

mod brought;
mod check;
mod cloud;
mod cluster;
mod login;
mod request;
mod secrets;

pub use check::{CheckRequest, Checked, check, record};
pub use request::{CollectRequest, SubjectAccess};

use crate::watch::{EventKind, Events, Stop};
use login::Login;
use scs_checks::facts::Needs;
use scs_reports::judge::Collected;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

/// Collects the facts that are needed; the result says what is known, whatever happens. What happens meanwhile is told as
/// events, without secrets.
///
/// The future, dropped, leaves nothing that goes on, but nothing is cleaned up any more; see [`spawn`].
pub async fn collect(mut request: CollectRequest, needs: Needs, events: &Events, stop: Stop) -> Collected {
    let span = tracing::info_span!("run", subject = request.subject());
    let brought = std::mem::take(&mut request.brought);
    let needs = brought.spare(needs);
    let secrets = request.access.secrets().clone();
    let events = events.without(&secrets);
    let _timer = timer(stop.clone(), request.deadline());
    let mut collected = Box::pin(watched(&request, needs, &events, &stop)).instrument(span).await;
    brought::bring(&mut collected, brought);
    secrets.keep_out_of(&mut collected);
    collected
}

/// A run on a thread of its own. Dropped, it is stopped, and cleans up.
pub struct SpawnedRun {
    running: JoinHandle<Collected>,
    stop: Stop,
}

/// Starts a run on a thread of its own. Has to be called within a runtime.
///
/// Its futures hold async closures over references, of which the compiler cannot prove that they may move between threads
/// (rust-lang/rust#110338), so it stays on one.
pub fn spawn(request: CollectRequest, needs: Needs, events: Events, stop: Stop) -> SpawnedRun {
    let (runtime, stopping) = (Handle::current(), stop.clone());
    let running = tokio::task::spawn_blocking(move || runtime.block_on(collect(request, needs, &events, stopping)));
    SpawnedRun { running, stop }
}

impl SpawnedRun {
    /// Awaits what was collected.
    ///
    /// # Errors
    /// The run met a defect.
    pub async fn collected(mut self) -> Result<Collected, JoinError> {
        (&mut self.running).await
    }
}

impl Drop for SpawnedRun {
    fn drop(&mut self) {
        if !self.running.is_finished() {
            self.stop.throw("the run was abandoned by its caller");
        }
    }
}

/// Stops a run at its deadline, unless the run is over, or dropped, before.
fn timer(stop: Stop, deadline: Duration) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        tokio::time::sleep(deadline).await;
        stop.throw(&deadline_is_over(deadline));
    }))
}

/// Collects, and tells when the run is stopped.
async fn watched(request: &CollectRequest, needs: Needs, events: &Events, stop: &Stop) -> Collected {
    let login = Login::begin(request, needs, events, stop);
    let collecting = async {
        match &request.access {
            SubjectAccess::Cloud(of) => Box::pin(cloud::collect(of, login)).await,
            SubjectAccess::Cluster(of, world) => Box::pin(cluster::collect(of, world, login)).await,
        }
    };
    let answering = async {
        events.tell(EventKind::Stopping { reason: stop.thrown().await });
        std::future::pending().await
    };
    tokio::select! {
        biased;
        collected = answering => collected,
        collected = collecting => collected,
    }
}

/// Returns the reason why a run ends at its deadline.
pub fn deadline_is_over(allowed: Duration) -> String {
    format!("the deadline of the run ({}) is over", humantime::format_duration(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_dropped_run_leaves_no_timer() {
        let stop = Stop::default();
        drop(timer(stop.clone(), Duration::from_secs(1)));
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(stop.reason(), None);
        let timer = timer(stop.clone(), Duration::from_secs(1));
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(stop.reason().unwrap().message.contains("(1s) is over"));
        drop(timer);
    }
}
