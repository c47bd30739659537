//! The parts that several pages share.

use scs_checks::definition::{Clause, Definitions, Scope, Standard, StandardVersion, Target, Testcase};

/// The first words of each page, after its title.
pub(super) const NOTE: &str = "Generated from the definitions in `standards/`; `SCS_UPDATE=1 cargo test` writes it anew. The words are \
                    this project's, the texts of the standards are authoritative.";

/// Returns text that Markdown shows as it is. What stands between backticks is code, and stays.
pub(super) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut is_code = false;
    for c in text.chars() {
        match c {
            '`' => {
                is_code = !is_code;
                shown.push(c);
            }
            '*' | '[' | ']' | '\\' if !is_code => shown.extend(['\\', c]),
            '<' if !is_code => shown.push_str("&lt;"),
            c if c.is_control() => shown.push(' '),
            c => shown.push(c),
        }
    }
    shown
}

/// Returns the same for a cell of a table, where a bar would end it.
pub(super) fn cell(text: &str) -> String {
    escaped(text).replace('|', "\\|")
}

/// Returns the testcases that decide a clause in a version, those of `main` first.
pub(super) fn deciders<'a>(
    standard: &'a Standard,
    version: &'a StandardVersion,
    clause: &'a Clause,
) -> impl Iterator<Item = (Target, &'a Testcase)> {
    version.targets.iter().flat_map(move |(target, ids)| {
        let decides =
            move |testcase: &&Testcase| ids.contains(&testcase.id) && testcase.clauses.contains(&clause.id.value);
        standard.testcases.iter().filter(decides).map(move |testcase| (*target, testcase))
    })
}

/// Returns the versions of scopes that include a version of a standard, for example `SCS-compatible IaaS v5.1, v4`.
pub(super) fn included_in(definitions: &Definitions, include: &str) -> String {
    let scopes = definitions.scopes.values().filter_map(|scope| {
        let versions: Vec<&str> = scope
            .versions
            .iter()
            .filter(|(_, version)| version.includes.iter().any(|other| other == include))
            .map(|(name, _)| name.as_str())
            .collect();
        (!versions.is_empty()).then(|| format!("{} {}", escaped(&scope.name), versions.join(", ")))
    });
    let scopes: Vec<String> = scopes.collect();
    if scopes.is_empty() { "no scope".to_owned() } else { scopes.join("; ") }
}

/// Returns a sentence for each scope that includes a standard: the longest time between two tests of it.
pub(super) fn regimes(definitions: &Definitions, standard: &Standard) -> String {
    let includes = |scope: &&Scope| {
        let mut all = scope.versions.values().flat_map(|version| &version.includes);
        all.any(|include| standard.versions.keys().any(|name| *include == format!("{}-{name}", standard.id)))
    };
    let including = definitions.scopes.values().filter(includes);
    let sentence = |scope: &Scope| {
        format!(" {} has it tested at least once a {}.", escaped(&scope.name), scope.regime_of(&standard.id))
    };
    including.map(sentence).collect()
}
