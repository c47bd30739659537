//! The quotas that all experiments take together. Each experiment says beside its code what it takes.

use super::choice::ServerChoice;
use super::quota::Demand;
use super::{backup, security_group, test_server};

/// Returns what all experiments take together, as they may go on at the same time; those of the test server only if
/// there is an image and a flavor for it. `routed` if its network is to be routed to an external one.
pub fn demand(choice: Option<&ServerChoice>, routed: bool) -> Demand {
    let mut all = Demand::new();
    let server = choice.map(|choice| test_server::demand(choice, routed)).unwrap_or_default();
    for (quota, amount) in server.into_iter().chain(backup::demand()).chain(security_group::demand()) {
        let sum = all.entry(quota).or_default();
        *sum = sum.saturating_add(amount);
    }
    all
}
