//! The table that traces each clause to the testcases and checks that decide it.

use super::parts::{NOTE, cell, deciders, included_in};
use scs_checks::definition::{Basis, Clause, Definitions, Level, Standard, StandardVersion, Target};
use std::collections::HashSet;
use std::fmt::Write;

/// Renders the counts, and below them the whole table.
pub(super) fn page(definitions: &Definitions) -> String {
    let mut text = format!("# Standards, clauses, testcases and checks\n\n{NOTE}\n\n## Counts\n\n");
    text.push_str(
        "A *must* is decided where a testcase of the target `main` decides it. Musts that people judge, or that only a\n\
         testcase outside of `main` decides, are counted as such.\n\n\
         | Standard | Part of | Clauses | Musts | in main | outside | gaps | Testcases |\n\
         |---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for_each_version(definitions, |standard, id, version| {
        let counts = Counts::of(standard, version);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| [{id}]({}.md#{}) | {} | {} | {} | {} | {} | {} | {} |",
            standard.id,
            anchor(&format!("{id}: {}", version.title)),
            included_in(definitions, id),
            counts.clauses,
            counts.musts,
            counts.in_main,
            counts.outside,
            counts.gaps,
            counts.testcases
        );
    });
    text.push_str("\n## Trace\n\n| Standard | Clause | Level | Testcases | Checks |\n|---|---|---|---|---|\n");
    for_each_version(definitions, |standard, id, version| {
        for clause in &version.clauses {
            let (testcases, checks) = trace(standard, version, clause);
            let _ = writeln!(text, "| {id} | {} | {} | {testcases} | {checks} |", clause.id, clause.level);
        }
    });
    text.push_str(&untargeted(definitions));
    text
}

fn for_each_version<'a>(definitions: &'a Definitions, mut tell: impl FnMut(&'a Standard, &str, &'a StandardVersion)) {
    for standard in definitions.standards.values() {
        for (name, version) in &standard.versions {
            tell(standard, &format!("{}-{name}", standard.id), version);
        }
    }
}

/// The musts of a version by how they are decided.
#[derive(Default)]
struct Counts {
    clauses: usize,
    musts: usize,
    in_main: usize,
    outside: usize,
    gaps: usize,
    testcases: usize,
}

impl Counts {
    fn of(standard: &Standard, version: &StandardVersion) -> Self {
        let testcases = version.targets.values().map(Vec::len).sum();
        let mut counts = Self { clauses: version.clauses.len(), testcases, ..Self::default() };
        for clause in version.clauses.iter().filter(|clause| clause.level == Level::Must) {
            counts.musts += 1;
            let targets: HashSet<Target> = deciders(standard, version, clause).map(|(target, _)| target).collect();
            let by_text = Basis::Text.targets().iter().any(|target| targets.contains(target));
            match (by_text, targets.is_empty()) {
                (true, _) => counts.in_main += 1,
                (false, false) => counts.outside += 1,
                (false, true) => counts.gaps += 1,
            }
        }
        counts
    }
}

/// Returns the testcases and the kinds of their checks; or the gap.
fn trace(standard: &Standard, version: &StandardVersion, clause: &Clause) -> (String, String) {
    let mut testcases = Vec::new();
    let mut checks: Vec<String> = Vec::new();
    for (target, testcase) in deciders(standard, version, clause) {
        let role = if target == Target::Main { String::new() } else { format!(" ({target})") };
        testcases.push(format!("[{0}]({1}.md#{0}){role}", testcase.id, standard.id));
        let check = format!("`{}`", testcase.check.name());
        if !checks.contains(&check) {
            checks.push(check);
        }
    }
    if testcases.is_empty() {
        testcases.push(format!("**gap**: {}", cell(clause.gap.as_deref().unwrap_or_default())));
    }
    (testcases.join(", "), checks.join(", "))
}

/// Lists the testcases that never count, with the reason.
fn untargeted(definitions: &Definitions) -> String {
    let mut text = String::new();
    for testcase in definitions.testcases() {
        if let Some(reason) = &testcase.untargeted {
            let _ = writeln!(text, "| [{0}]({1}.md#{0}) | {2} |", testcase.id, testcase.standard, cell(reason));
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("\n## Testcases in no target\n\n| Testcase | Why |\n|---|---|\n{text}")
}

/// Returns the anchor that Markdown renderers make of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .collect::<String>();
    kept.replace(' ', "-")
}
