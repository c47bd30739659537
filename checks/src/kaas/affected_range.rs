//! The versions that a CVE record means (deviations Q-0210-3 and Q-0210-4).
//!
//! Text that is not understood may mean any version that is not certainly outside of it.

mod span;
mod spelling;

use super::kubernetes_version::Version;
use crate::facts::{AffectedProduct, AffectedVersions};
use span::Span;
use spelling::{point, spans};

/// The answer of a record about a version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IsAffected {
    /// It is affected.
    Yes,
    /// It is not affected.
    No,
    /// The part of the record that may concern it is not understood, not known, or contradicts itself.
    Unread,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Status {
    Affected,
    Unaffected,
    Unknown,
}

impl Status {
    fn of(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "affected" => Self::Affected,
            "unaffected" => Self::Unaffected,
            _ => Self::Unknown,
        }
    }
}

/// An entry that is not understood: only the place of its versions and its status are known.
#[derive(Debug)]
struct Unread<'a> {
    within: Span,
    status: Status,
    text: &'a str,
}

/// The statements of a record about the versions of a product.
#[derive(Debug)]
pub struct Affected<'a> {
    affected: Vec<Span>,
    unaffected: Vec<Span>,
    unread: Vec<Unread<'a>>,
    /// The status of versions that no entry mentions.
    others: Status,
}

impl<'a> Affected<'a> {
    /// Reads the entries of a product.
    pub fn of(product: &'a AffectedProduct) -> Self {
        let others = default_status(product);
        let mut read = Self { affected: Vec::new(), unaffected: Vec::new(), unread: Vec::new(), others };
        for entry in &product.versions {
            read.entry(entry);
        }
        let affected = |entry: &&AffectedVersions| Status::of(&entry.status) == Status::Affected;
        if product.versions.iter().filter(affected).all(is_a_place) {
            read.open_end();
        }
        read
    }

    fn entry(&mut self, entry: &'a AffectedVersions) {
        let (text, status) = (entry.version.as_str(), Status::of(&entry.status));
        match ranges(entry) {
            Ok(spans) if entry.changes.is_empty() => spans.into_iter().for_each(|span| self.add(span, status, text)),
            Ok(spans) => spans.into_iter().for_each(|span| self.changes(entry, span)),
            Err(within) => self.unread.push(Unread { within, status, text }),
        }
    }

    fn add(&mut self, span: Span, status: Status, text: &'a str) {
        match status {
            Status::Affected => self.affected.push(span),
            Status::Unaffected => self.unaffected.push(span),
            Status::Unknown => self.unread.push(Unread { within: span, status, text }),
        }
    }

    /// Adds a range inside of which the status changes. A change to the status that holds already can only speak of its
    /// own branch, so that nothing is certain about the versions before it there.
    fn changes(&mut self, entry: &'a AffectedVersions, whole: Span) {
        let text = entry.version.as_str();
        let Some(changes) = changes(entry, whole) else {
            return self.unread.push(Unread { within: whole, status: Status::Unknown, text });
        };
        let (mut lower, mut status) = (whole.lower, Status::of(&entry.status));
        for (at, next) in changes {
            self.add(Span { lower, upper: Some(at) }, status, text);
            if next == status {
                let within = Span { lower: lower.max(Some(Version { patch: 0, ..at })), upper: Some(at) };
                self.unread.push(Unread { within, status: Status::Unknown, text });
            }
            (lower, status) = (Some(at), next);
        }
        self.add(Span { lower, ..whole }, status, text);
    }

    /// Opens the end of `1.3.0` beside an unaffected `0 < 1.3.0`, which means "from here on" (CVE-2024-7598); a range
    /// with an end of its own keeps it.
    fn open_end(&mut self) {
        if let ([only], [Span { lower: None, upper: Some(end) }]) = (&mut self.affected[..], &self.unaffected[..])
            && only.lower == Some(*end)
        {
            only.upper = None;
        }
    }

    /// Returns the answer for a version.
    pub fn has(&self, version: Version) -> IsAffected {
        let is_unread = |may: fn(Status) -> bool| {
            self.unread.iter().any(|entry| may(entry.status) && entry.within.contains(version))
        };
        let excepted = self.unaffected.iter().any(|span| span.contains(version));
        let (affected, unclear) = match (self.lists(version), excepted, self.others) {
            (true, false, _) => (IsAffected::Yes, is_unread(|status| status == Status::Unaffected)),
            (false, false, Status::Affected) => (IsAffected::Yes, is_unread(|status| status != Status::Affected)),
            (false, true, _) | (false, false, Status::Unaffected) => {
                (IsAffected::No, is_unread(|status| status != Status::Unaffected))
            }
            (true, true, _) | (false, false, Status::Unknown) => return IsAffected::Unread,
        };
        if unclear { IsAffected::Unread } else { affected }
    }

    /// Returns the texts that are not understood and may speak of a version.
    pub fn unread(&self, version: Version) -> impl Iterator<Item = &'a str> {
        self.unread.iter().filter(move |entry| entry.within.contains(version)).map(|entry| entry.text)
    }

    /// Returns true if an entry says that a version is affected.
    ///
    /// Several ranges without a lower end (`<= 1.19.14`, `<= 1.20.10` …) each speak of the branch
    /// in which they end; the first of them also speaks of all branches before.
    fn lists(&self, version: Version) -> bool {
        if self.affected.iter().any(|span| span.lower.is_some() && span.contains(version)) {
            return true;
        }
        let open: Vec<&Span> = self.affected.iter().filter(|span| span.lower.is_none()).collect();
        if open.iter().any(|span| span.upper.is_none()) {
            return true;
        }
        let branch = open.iter().filter_map(|span| span.last_branch()).filter(|last| *last >= version.branch).min();
        branch.is_some() && open.iter().any(|span| span.last_branch() == branch && span.contains(version))
    }
}

/// Returns the status of versions that no entry mentions. Unless the record gives it, they are not affected, except if
/// nothing is listed.
fn default_status(product: &AffectedProduct) -> Status {
    let is_listed = product.versions.iter().any(|entry| Status::of(&entry.status) != Status::Unaffected);
    match product.default_status.as_deref().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "unknown" if is_listed => Status::Unaffected,
        text => Status::of(text),
    }
}

/// Returns the versions at which the status changes inside a range, in order. None if one is not understood, comes
/// before the range, or is named twice.
fn changes(entry: &AffectedVersions, whole: Span) -> Option<Vec<(Version, Status)>> {
    let read = |change: &crate::facts::StatusChange| Some((point(&change.at)?.first, Status::of(&change.status)));
    let mut changes: Vec<(Version, Status)> = entry.changes.iter().map(read).collect::<Option<_>>()?;
    changes.sort_by_key(|(at, _)| *at);
    let twice = changes.windows(2).any(|pair| pair[0].0 == pair[1].0);
    let before = changes.first().is_some_and(|(at, _)| whole.lower.is_some_and(|lower| *at < lower));
    // What changes behind the end says nothing about the range.
    changes.retain(|(at, _)| whole.upper.is_none_or(|upper| *at < upper));
    (!twice && !before).then_some(changes)
}

/// Returns true if an entry names a version or a branch and says nothing more.
fn is_a_place(entry: &AffectedVersions) -> bool {
    let is_alone = entry.less_than.is_none() && entry.less_than_or_equal.is_none() && entry.changes.is_empty();
    is_alone && point(&entry.version).is_some()
}

/// Version numbers that are not of releases: hashes of commits, days.
const OTHER_NUMBERS: [&str; 2] = ["git", "date"];

/// Returns the versions that an entry means; if it is not understood, those that it may mean.
fn ranges(entry: &AffectedVersions) -> Result<Vec<Span>, Span> {
    let numbers = entry.version_type.as_deref().unwrap_or_default();
    if OTHER_NUMBERS.iter().any(|other| other.eq_ignore_ascii_case(numbers.trim())) {
        return Err(Span::ALL);
    }
    let text = entry.version.trim();
    let upper = match (&entry.less_than_or_equal, &entry.less_than) {
        (None, None) if entry.changes.is_empty() => return spans(text).ok_or(Span::ALL),
        (None, None) => Some(Span::ALL),
        // An operator instead of a bound: the bound stands where the version should (CVE-2023-2727).
        (Some(operator), None) | (None, Some(operator)) if matches!(operator.trim(), "<=" | "<") => {
            let end = point(text).ok_or(Span::ALL)?;
            return Ok(vec![Span::up_to(end, operator.trim() == "<=")]);
        }
        (Some(bound), None) => upper_end(bound, true),
        (None, Some(bound)) => upper_end(bound, false),
        (Some(last), Some(after)) => upper_end(last, true).filter(|end| Some(*end) == upper_end(after, false)),
    };
    match (beginning(text), upper) {
        (Some(from), Some(upper)) => between(text, from, upper).ok_or(Span::ALL),
        (None, Some(upper)) => Err(upper),
        (from, None) => Err(Span { upper: None, ..from.unwrap_or(Span::ALL) }),
    }
}

/// Returns the versions up to a bound.
fn upper_end(bound: &str, inclusive: bool) -> Option<Span> {
    match bound.trim().to_ascii_lowercase().as_str() {
        "*" | "unspecified" => Some(Span::ALL),
        bound => Some(Span::up_to(point(bound)?, inclusive)),
    }
}

/// Reads the version of an entry as the beginning of a range whose end is given elsewhere.
fn beginning(text: &str) -> Option<Span> {
    if matches!(text.to_ascii_lowercase().as_str(), "" | "-" | "0" | "0.0" | "unspecified" | "*" | "n/a") {
        return Some(Span::ALL);
    }
    if let Some(point) = point(text) {
        return Some(Span::from(point.first));
    }
    match spans(text)?[..] {
        [span] => Some(span),
        _ => None,
    }
}

/// Joins a beginning and an upper end; the beginning may have an end as well. None if that contradicts itself.
fn between(text: &str, from: Span, upper: Span) -> Option<Vec<Span>> {
    if from.upper.is_some_and(|end| Some(end) != upper.upper) {
        return None;
    }
    // Between two candidates of a release lies no release.
    let only_candidates = from.lower.is_some() && from.lower == upper.upper && text.contains('-');
    if only_candidates { Some(Vec::new()) } else { Some(vec![from.and(upper)?]) }
}

#[cfg(test)]
mod tests;
