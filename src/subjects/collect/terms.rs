//! The terms on which a user allows experiments.

use crate::ledger::Patience;
use crate::suites::runner::Heavy;
use crate::tempest::TempestTerms;
use crate::watch::Pace;
use std::time::Duration;

/// The terms on which the user allows experiments.
#[derive(Clone, Debug)]
pub struct ChangeTerms {
    /// The longest time to wait for one thing, such as a backup.
    pub step_limit: Duration,
    /// The pauses between questions whether it has happened.
    pub pace: Pace,
    /// The time and the pauses for cleaning up.
    pub patience: Patience,
    /// The external network that the test server's network is routed to, where the cloud gives servers their user data
    /// no other way.
    pub external_network: Option<String>,
    /// The pods of experiments.
    pub probe: Probe,
    /// The number of experiments at the same time.
    pub concurrent: usize,
    /// The way to run the suites that take hours; they are not run without it.
    pub heavy: Option<Heavy>,
    /// The way to run Tempest; it is not run without it.
    pub tempest: Option<TempestTerms>,
}

/// The pods of experiments: their image, and the nodes for them.
#[derive(Clone, Debug)]
pub struct Probe {
    /// An image with a shell and the usual small tools: `sh`, `httpd`, `timeout`, `wget`.
    pub image: String,
    /// The label, and its value, of the nodes that may be used; all of them without one.
    pub nodes: Option<(String, String)>,
    /// The longest time until a network policy has its effect.
    pub settling: Duration,
    /// The longest time for a question without an answer, with the pause after it.
    pub question: Duration,
}

impl Probe {
    /// The time that a question takes at most, as the pods that ask have it.
    pub const QUESTION: Duration = Duration::from_secs(4);
    /// The image for clusters that reach the registry of the Kubernetes project: its own tests use it.
    pub const IMAGE: &'static str = "registry.k8s.io/e2e-test-images/busybox:1.36.1-1";
}

impl Default for Probe {
    fn default() -> Self {
        Self { image: Self::IMAGE.to_owned(), nodes: None, settling: Duration::from_secs(30), question: Self::QUESTION }
    }
}

impl ChangeTerms {
    /// Longer than any experiment takes: each step of one has its own limit of time, and the run has one.
    pub(super) const LONGEST: Duration = Duration::from_secs(24 * 3600);
}

impl Default for ChangeTerms {
    fn default() -> Self {
        Self {
            step_limit: Duration::from_secs(600),
            pace: Pace::default(),
            patience: Patience::default(),
            external_network: None,
            probe: Probe::default(),
            concurrent: 3,
            heavy: None,
            tempest: None,
        }
    }
}
