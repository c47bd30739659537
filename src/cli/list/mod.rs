//! `list`: shows scopes, standards, testcases and checks of the definitions.

mod filter;
pub(super) mod table;

use super::error::CliError;
use super::form::ResultOptions;
use super::options::DefinitionOptions;
use super::output::known_width;
use chrono::Utc;
use clap::{Args, ValueEnum};
use filter::Filter;
use scs_checks::check::CheckKind;
use scs_checks::definition::{Definitions, Scope, Target};
use scs_reports::ExitCode;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// `list`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct List {
    /// Entries to list
    #[arg(value_enum, default_value = "testcases")]
    what: What,

    #[command(flatten)]
    filter: Filter,

    #[command(flatten)]
    output: ResultOptions,

    #[command(flatten)]
    definitions: DefinitionOptions,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
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
  scs-conformance list --deciding
  scs-conformance list --scope-version next --target main --standard scs-0104
  scs-conformance list --level should --json
  scs-conformance list --mutating -o mutating.json
  scs-conformance list scopes --standards my-standards";

impl List {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        self.output.write(self.text()?)?;
        Ok(ExitCode::Success)
    }

    fn text(&self) -> Result<String, CliError> {
        if self.what != What::Testcases && !self.filter.is_empty() {
            return Err(CliError::usage("only testcases can be filtered: use `list testcases`"));
        }
        self.output.prepare()?;
        let (definitions, scope) = self.definitions.load()?;
        let listing = match self.what {
            What::Scopes => scopes(&definitions),
            What::Standards => standards(&definitions),
            What::Testcases => testcases(&definitions, &definitions.scopes[&scope], &self.filter)?,
            What::Checks => checks(&definitions),
        };
        if self.output.is_json() {
            return Ok(serde_json::to_string_pretty(&listing.objects)? + "\n");
        }
        // What reads a pipe wants a line per entry, unless it has a width.
        Ok(listing.text(known_width()))
    }
}

/// The same entries for people and for programs.
struct Listing {
    rows: Vec<table::Row>,
    objects: Vec<Value>,
}

/// Columns that a narrow table keeps.
const LEAST: usize = 3;
/// Narrower than this, descriptions stand on a line of their own.
const WIDE: usize = 100;

impl Listing {
    /// Returns the table; where it is narrow, the last column stands below each row.
    fn text(&self, width: Option<usize>) -> String {
        let last = self.rows.first().map_or(0, |row| row.len().saturating_sub(1));
        let Some(width) = width.filter(|width| *width < WIDE && last > LEAST) else {
            return table::render(&self.rows, width);
        };
        let rows: Vec<table::Row> = self.rows.iter().map(|row| row[..last].to_vec()).collect();
        let below = self.rows.iter().map(|row| row[last].as_str());
        table::render_with_lines(&rows, below, width)
    }

    fn new<const N: usize>(head: [&str; N]) -> Self {
        Self { rows: vec![head.map(str::to_owned).to_vec()], objects: Vec::new() }
    }

    fn push<const N: usize>(&mut self, cells: [&str; N], object: Value) {
        self.rows.push(cells.map(str::to_owned).to_vec());
        self.objects.push(object);
    }
}

fn scopes(definitions: &Definitions) -> Listing {
    let mut listing = Listing::new(["SCOPE", "VERSION", "STABLE SINCE", "MAIN", "SINCE", "STATE"]);
    for scope in definitions.scopes.values() {
        for (name, version) in &scope.versions {
            let mut history: Vec<_> =
                scope.timeline.dates().filter_map(|date| Some((date, *scope.timeline.at(date)?.get(name)?))).collect();
            history.sort_by_key(|(date, _)| *date);
            history.dedup_by_key(|(_, validity)| *validity);
            let main = version.target(Target::Main).len();
            let stable = version.stabilized_at.map_or("-".to_owned(), |date| date.to_string());
            for (date, validity) in history {
                listing.push(
                    [&scope.id, name, &stable, &main.to_string(), &date.to_string(), &validity.to_string()],
                    json!({"scope": scope.id, "version": name, "stabilized_at": version.stabilized_at, "main": main,
                           "since": date, "state": validity}),
                );
            }
        }
    }
    listing
}

fn standards(definitions: &Definitions) -> Listing {
    let mut listing = Listing::new(["STANDARD", "VERSION", "TESTCASES", "CLAUSES", "GAPS", "TITLE"]);
    for standard in definitions.standards.values() {
        for (name, version) in &standard.versions {
            let testcases: usize = version.targets.values().map(Vec::len).sum();
            let gaps = version.clauses.iter().filter(|clause| clause.gap.is_some()).count();
            let clauses = version.clauses.len();
            let counts = [testcases, clauses, gaps].map(|n| n.to_string());
            listing.push(
                [&standard.id, name, &counts[0], &counts[1], &counts[2], &version.title],
                json!({"standard": standard.id, "version": name, "testcases": testcases, "clauses": clauses,
                       "gaps": gaps, "title": version.title, "url": version.url}),
            );
        }
    }
    listing
}

fn testcases(definitions: &Definitions, scope: &Scope, filter: &Filter) -> Result<Listing, CliError> {
    let mut listing = Listing::new(["TESTCASE", "COUNTS IN", "SECTION", "EVERY", "CHANGES", "DESCRIPTION"]);
    for testcase in filter.apply(definitions, scope, Utc::now().date_naive())? {
        let targets = targets_of(scope, &testcase.id);
        let regime = scope.regime_of(&testcase.standard);
        listing.push(
            [
                &testcase.id,
                &counts_in(&targets),
                &testcase.section.to_string(),
                &regime.to_string(),
                &testcase.changes().to_string(),
                &testcase.description,
            ],
            json!({
                "id": testcase.id,
                "standard": testcase.standard,
                "description": testcase.description,
                "targets": targets.iter().map(|(version, target)| ((*version).to_owned(), json!(target)))
                    .collect::<serde_json::Map<_, _>>(),
                "section": testcase.section,
                "changes_the_subject": testcase.changes(),
                "check": testcase.check.name(),
                "lifetime": testcase.lifetime,
                "regime": regime,
                "clauses": testcase.clauses,
                "url": testcase.url,
            }),
        );
    }
    Ok(listing)
}

/// Returns the versions that count a testcase, and in which target.
fn targets_of<'a>(scope: &'a Scope, id: &str) -> Vec<(&'a str, Target)> {
    let mut found = Vec::new();
    for (name, version) in &scope.versions {
        for (target, _) in version.targets.iter().filter(|(_, ids)| ids.iter().any(|other| other == id)) {
            found.push((name.as_str(), *target));
        }
    }
    found
}

/// Lists the versions, for example `next, v5.1` or `next (recommended)`.
fn counts_in(targets: &[(&str, Target)]) -> String {
    let mut text = String::new();
    for (version, target) in targets {
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = match target {
            Target::Main => write!(text, "{separator}{version}"),
            other => write!(text, "{separator}{version} ({other})"),
        };
    }
    if text.is_empty() { "-".to_owned() } else { text }
}

fn checks(definitions: &Definitions) -> Listing {
    let mut listing = Listing::new(["CHECK", "TESTCASES"]);
    for name in CheckKind::NAMES {
        let used = definitions.testcases().filter(|testcase| testcase.check.name() == *name).count();
        listing.push([*name, &used.to_string()], json!({"check": name, "testcases": used}));
    }
    listing
}
