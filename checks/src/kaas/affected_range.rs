//! Which versions a CVE record means, in all the ways in which records spell it (deviations
//! Q-0210-3 and Q-0210-4).
//!
//! A text that means nothing here is no match. It is told, so that a person can look.

use super::kubernetes_version::{Branch, Spelled, Version};
use crate::facts::{AffectedProduct, AffectedVersions};

/// Versions from one up to, but without, another. Each end can be open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Span {
    lower: Option<Version>,
    upper: Option<Version>,
}

impl Span {
    const ALL: Self = Self { lower: None, upper: None };

    fn contains(&self, version: Version) -> bool {
        self.lower.is_none_or(|lower| lower <= version) && self.upper.is_none_or(|upper| version < upper)
    }

    fn and(self, other: Self) -> Self {
        let uppers = self.upper.into_iter().chain(other.upper);
        Self { lower: self.lower.max(other.lower), upper: uppers.min() }
    }

    /// The branch of the last version below the upper end.
    fn last_branch(&self) -> Option<Branch> {
        let upper = self.upper?;
        let Branch { major, minor } = upper.branch;
        Some(match (upper.patch, minor.checked_sub(1)) {
            (0, Some(minor)) => Branch { major, minor },
            (0, None) => Branch { major: major.saturating_sub(1), minor: u32::MAX },
            _ => upper.branch,
        })
    }
}

/// What a record says of the versions of a product.
#[derive(Debug, Default)]
pub struct Affected<'a> {
    affected: Vec<Span>,
    unaffected: Vec<Span>,
    by_default: bool,
    /// The entries that could not be understood, as spelled.
    pub unclear: Vec<&'a str>,
}

impl<'a> Affected<'a> {
    /// Reads the entries of a product.
    pub fn of(product: &'a AffectedProduct) -> Self {
        let by_default = product.default_status.as_deref() == Some("affected");
        let mut read = Self { by_default, ..Self::default() };
        for entry in &product.versions {
            match (span(entry), entry.status.as_str()) {
                (Some(span), "affected") => read.affected.push(span),
                (Some(span), "unaffected") => read.unaffected.push(span),
                // It matters only where everything else is affected.
                (None, "unaffected") if by_default => read.unclear.push(&entry.version),
                // What nobody knows is no match. The supported branches come with what is known.
                (_, "unknown" | "unaffected") => {}
                _ => read.unclear.push(&entry.version),
            }
        }
        if product.versions.is_empty() && !matches!(product.default_status.as_deref(), Some("affected" | "unaffected"))
        {
            read.unclear.push("no versions");
        }
        if product.versions.iter().filter(|entry| entry.status == "affected").all(is_a_place) {
            read.open_end();
        }
        read
    }

    /// `1.3.0` beside an unaffected `0 < 1.3.0` means "from here on" (CVE-2024-7598); a range that says where it ends does not.
    fn open_end(&mut self) {
        if let ([only], [Span { lower: None, upper: Some(end) }]) = (&mut self.affected[..], &self.unaffected[..])
            && only.lower == Some(*end)
        {
            only.upper = None;
        }
    }

    /// True if a version is affected.
    pub fn has(&self, version: Version) -> bool {
        let closed = || self.affected.iter().any(|span| span.lower.is_some() && span.contains(version));
        let listed = |spans: &[Span]| spans.iter().any(|span| span.contains(version));
        closed() || self.below(version) || (self.by_default && !listed(&self.unaffected))
    }

    /// Several ranges without a lower end (`<= 1.19.14`, `<= 1.20.10` …) each speak of the branch
    /// in which they end; the first of them also speaks of all branches before.
    fn below(&self, version: Version) -> bool {
        let open: Vec<&Span> = self.affected.iter().filter(|span| span.lower.is_none()).collect();
        if open.iter().any(|span| span.upper.is_none()) {
            return true;
        }
        let branch = open.iter().filter_map(|span| span.last_branch()).filter(|last| *last >= version.branch).min();
        branch.is_some() && open.iter().any(|span| span.last_branch() == branch && span.contains(version))
    }
}

/// Whether an entry names a version or a branch and says nothing more.
fn is_a_place(entry: &AffectedVersions) -> bool {
    let bounds = (&entry.less_than, &entry.less_than_or_equal);
    bounds == (&None, &None) && point(without_component(&entry.version)).is_some()
}

/// The versions that an entry means.
fn span(entry: &AffectedVersions) -> Option<Span> {
    let text = without_component(&entry.version);
    let (bound, inclusive) = match (&entry.less_than_or_equal, &entry.less_than) {
        (Some(bound), _) => (bound.trim(), true),
        (None, Some(bound)) => (bound.trim(), false),
        (None, None) => return alone(text),
    };
    // An operator instead of a bound: the bound stands where the version should (CVE-2023-2727).
    if matches!(bound, "<=" | "<") {
        let end = Span::up_to(point(text)?, bound == "<=");
        return Some(end);
    }
    let upper = match bound.to_ascii_lowercase().as_str() {
        "*" | "unspecified" => Span::ALL,
        _ => Span::up_to(point(bound)?, inclusive),
    };
    Some(Span { lower: lower(text)?, ..upper })
}

/// The lower end of a range whose upper end stands elsewhere. Where it is open, there is none inside.
fn lower(text: &str) -> Option<Option<Version>> {
    if matches!(text.to_ascii_lowercase().as_str(), "" | "0" | "0.0" | "unspecified" | "*") {
        return Some(None);
    }
    if let Some(after) = text.strip_prefix("next of ") {
        return Some(Some(point(after)?.after));
    }
    let (first, _) = both_ends(text).map_or_else(|| (point(text), None), |(first, last)| (Some(first), Some(last)));
    Some(Some(first?.first))
}

/// The versions of an entry that has no bound beside its version.
fn alone(text: &str) -> Option<Span> {
    let lower = text.to_ascii_lowercase();
    if matches!(lower.as_str(), "all versions" | "all" | "*") {
        return Some(Span::ALL);
    }
    if lower.starts_with(['<', '>', '=']) {
        return text.split(',').map(|part| comparison(part.trim())).reduce(|a, b| Some(a?.and(b?)))?;
    }
    for (words, inclusive) in [("prior to ", false), ("before ", false), ("up to ", true)] {
        if let Some(rest) = lower.strip_prefix(words) {
            return Some(Span::up_to(point(rest)?, inclusive));
        }
    }
    if let Some((first, last)) = both_ends(text) {
        return Some(Span { lower: Some(first.first), upper: Some(last.after) });
    }
    match lower.strip_prefix("next of ") {
        Some(rest) => Some(Span { lower: Some(point(rest)?.after), upper: None }),
        None => point(text).map(|Point { first, after }| Span { lower: Some(first), upper: Some(after) }),
    }
}

/// `<= v1.32.2`, `<1.23.7`, `>= 1.28.0`, `= v1.37.0`
fn comparison(text: &str) -> Option<Span> {
    let end = text.find(|c| !matches!(c, '<' | '>' | '='))?;
    let (operator, rest) = text.split_at(end);
    let Point { first, after } = point(rest)?;
    match operator {
        "<" => Some(Span { lower: None, upper: Some(first) }),
        "<=" => Some(Span { lower: None, upper: Some(after) }),
        ">" => Some(Span { lower: Some(after), upper: None }),
        ">=" => Some(Span { lower: Some(first), upper: None }),
        "=" | "==" => Some(Span { lower: Some(first), upper: Some(after) }),
        _ => None,
    }
}

/// `v1.28.0 - v1.28.3`, also without blanks; both ends are part of it.
fn both_ends(text: &str) -> Option<(Point, Point)> {
    [" - ", " – ", " to ", " through ", "-", "–"].iter().find_map(|between| {
        let (first, last) = text.split_once(between)?;
        Some((point(first)?, point(last)?))
    })
}

/// One version, or all of a branch: from the first on, up to but without the one after.
#[derive(Clone, Copy, Debug)]
struct Point {
    first: Version,
    after: Version,
}

impl Span {
    fn up_to(point: Point, inclusive: bool) -> Self {
        Self { lower: None, upper: Some(if inclusive { point.after } else { point.first }) }
    }
}

/// `v1.28.3`, or a branch: `1.28`, `v1.28.x`, `v1.28.*`.
fn point(text: &str) -> Option<Point> {
    let text = text.trim();
    let wildcard = [".x", ".X", ".*"].iter().find_map(|end| text.strip_suffix(end));
    if let Ok(branch) = wildcard.unwrap_or(text).parse::<Branch>() {
        let next = Branch { minor: branch.minor + 1, ..branch };
        return Some(Point { first: Version { branch, patch: 0 }, after: Version { branch: next, patch: 0 } });
    }
    let Spelled { version, pre_release } = text.parse().ok()?;
    // No release lies between a candidate and its release.
    let patch = if pre_release { version.patch } else { version.patch + 1 };
    Some(Point { first: version, after: Version { patch, ..version } })
}

/// Without a component that stands before the version: `kubelet v1.22.0`, `kubelet: <= v1.34.11`.
fn without_component(text: &str) -> &str {
    let text = text.trim();
    match text.split_once([' ', ':']) {
        Some((word, rest)) if word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("kube")) => {
            rest.trim_start_matches([' ', ':'])
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests;
