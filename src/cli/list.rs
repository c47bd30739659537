//! `list`: what the definitions hold.

use super::options::DefinitionOptions;
use super::{exit, fail};
use clap::{Args, ValueEnum};
use scs_checks::check::CheckKind;
use scs_checks::definition::{Definitions, Scope, Target, Testcase};
use std::fmt::Write as _;
use std::io::Write as _;

/// `list`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct List {
    /// What to list
    #[arg(value_enum, default_value = "testcases")]
    what: What,

    #[command(flatten)]
    definitions: DefinitionOptions,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// The scopes, their versions, and when these are in force
    Scopes,
    /// The standards and their versions
    Standards,
    /// The testcases of the scope, with the versions that count them
    Testcases,
    /// The kinds of checks, and how many testcases use them
    Checks,
}

const EXAMPLES: &str = "\
Examples:
  scs-conformance list testcases
  scs-conformance list scopes --standards my-standards";

impl List {
    pub(super) fn run(&self) -> u8 {
        let (definitions, scope) = match self.definitions.load() {
            Ok(loaded) => loaded,
            Err(message) => return fail(message, exit::USAGE),
        };
        let rows = match self.what {
            What::Scopes => scopes(&definitions),
            What::Standards => standards(&definitions),
            What::Testcases => testcases(&definitions, &definitions.scopes[&scope]),
            What::Checks => checks(&definitions),
        };
        match std::io::stdout().lock().write_all(table(&rows).as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                fail(format!("the list cannot be printed: {error}"), exit::PUBLISHING)
            }
            _ => exit::DONE,
        }
    }
}

type Row = Vec<String>;

fn scopes(definitions: &Definitions) -> Vec<Row> {
    let mut rows = vec![row(["SCOPE", "VERSION", "STABLE SINCE", "MAIN", "SINCE", "STATE"])];
    for scope in definitions.scopes.values() {
        for (name, version) in &scope.versions {
            let mut history: Vec<_> =
                scope.timeline.dates().filter_map(|date| Some((date, *scope.timeline.at(date)?.get(name)?))).collect();
            history.sort_by_key(|(date, _)| *date);
            history.dedup_by_key(|(_, validity)| *validity);
            let main = version.target(Target::Main).len().to_string();
            let stable = version.stabilized_at.map_or("-".to_owned(), |date| date.to_string());
            for (date, validity) in history {
                rows.push(row([&scope.id, name, &stable, &main, &date.to_string(), &validity.to_string()]));
            }
        }
    }
    rows
}

fn standards(definitions: &Definitions) -> Vec<Row> {
    let mut rows = vec![row(["STANDARD", "VERSION", "TESTCASES", "CLAUSES", "GAPS", "TITLE"])];
    for standard in definitions.standards.values() {
        for (name, version) in &standard.versions {
            let testcases: usize = version.targets.values().map(Vec::len).sum();
            let gaps = version.clauses.iter().filter(|clause| clause.gap.is_some()).count();
            let counts = [testcases, version.clauses.len(), gaps].map(|n| n.to_string());
            rows.push(row([&standard.id, name, &counts[0], &counts[1], &counts[2], &version.title]));
        }
    }
    rows
}

fn testcases(definitions: &Definitions, scope: &Scope) -> Vec<Row> {
    let mut rows = vec![row(["TESTCASE", "COUNTS IN", "SECTION", "CHANGES", "DESCRIPTION"])];
    for testcase in definitions.testcases().filter(|testcase| scope.testcases.contains(&testcase.id)) {
        rows.push(row([
            &testcase.id,
            &counts_in(scope, &testcase.id),
            &testcase.section.to_string(),
            changes_the_cloud(testcase),
            &testcase.description,
        ]));
    }
    rows
}

/// Whether deciding it creates something in the cloud: always, or only where reading does not suffice.
fn changes_the_cloud(testcase: &Testcase) -> &'static str {
    let needs = testcase.check.rule().needs();
    let changing = needs.iter().filter(|fact| fact.changes_the_cloud()).count();
    match changing {
        0 => "no",
        all if all == needs.iter().count() => "yes",
        _ => "maybe",
    }
}

/// For example `next, v5.1` or `next (recommended)`.
fn counts_in(scope: &Scope, id: &str) -> String {
    let mut text = String::new();
    for (name, version) in &scope.versions {
        for (target, _) in version.targets.iter().filter(|(_, ids)| ids.iter().any(|other| other == id)) {
            let separator = if text.is_empty() { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = match target {
                Target::Main => write!(text, "{separator}{name}"),
                other => write!(text, "{separator}{name} ({other})"),
            };
        }
    }
    if text.is_empty() { "-".to_owned() } else { text }
}

fn checks(definitions: &Definitions) -> Vec<Row> {
    let mut rows = vec![row(["CHECK", "TESTCASES"])];
    for name in CheckKind::NAMES {
        let used = definitions.testcases().filter(|testcase| testcase.check.name() == *name).count();
        rows.push(row([*name, &used.to_string()]));
    }
    rows
}

fn row<const N: usize>(cells: [&str; N]) -> Row {
    cells.map(str::to_owned).to_vec()
}

/// Columns as wide as their longest cell; the last one is not padded.
fn table(rows: &[Row]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
