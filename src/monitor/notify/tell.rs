//! Stores the messages that are due, together with the fact that they were told.

use super::config::Config;
use super::known::{FindLatest, Known, seen};
use super::memory::{Key, Memory};
use super::message;
use super::plan::plan;
use crate::judge::{Rulebook, Rules};
use crate::registry::Registry;
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::Arc;

/// The number of times that messages are planned if another server tells something meanwhile.
const TRIES: usize = 5;

/// Everything that messages are made of at an instant.
#[derive(Clone, Copy)]
pub struct Moment<'m> {
    /// The database.
    pub store: &'m Store,
    /// The settings.
    pub config: &'m Config,
    /// The registry.
    pub registry: &'m Registry,
    /// The rules.
    pub rulebook: &'m Rulebook,
    /// The latest results.
    pub latest: FindLatest<'m>,
    /// The instant.
    pub now: DateTime<Utc>,
}

/// Stores the messages that are due, and returns their number. Of several servers of one database, one stores each of them.
///
/// # Errors
/// The database does not answer.
pub async fn tell(moment: Moment<'_>) -> Result<usize, StoreError> {
    for _ in 0..TRIES {
        let (revision, rows) = moment.store.told().await?;
        let memory = Memory::from_rows(rows)?;
        let old_rules = old_rules(moment, &memory).await?;
        let find_old = |key: &Key| memory.conclusions.get(key).and_then(|told| old_rules.get(&told.rules).cloned());
        let seen = seen(moment.registry, moment.rulebook, moment.latest, find_old, moment.now);
        let known = Known { registry: moment.registry, rulebook: moment.rulebook, seen };
        let (next, messages) = plan(&known, &memory, &moment.config.times, moment.now);
        let change = next.change_from(&memory);
        if change.written.is_empty() && change.removed.is_empty() {
            return Ok(0);
        }
        let notices: Vec<_> =
            messages.iter().flat_map(|one| message::notices(one, moment.registry, moment.config, moment.now)).collect();
        if moment.store.tell(&revision, &change, &notices).await? {
            return Ok(notices.len());
        }
    }
    tracing::debug!("other servers tell something all the time; the next turn tells the rest");
    Ok(0)
}

/// Reads the archived rules by which something was told that is judged by other ones now.
async fn old_rules(moment: Moment<'_>, memory: &Memory) -> Result<HashMap<String, Arc<Rules>>, StoreError> {
    let mut found = HashMap::new();
    for (key, told) in &memory.conclusions {
        let Some(current) = moment.rulebook.scopes.get(&key.scope) else { continue };
        if current.digest != told.rules
            && !found.contains_key(&told.rules)
            && let Some(rules) = moment.store.archived_rules(&told.rules).await?
        {
            found.insert(told.rules.clone(), Arc::new(rules));
        }
    }
    Ok(found)
}
