//! Decides what is told, and when: from what is known, what was told, and the time.

use super::calendar::Times;
use super::deadlines;
use super::item::{Cause, ConclusionItem, Item, Message};
use super::known::{Known, Seen};
use super::memory::{Memory, State, Told};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// The most changes that are remembered of one conclusion.
const REMEMBERED: usize = 64;

/// Returns what is to be remembered from now on, and the messages that are due: at most one for each subject and window, and none
/// in quiet times.
pub(super) fn plan(known: &Known<'_>, memory: &Memory, times: &Times, now: DateTime<Utc>) -> (Memory, Vec<Message>) {
    let mut next = memory.clone();
    forget_what_is_gone(known, &mut next);
    for seen in &known.seen {
        match next.conclusions.get_mut(&seen.key) {
            Some(told) => told.note(seen, times, now),
            None => drop(next.conclusions.insert(seen.key.clone(), Told::first(seen, now))),
        }
    }
    let mut messages = Vec::new();
    for name in known.registry.subjects.keys() {
        let is_early = next.subjects.get(name).is_some_and(|last| now < *last + times.window);
        if is_early || times.quiet.covers(now) {
            continue;
        }
        let mut items = conclusions(known, name, &mut next, times, now);
        items.extend(deadlines::due(known, name, &mut next, now.date_naive()));
        if !items.is_empty() {
            next.subjects.insert(name.clone(), now);
            messages.push(Message { subject: name.clone(), items });
        }
    }
    (next, messages)
}

/// Forgets what the registry does not name any more.
fn forget_what_is_gone(known: &Known<'_>, memory: &mut Memory) {
    let registry = known.registry;
    let tested: BTreeSet<&str> =
        registry.subjects.values().flat_map(|subject| subject.tested.iter().map(String::as_str)).collect();
    let certificates: BTreeSet<&str> = registry.certificates.iter().map(|one| one.id.as_str()).collect();
    let evidence: BTreeSet<(&str, &str)> =
        registry.evidence.iter().map(|one| (one.subject.as_str(), one.testcase.as_str())).collect();
    memory.conclusions.retain(|key, _| tested.contains(key.tested.as_str()));
    memory.certificates.retain(|id, _| certificates.contains(id.as_str()));
    memory.evidence.retain(|(subject, testcase), _| evidence.contains(&(subject.as_str(), testcase.as_str())));
    memory.subjects.retain(|name, _| known.subject(name).is_some());
}

/// Returns the conclusions that are due for a subject, and notes that they are told.
fn conclusions(known: &Known<'_>, name: &str, memory: &mut Memory, times: &Times, now: DateTime<Utc>) -> Vec<Item> {
    let mut items = Vec::new();
    for seen in known.seen.iter().filter(|seen| seen.subject == name) {
        let Some(told) = memory.conclusions.get_mut(&seen.key) else { continue };
        let Some(cause) = told.cause(seen, times, now) else { continue };
        items.push(Item::Conclusion(Box::new(told.item(seen, cause, times, now))));
        told.settle(seen, cause, now);
    }
    items
}

impl Told {
    /// Returns what is remembered of a conclusion that is seen for the first time: a violation is due, everything else is not.
    fn first(seen: &Seen, now: DateTime<Utc>) -> Self {
        let conclusion = seen.conclusion;
        Self {
            told: (conclusion != State::Violation).then_some(conclusion),
            told_at: now,
            told_since: None,
            seen: conclusion,
            seen_at: now,
            since: None,
            decided: (conclusion != State::Undecided).then_some(conclusion),
            changes: Vec::new(),
            changed_at: None,
            count: 0,
            violated: conclusion == State::Violation,
            unstable: false,
            reminded: false,
            rules: seen.rules.clone(),
        }
    }

    /// Notes a conclusion that is seen now.
    fn note(&mut self, seen: &Seen, times: &Times, now: DateTime<Utc>) {
        let conclusion = seen.conclusion;
        if conclusion != self.seen {
            self.since = Some(match conclusion {
                State::Undecided => now.date_naive(),
                _ => seen.tested_at.map_or(now, |tested| tested.min(now)).date_naive(),
            });
            (self.seen, self.seen_at) = (conclusion, now);
            self.count_change(conclusion, now);
        }
        self.violated |= conclusion == State::Violation && self.told != Some(State::Violation);
        if Some(conclusion) == self.told && !self.violated {
            // What is as it was told goes on since then, and by the rules of today.
            self.since = self.told_since;
            self.rules.clone_from(&seen.rules);
        }
        let oldest = now - times.unstable_within;
        self.changes.retain(|at| *at > oldest);
    }

    /// Counts a change from one decided conclusion to the other; what is undecided in between is none.
    fn count_change(&mut self, conclusion: State, now: DateTime<Utc>) {
        if conclusion == State::Undecided || self.decided == Some(conclusion) {
            return;
        }
        if self.decided.is_some() {
            self.count = self.count.saturating_add(1);
            self.changed_at = Some(now);
            if self.changes.len() < REMEMBERED {
                self.changes.push(now);
            }
        }
        self.decided = Some(conclusion);
    }

    /// Returns the reason for which a conclusion is told now.
    fn cause(&self, seen: &Seen, times: &Times, now: DateTime<Utc>) -> Option<Cause> {
        let conclusion = seen.conclusion;
        let has_lasted = conclusion != State::Undecided || now - self.seen_at >= times.undecided_after;
        if self.unstable {
            let is_stable = self.changed_at.is_none_or(|at| now - at >= times.stable_after);
            return (is_stable && has_lasted).then_some(Cause::Stable);
        }
        let is_new = Some(conclusion) != self.told;
        if (is_new || self.violated) && self.count > 0 && self.changes.len() >= times.unstable_changes {
            return Some(Cause::Unstable);
        }
        if is_new {
            return has_lasted.then_some(Cause::Changed);
        }
        if self.violated {
            return Some(Cause::Interrupted);
        }
        let is_worth_it = seen.is_certified && conclusion != State::Conformant && has_lasted;
        let is_due = !self.reminded && now - self.told_at >= times.reminder_after;
        (is_worth_it && is_due).then_some(Cause::Reminder)
    }

    fn item(&self, seen: &Seen, cause: Cause, times: &Times, now: DateTime<Utc>) -> ConclusionItem {
        let recent = self.changes.iter().filter(|at| now - **at <= times.unstable_within).count();
        ConclusionItem {
            cause,
            tested: seen.key.tested.clone(),
            scope: seen.scope.clone(),
            scope_name: seen.scope_name.clone(),
            version: seen.key.version.clone(),
            before: self.told,
            conclusion: seen.conclusion,
            since: self.since,
            counts: seen.counts,
            failing: seen.failing.clone(),
            tested_at: seen.tested_at,
            changes: if cause == Cause::Unstable { recent } else { self.count },
            new_rules: seen.by_old_rules.is_some() && seen.by_old_rules == self.told,
        }
    }

    /// Notes that a conclusion is told.
    fn settle(&mut self, seen: &Seen, cause: Cause, now: DateTime<Utc>) {
        if cause == Cause::Reminder {
            self.reminded = true;
            return;
        }
        self.unstable = cause == Cause::Unstable;
        self.count = if self.unstable { self.changes.len() } else { 0 };
        if cause == Cause::Stable {
            self.changes.clear();
        }
        (self.told, self.told_at, self.told_since) = (Some(seen.conclusion), now, self.since);
        (self.violated, self.reminded) = (false, false);
        self.rules.clone_from(&seen.rules);
    }
}

#[cfg(test)]
mod tests;
