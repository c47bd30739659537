//! The documents that people write name files that exist.

use regex::Regex;
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
