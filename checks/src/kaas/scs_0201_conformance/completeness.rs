//! A run is whole if no test was left out: every test has a name, and what was not run is named.

use super::super::kubernetes_version::{Branch, Spelled};
use crate::facts::{ClusterVersion, SuiteResults};
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use std::collections::BTreeSet;

/// The mark in the names of conformance tests.
const CONFORMANCE: &str = "[Conformance]";
/// The prefix of test names in reports by ginkgo (from 2 on).
const TEST: &str = "[It]";
/// The number of names in a message.
const SHOWN: usize = 5;

/// Adds what was not run, and that no verdict follows then.
pub(super) fn look(results: &SuiteResults, cluster: &ClusterVersion, findings: &mut Findings) {
    let missing = missing(results);
    let skipped = results.skipped.iter().map(|name| (name.as_str(), "skipped"));
    let left_out: Vec<(&str, &str)> = skipped.chain(missing.iter().map(|name| (*name, "absent"))).collect();
    for (name, state) in &left_out {
        let finding =
            Finding::warning(format!("{name} was not run")).on(Resource::without_id(ResourceKind::E2eTest, *name));
        findings.push(finding.property("status").expected("passed").observed(*state));
    }
    if let Some(expected) = &results.expected {
        findings.push(Finding::info(format!("{} names are expected by {}", expected.names.len(), expected.source)));
    } else if is_of_conformance(results) {
        findings.push(Finding::info(format!(
            "no list of the conformance tests of {} is available; provide one with --conformance-list",
            cluster.git_version
        )));
    }
    if let Some(why) = gap(results, &left_out).or_else(|| older_tests(results, cluster)) {
        findings.unknown = Findings::undecided(why).unknown;
    }
}

/// Returns why something may not have been tested.
fn gap(results: &SuiteResults, left_out: &[(&str, &str)]) -> Option<String> {
    let ran = results.passed.len() + results.failed.len() + results.others.len();
    if ran == 0 {
        return Some("no test was run".to_owned());
    }
    if !left_out.is_empty() {
        let names: Vec<String> =
            left_out.iter().take(SHOWN).map(|(name, state)| format!("{name:?} ({state})")).collect();
        let more = left_out.len().saturating_sub(SHOWN);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        return Some(format!("{} of the tests were not run: {}{more}", left_out.len(), names.join(", ")));
    }
    (results.expected.is_none() && !results.lists_all && !results.run_here).then(|| {
        "the results neither list the tests that were left out, nor say that none was (ginkgo's FocusStrings and \
         SkipStrings, `Will run N of M specs` in its log)"
            .to_owned()
    })
}

/// Returns the older branch whose tests were run, if no list has those of the cluster's branch and they are exactly
/// those of an older one.
fn older_tests(results: &SuiteResults, cluster: &ClusterVersion) -> Option<String> {
    let tests = results.branch_by_names.as_deref().filter(|_| results.expected.is_none())?;
    let Spelled { version, .. } = cluster.git_version.parse().ok()?;
    (tests.parse::<Branch>().ok()? < version.branch).then(|| {
        let runs = version.branch;
        format!(
            "exactly the conformance tests of {tests} were run, and the cluster is of {runs}; if they are the same in \
             {runs}, name its list with --conformance-list"
        )
    })
}

fn is_of_conformance(results: &SuiteResults) -> bool {
    results.passed.iter().chain(&results.failed).any(|name| name.contains(CONFORMANCE))
}

/// Returns the expected tests of which the results have none, in any state.
fn missing(results: &SuiteResults) -> Vec<&str> {
    let Some(expected) = &results.expected else { return Vec::new() };
    let others = results.others.iter().map(|test| &test.name);
    let listed = results.passed.iter().chain(&results.failed).chain(&results.skipped).chain(others);
    let listed: BTreeSet<String> = listed.map(|name| counterpart(name)).collect();
    expected.names.iter().filter(|name| !listed.contains(&counterpart(name))).map(String::as_str).collect()
}

/// Returns what of a name stays the same within a branch: not the tags, which are added and dropped, nor blanks.
fn counterpart(name: &str) -> String {
    let mut rest = name.trim_start().strip_prefix(TEST).unwrap_or(name);
    let mut plain = String::new();
    while let Some((before, tag, after)) = next_tag(rest) {
        plain.push_str(before);
        plain.push(' ');
        if tag.starts_with("[sig-") && !tag.contains(',') {
            plain.push_str(tag);
        }
        plain.push(' ');
        rest = after;
    }
    plain.push_str(rest);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn next_tag(text: &str) -> Option<(&str, &str, &str)> {
    let begin = text.find('[')?;
    let end = begin + text[begin..].find(']')? + 1;
    Some((&text[..begin], &text[begin..end], &text[end..]))
}

/// Compares names of conformance tests with a list: every one has its counterpart on the other side.
pub fn are_exactly<'a>(names: impl Iterator<Item = &'a String>, list: &[String]) -> bool {
    let names: BTreeSet<String> = names.map(|name| counterpart(name)).collect();
    names == list.iter().map(|name| counterpart(name)).collect()
}
