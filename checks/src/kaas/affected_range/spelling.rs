//! Reads the versions that a text means, in all the ways in which records spell them.

use super::span::{Point, Span};
use crate::kaas::kubernetes_version::{Branch, Spelled, Version};

/// Parses the versions that a text means, one span for each of its ranges. None if it is not understood.
///
/// Ranges stand between commas, semicolons, `and` or `or`. A lower end and the upper end after it are one range.
pub(super) fn spans(text: &str) -> Option<Vec<Span>> {
    let text = text.replace('≤', "<=").replace('≥', ">=").to_ascii_lowercase();
    let parts: Option<Vec<Vec<Span>>> = text.split([',', ';']).map(part).collect();
    joined(parts?.concat())
}

fn part(text: &str) -> Option<Vec<Span>> {
    let text = plain(text);
    if let Some(span) = range(text) {
        return Some(vec![span]);
    }
    let pieces = text.split(" and ").flat_map(|text| text.split(" or ")).map(plain);
    let spans: Option<Vec<Vec<Span>>> =
        pieces.map(|piece| comparisons(piece).or_else(|| Some(vec![range(piece)?]))).collect();
    spans.map(|spans| spans.concat())
}

/// Joins lower ends with the upper ends after them. None if nothing is between them.
fn joined(spans: Vec<Span>) -> Option<Vec<Span>> {
    if let [upper, lower] = spans[..]
        && upper.is_up_to()
        && lower.is_from()
        && let Some(both) = upper.and(lower)
    {
        return Some(vec![both]);
    }
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.is_from() && span.is_up_to() => *last = last.and(span)?,
            _ => joined.push(span),
        }
    }
    Some(joined)
}

const BEFORE: [(&str, bool); 9] = [
    ("prior to ", false),
    ("before ", false),
    ("earlier than ", false),
    ("older than ", false),
    ("lower than ", false),
    ("less than ", false),
    ("up to and including ", true),
    ("up to ", true),
    ("through ", true),
];
const FROM: [&str; 4] = ["from ", "since ", "starting with ", "starting from "];
const AND_BEFORE: [&str; 5] = ["earlier", "older", "lower", "below", "prior"];
const AND_AFTER: [&str; 5] = ["later", "newer", "higher", "above", "up"];

/// Parses one range, without operators.
fn range(text: &str) -> Option<Span> {
    if matches!(text, "all" | "*") {
        return Some(Span::ALL);
    }
    if let Some((rest, inclusive)) = BEFORE.iter().find_map(|(words, end)| Some((text.strip_prefix(words)?, end))) {
        return Some(Span::up_to(point(plain(rest))?, *inclusive));
    }
    if let Some(rest) = text.strip_prefix("next of ") {
        return Some(Span::from(point(rest)?.after));
    }
    if let Some(rest) = FROM.iter().find_map(|words| text.strip_prefix(words)) {
        return both_ends(rest).or_else(|| Some(Span::from(point(rest)?.first)));
    }
    if let Some(rest) = ends_with(text, &AND_BEFORE) {
        return Some(Span::up_to(point(rest)?, true));
    }
    if let Some(rest) = ends_with(text, &AND_AFTER).or_else(|| text.strip_suffix('+')) {
        return Some(Span::from(point(rest)?.first));
    }
    both_ends(text).or_else(|| point(text).map(Span::of))
}

/// Returns the text before `and later`, `or later` and the like.
fn ends_with<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let rest = words.iter().find_map(|word| text.strip_suffix(word))?;
    rest.strip_suffix(" and ").or_else(|| rest.strip_suffix(" or "))
}

/// Parses `<= v1.32.2`, `<1.23.7`, `>= 1.28.0 < 1.28.4`, `= v1.37.0`.
fn comparisons(mut text: &str) -> Option<Vec<Span>> {
    let is_operator = |c: char| matches!(c, '<' | '>' | '=');
    let mut spans = Vec::new();
    while !text.is_empty() {
        let (operator, rest) = text.split_at(text.find(|c| !is_operator(c))?);
        let (version, more) = rest.split_at(rest.find(is_operator).unwrap_or(rest.len()));
        spans.push(comparison(operator, point(version)?)?);
        text = more;
    }
    (!spans.is_empty()).then_some(spans)
}

fn comparison(operator: &str, point: Point) -> Option<Span> {
    match operator {
        "<" => Some(Span::up_to(point, false)),
        "<=" => Some(Span::up_to(point, true)),
        ">" => Some(Span::from(point.after)),
        ">=" => Some(Span::from(point.first)),
        "=" | "==" => Some(Span::of(point)),
        _ => None,
    }
}

/// Parses `v1.28.0 - v1.28.3`, also without blanks; both ends are part of it.
fn both_ends(text: &str) -> Option<Span> {
    [" - ", " – ", " to ", " through ", "-", "–"].iter().find_map(|between| {
        let (first, last) = text.split_once(between)?;
        let (first, last) = (point(first)?, point(last)?);
        (first.first <= last.first).then_some(Span { lower: Some(first.first), upper: Some(last.after) })
    })
}

/// Parses `v1.28.3`, or a branch: `1.28`, `v1.28.x`, `v1.28.*`.
pub(super) fn point(text: &str) -> Option<Point> {
    let text = text.trim();
    let wildcard = [".x", ".X", ".*"].iter().find_map(|end| text.strip_suffix(end));
    if let Ok(branch) = wildcard.unwrap_or(text).parse::<Branch>() {
        let next = Branch { minor: branch.minor + 1, ..branch };
        return Some(Point { first: Version { branch, patch: 0 }, after: Version { branch: next, patch: 0 } });
    }
    let Spelled { version, pre_release } = text.parse().ok()?;
    if !is_bare(text, pre_release) {
        return None;
    }
    // No release lies between a candidate and its release.
    let patch = if pre_release { version.patch } else { version.patch + 1 };
    Some(Point { first: version, after: Version { patch, ..version } })
}

/// Returns true if nothing follows the numbers but a candidate. In records, `1.50.0-3` and `1.50.0+later` may be ranges.
fn is_bare(text: &str, pre_release: bool) -> bool {
    match text.split_once(['-', '+']) {
        None | Some((_, "0")) => true,
        Some((_, suffix)) => pre_release && suffix.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'),
    }
}

/// Cuts words without meaning here: a component (`kubelet v1.22.0`, `kubelet: <= v1.34.11`), `versions`, `all`
/// before something else.
fn plain(text: &str) -> &str {
    let mut rest = text.trim();
    let mut all = false;
    while let Some((word, more)) = rest.split_once([' ', ':']) {
        all |= word == "all";
        if !is_filler(word) && word != "all" {
            return rest;
        }
        rest = more.trim_start_matches([' ', ':']);
    }
    if all && is_filler(rest) { "all" } else { rest }
}

fn is_filler(word: &str) -> bool {
    word.starts_with("kube") || matches!(word, "version" | "versions" | "release" | "releases")
}
