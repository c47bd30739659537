//! Ends a run early: for the user, for the system, or at its deadline.

use scs_checks::verdict::{Reason, ReasonCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// A cancellation switch; [`Self::hurry`] also skips waiting for the cleanup. Clones are the same switch.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    token: CancellationToken,
    hurry: CancellationToken,
    reason: Arc<OnceLock<Reason>>,
    over: Arc<AtomicBool>,
}

impl Stop {
    /// Throws the switch; only the first reason counts.
    pub fn throw(&self, why: &str) {
        let _ = self.reason.set(Reason::new(ReasonCode::Interrupted, why));
        self.token.cancel();
    }

    /// Notes that the run is over, so that nothing of it can be stopped any more.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Returns true once the run is over.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Does not even wait any more until everything is cleaned up.
    pub fn hurry(&self) {
        self.hurry.cancel();
    }

    /// Waits until somebody is in a hurry.
    pub async fn hurried(&self) {
        self.hurry.cancelled().await;
    }

    /// Returns the reason for stopping; none while the run is not stopped.
    pub fn reason(&self) -> Option<Reason> {
        self.reason.get().cloned()
    }

    /// Waits until the switch is thrown.
    pub async fn thrown(&self) -> Reason {
        self.token.cancelled().await;
        self.reason().unwrap_or_else(|| Reason::new(ReasonCode::Interrupted, "the run was stopped"))
    }
}
