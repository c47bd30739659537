//! The page of a standard.

use super::parts::{NOTE, cell, deciders, escaped, included_in, regimes};
use crate::wording::{kind_of, noun};
use scs_checks::definition::{Changes, Clause, Definitions, Example, Standard, StandardVersion, Target, Testcase};
use scs_checks::facts::FactKind;
use std::fmt::Write;

/// Returns the page of a standard: its demands, version by version, and how testcases decide them.
pub(super) fn page(definitions: &Definitions, standard: &Standard) -> String {
    let (title, regimes) = (escaped(&standard.title), regimes(definitions, standard));
    let mut text = format!("# {}: {title}\n\n{NOTE} [All standards](README.md).{regimes}\n", standard.id);
    for (name, version) in &standard.versions {
        text.push_str(&version_section(definitions, standard, name, version));
    }
    if !standard.testcases.is_empty() {
        text.push_str("\n## Testcases\n");
    }
    if let Some(given) = &standard.given {
        text.push_str("\nIn the examples, entries of facts have these fields unless they say otherwise:\n\n");
        text.push_str(&yaml_block(given, ""));
    }
    for testcase in &standard.testcases {
        text.push_str(&testcase_section(standard, testcase));
    }
    text
}

fn version_section(definitions: &Definitions, standard: &Standard, name: &str, version: &StandardVersion) -> String {
    let id = format!("{}-{name}", standard.id);
    let mut text = format!("\n## {id}: {}\n\n", escaped(&version.title));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "[Text of the standard]({}). Part of {}.\n", version.url, included_in(definitions, &id));
    text.push_str("| Clause | Level | Demand | Decided by |\n|---|---|---|---|\n");
    for clause in &version.clauses {
        let decided = decided_by(standard, version, clause);
        let _ = writeln!(text, "| {} | {} | {} | {decided} |", clause.id, clause.level, cell(&clause.text));
    }
    text
}

/// Writes links to the testcases, or why there are none.
fn decided_by(standard: &Standard, version: &StandardVersion, clause: &Clause) -> String {
    let links: Vec<String> = deciders(standard, version, clause)
        .map(|(target, testcase)| match target {
            Target::Main => format!("[{0}](#{0})", testcase.id),
            other => format!("[{0}](#{0}) ({other})", testcase.id),
        })
        .collect();
    let gap = clause.gap.as_ref().map(|gap| format!("**gap**: {}", cell(gap)));
    let outside = clause.outside_main.as_ref().map(|reason| format!("not in main: {}", cell(reason)));
    [Some(links.join(", ")).filter(|links| !links.is_empty()), outside, gap]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ")
}

fn testcase_section(standard: &Standard, testcase: &Testcase) -> String {
    let mut text = format!("\n### {}\n\n{}\n\n", testcase.id, escaped(&testcase.description));
    let _ = writeln!(text, "- Rule `{}`: {}", testcase.check.name(), escaped(testcase.check.sentence()));
    let _ = writeln!(text, "- Counts: {}", counts(standard, testcase));
    let facts: Vec<FactKind> = testcase.check.rule().needs().iter().collect();
    let needs: Vec<String> = facts.iter().map(ToString::to_string).collect();
    let noun = noun(kind_of(facts.iter().copied()));
    let how = match testcase.changes() {
        Changes::No if needs.is_empty() => "nothing that a program could collect".to_owned(),
        Changes::No => format!("{} (only reads)", needs.join(", ")),
        Changes::Maybe => format!("{} (changes the {noun} where reading does not suffice)", needs.join(" or ")),
        Changes::Yes => format!("{} (changes the {noun})", needs.join(", ")),
    };
    let _ = writeln!(text, "- Needs: {how}");
    let _ = writeln!(text, "- Section {}: {}", testcase.section, testcase.section.sentence());
    let _ = writeln!(text, "- A result counts for a {}: {}", testcase.lifetime, testcase.lifetime.sentence());
    let _ = writeln!(text, "- If it fails: {}", escaped(&testcase.remedy));
    let _ = writeln!(text, "- [Documentation of the test]({})", testcase.url);
    let _ = write!(text, "\n{}", yaml_block(&testcase.check.to_yaml(), ""));
    if !testcase.examples.is_empty() {
        text.push_str("\nExamples:\n");
    }
    testcase.examples.iter().for_each(|example| text.push_str(&example_item(example)));
    text
}

/// Returns an item of a list: the verdict, what is special about the facts, and the facts.
fn example_item(example: &Example) -> String {
    let now = example.now.map_or(String::new(), |now| format!(" (on {})", now.format("%Y-%m-%d")));
    let title = escaped(&example.title);
    format!("\n- **{}**: {title}{now}\n\n{}", example.verdict, yaml_block(&example.facts, "  "))
}

fn yaml_block(yaml: &str, indent: &str) -> String {
    let lines: String = yaml.trim_end().lines().map(|line| format!("{indent}{line}\n")).collect();
    format!("{indent}```yaml\n{lines}{indent}```\n")
}

/// Says where a testcase counts, for example `main of v1, v2`, or why nowhere.
fn counts(standard: &Standard, testcase: &Testcase) -> String {
    let targets = Target::ALL.into_iter().filter_map(|target| {
        let has_it =
            |version: &StandardVersion| version.targets.get(&target).is_some_and(|ids| ids.contains(&testcase.id));
        let versions: Vec<&str> =
            standard.versions.iter().filter(|(_, version)| has_it(version)).map(|(name, _)| name.as_str()).collect();
        (!versions.is_empty()).then(|| format!("{target} of {}", versions.join(", ")))
    });
    let targets: Vec<String> = targets.collect();
    match (&testcase.untargeted, targets.as_slice()) {
        (_, [_, ..]) => targets.join("; "),
        (Some(reason), []) => format!("nowhere: {}", escaped(reason)),
        (None, []) => "nowhere".to_owned(),
    }
}
