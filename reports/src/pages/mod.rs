//! Pages about the standards, generated from the definitions: one for each, and a table that
//! traces each clause to the checks that decide it.

mod overview;
mod parts;
mod standard;
#[cfg(test)]
mod tests;

use scs_checks::definition::Definitions;
use std::collections::BTreeMap;

/// Returns the pages as Markdown, by file name.
pub fn pages(definitions: &Definitions) -> BTreeMap<String, String> {
    let standards = definitions.standards.values().map(|it| (format!("{}.md", it.id), standard::page(definitions, it)));
    standards.chain([("README.md".to_owned(), overview::page(definitions))]).collect()
}
