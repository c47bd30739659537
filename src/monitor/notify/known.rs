//! The subjects of the registry, as they are known at an instant.

use super::memory::{Key, State};
use crate::judge::{Latest, Rulebook, Rules, failing, judge};
use crate::registry::{CertificateState, Registry, Subject};
use chrono::{DateTime, Utc};
use scs_checks::score::Tally;
use std::sync::Arc;

/// The most failing testcases that a message names.
const NAMED: usize = 20;

/// Everything that is known at an instant.
#[derive(Debug)]
pub(super) struct Known<'k> {
    /// The registry.
    pub registry: &'k Registry,
    /// The rules.
    pub rulebook: &'k Rulebook,
    /// The conclusions that are watched.
    pub seen: Vec<Seen>,
}

/// A conclusion on a tested subject by a version of a scope.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The place in memory.
    pub key: Key,
    /// The name of the subject of the registry.
    pub subject: String,
    /// The short name of the scope.
    pub scope: String,
    /// The name of the scope.
    pub scope_name: String,
    /// The conclusion.
    pub conclusion: State,
    /// The counts of the mandatory testcases.
    pub counts: Tally,
    /// The mandatory testcases that fail.
    pub failing: Vec<String>,
    /// The instant of the newest result.
    pub tested_at: Option<DateTime<Utc>>,
    /// True if a certificate rests on it.
    pub is_certified: bool,
    /// The digest of the rules.
    pub rules: String,
    /// The conclusion by the rules by which the last one was told, if those were other ones.
    pub by_old_rules: Option<State>,
}

/// Finds the latest results of a subject of reports by the id of a scope.
pub type FindLatest<'f> = &'f (dyn Fn(&str, &str) -> Option<&'f Latest> + Sync);

/// Returns the conclusions that are watched: on the versions that decide, and on those that a certificate rests on.
pub(super) fn seen(
    registry: &Registry,
    rulebook: &Rulebook,
    latest: FindLatest<'_>,
    old_rules: impl Fn(&Key) -> Option<Arc<Rules>>,
    now: DateTime<Utc>,
) -> Vec<Seen> {
    let nothing = Latest::default();
    let mut found = Vec::new();
    for (name, subject) in &registry.subjects {
        for tested in &subject.tested {
            for rules in rulebook.scopes.values() {
                let certified = certified(registry, (name.as_str(), tested.as_str()), rules, now);
                let known = latest(tested, &rules.uuid);
                if known.is_some() || !certified.is_empty() {
                    let of = Of { name, tested, rules, latest: known.unwrap_or(&nothing), certified: &certified };
                    found.extend(of.seen(&old_rules, now));
                }
            }
        }
    }
    found
}

/// Returns the versions of a scope for which a certificate covers a tested subject.
fn certified<'r>(
    registry: &'r Registry,
    (name, tested): (&str, &str),
    rules: &Rules,
    now: DateTime<Utc>,
) -> Vec<&'r str> {
    let today = now.date_naive();
    let is_in_force = |state| matches!(state, CertificateState::Valid { .. } | CertificateState::Revoked { .. });
    let certificates = registry.certificates_of(name).filter(|certificate| {
        certificate.scope == rules.id
            && certificate.covers.iter().any(|covered| covered == tested)
            && is_in_force(certificate.state_on(today))
    });
    certificates.map(|certificate| certificate.version.as_str()).collect()
}

/// A tested subject by one scope.
struct Of<'o> {
    name: &'o str,
    tested: &'o str,
    rules: &'o Rules,
    latest: &'o Latest,
    certified: &'o [&'o str],
}

impl Of<'_> {
    fn seen(&self, old_rules: &impl Fn(&Key) -> Option<Arc<Rules>>, now: DateTime<Utc>) -> Vec<Seen> {
        let rules = self.rules;
        let judged = judge(rules, self.latest, now).into_iter();
        let is_certified = |version: &str| self.certified.contains(&version);
        let watched = judged.filter(|judged| judged.validity.decides() || is_certified(&judged.version));
        let seen = watched.map(|judged| {
            let (tested, scope) = (self.tested.to_owned(), rules.uuid.clone());
            let key = Key { tested, scope, version: judged.version };
            let old = old_rules(&key).filter(|old| old.digest != rules.digest);
            let by_old_rules = old.and_then(|old| {
                let mut by_old = judge(&old, self.latest, now).into_iter();
                by_old.find(|judged| judged.version == key.version).map(|judged| judged.conclusion.into())
            });
            let mut failing = failing(rules, &key.version, self.latest, now);
            failing.truncate(NAMED);
            Seen {
                subject: self.name.to_owned(),
                scope: rules.id.clone(),
                scope_name: rules.name.clone(),
                conclusion: judged.conclusion.into(),
                counts: judged.counts,
                failing,
                tested_at: self.latest.newest(),
                is_certified: is_certified(&key.version),
                rules: rules.digest.clone(),
                by_old_rules,
                key,
            }
        });
        seen.collect()
    }
}

impl Known<'_> {
    /// Returns a subject of the registry that is known by its name.
    pub fn subject(&self, name: &str) -> Option<&Subject> {
        self.registry.subjects.get(name)
    }

    /// Returns the name of a scope for people.
    pub fn scope_name(&self, scope: &str) -> String {
        self.rulebook.find(scope).map_or_else(|| scope.to_owned(), |rules| rules.name.clone())
    }
}
