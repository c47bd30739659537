//! Generated files in `docs/` are those that the program would generate today.
//! `SCS_UPDATE=1 cargo test` writes it anew.

use schemars::Schema;
use scs_checks::definition::Definitions;
use scs_checks::schema;
use scs_fleet::config::Config;
use scs_fleet::summary::NightSummary;
use scs_reports::Report;
use scs_reports::judge::{Bundle, Recording};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Compares the files of a folder with their content by name, or writes them.
fn keep_fresh(folder: &str, expected: &BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if std::env::var_os("SCS_UPDATE").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for path in files_in(&folder).filter(|path| !expected.contains_key(&name_of(path))) {
            fs::remove_file(path).unwrap();
        }
        for (name, text) in expected {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let found: BTreeMap<String, String> =
        files_in(&folder).map(|path| (name_of(&path), fs::read_to_string(&path).unwrap())).collect();
    let stale: Vec<&String> =
        expected.keys().chain(found.keys()).filter(|name| expected.get(*name) != found.get(*name)).collect();
    assert!(stale.is_empty(), "not fresh in {}: {stale:?}; run SCS_UPDATE=1 cargo test", folder.display());
}

fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path())
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Returns the schemas by file name.
pub fn schemas() -> BTreeMap<String, String> {
    let schemas = [
        ("bundle.json", schema::of_document::<Bundle>()),
        ("distributions.json", Definitions::distributions_schema()),
        ("evidence.json", Definitions::evidence_schema()),
        ("fleet.json", Config::schema()),
        ("facts.json", schema::of_document::<Recording>()),
        ("night.json", schema::of_document::<NightSummary>()),
        ("report.json", schema::of_document::<Report>()),
        ("scope.json", Definitions::scope_schema()),
        ("standard.json", Definitions::standard_schema()),
    ];
    let text = |schema: Schema| serde_json::to_string_pretty(&schema::sorted(schema.as_value())).unwrap() + "\n";
    schemas.into_iter().map(|(name, schema)| (name.to_owned(), text(schema))).collect()
}

#[test]
fn the_pages_of_the_standards_are_fresh() {
    keep_fresh("docs/standards", &scs_reports::pages(&scs_standards::embedded_with_examples().unwrap()));
}

#[test]
fn the_schemas_are_fresh() {
    keep_fresh("docs/schemas", &schemas());
}

/// A list that claims to be complete is kept so: what a rule does differently from today's suite has a row.
#[test]
fn every_deviation_that_a_rule_names_is_on_the_page() {
    let page = include_str!("../docs/deviations.md");
    let pattern = regex::Regex::new(r"(?:[Dd]eviation|D:) (Q-[0-9A-Z]+-[0-9]+)").unwrap();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("checks/src/iaas")];
    let mut named = std::collections::BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for path in files_in(&folder) {
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let text = fs::read_to_string(&path).unwrap();
                    named.extend(pattern.captures_iter(&text).map(|found| found[1].to_owned()));
                }
            }
        }
    }
    assert!(named.len() > 10, "{named:?}");
    named.retain(|id| !page.contains(&format!("| {id} |")));
    assert!(named.is_empty(), "no row in docs/deviations.md: {named:?}");
}
