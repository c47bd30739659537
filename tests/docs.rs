//! The documents that people write name files that exist.

use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of documents; generated ones name no files.
const FOLDERS: [&str; 3] = ["", "docs", "docs/decisions"];

/// A path in backquotes that begins with a folder of the repository, or the target of a link.
const PATHS: &str =
    r"`((?:\.ci|\.config|checks|docs|playbooks|reports|src|standards|tests)/[\w./-]*)`|\]\(([^)#:\s]+)(?:#[^)]*)?\)";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> impl Iterator<Item = PathBuf> {
    let entries = FOLDERS.into_iter().flat_map(|folder| fs::read_dir(root().join(folder)).unwrap());
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|ending| ending == "md"))
}

/// Adds the keys of the configuration below a node of its schema. Secrets and provisioners are explained elsewhere.
fn add_keys(schema: &Value, node: &Value, path: &str, keys: &mut BTreeSet<String>) {
    let name = node["$ref"].as_str().map(|name| name.rsplit('/').next().unwrap());
    let alternatives = node["anyOf"].as_array().into_iter().flatten();
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match name {
        Some("Secret" | "ProvisionerEntry" | "Day" | "Section" | "FailOn") => drop(keys.insert(path.to_owned())),
        Some(name) => add_keys(schema, &schema["$defs"][name], path, keys),
        None if alternatives.clone().count() > 0 => {
            alternatives.for_each(|one| add_keys(schema, one, path, keys));
        }
        None if node["type"] == "null" => {}
        None if node["properties"].is_object() => {
            for (key, value) in node["properties"].as_object().unwrap() {
                add_keys(schema, value, &below(key), keys);
            }
        }
        None if node["additionalProperties"]["$ref"].is_string() => {
            add_keys(schema, &node["additionalProperties"], &below("NAME"), keys);
        }
        None if node["items"]["$ref"].as_str().is_some_and(|item| item.ends_with("Entry")) => {
            add_keys(schema, &node["items"], &format!("{path}[]"), keys);
        }
        None => drop(keys.insert(path.to_owned())),
    }
}

#[test]
fn every_key_of_the_configuration_is_explained() {
    let schema: Value = serde_json::from_str(&crate::generated::schemas()["fleet.json"]).unwrap();
    let mut keys = BTreeSet::new();
    add_keys(&schema, &schema, "", &mut keys);
    assert!(keys.contains("limits.deadline") && keys.contains("subjects[].provisioner"), "{keys:#?}");
    let page = fs::read_to_string(root().join("docs/running-nightly.md")).unwrap();
    let (_, table) = page.split_once("| Key | Means | Without it |").unwrap();
    let rows = table.lines().take_while(|line| line.is_empty() || line.starts_with('|'));
    let first_cells = rows.skip(2).filter_map(|row| row.split('|').nth(1));
    let explained: BTreeSet<String> =
        first_cells.flat_map(|cell| cell.split(',').map(|key| key.trim().trim_matches('`').to_owned())).collect();
    assert_eq!(explained, keys, "correct the table in docs/running-nightly.md");
}

#[test]
fn documents_name_files_that_exist() {
    let paths = Regex::new(PATHS).unwrap();
    let (mut seen, mut missing) = (0, Vec::new());
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for found in paths.captures_iter(&text) {
            let path = match (found.get(1), found.get(2)) {
                (Some(path), _) => root().join(path.as_str()),
                (_, link) => document.parent().unwrap().join(link.unwrap().as_str()),
            };
            seen += 1;
            if !path.exists() {
                missing.push(format!("{}: {}", document.display(), &found[0]));
            }
        }
    }
    assert!(seen > 100, "only {seen} paths found");
    assert!(missing.is_empty(), "{missing:#?}");
}
