//! The quotas that all experiments take together. Each experiment says beside its code what it takes.

use super::choice::ServerChoice;
use super::quota::Demand;
use super::{backup, cross_attach, security_group, test_server};

/// Returns what all experiments take together, as they may go on at the same time; those of the test server only if
/// there is an image and a flavor for it. `routed` if its network is to be routed to an external one, `across` if there are two
/// availability zones for storage.
pub fn demand(choice: Option<&ServerChoice>, routed: bool, across: bool) -> Demand {
    let mut all = Demand::new();
    let server = choice.map(|choice| test_server::demand(choice, routed)).unwrap_or_default();
    let zoned = choice.filter(|_| across).map(cross_attach::demand).unwrap_or_default();
    let always = backup::demand().into_iter().chain(security_group::demand());
    for (quota, amount) in server.into_iter().chain(zoned).chain(always) {
        let sum = all.entry(quota).or_default();
        *sum = sum.saturating_add(amount);
    }
    all
}
