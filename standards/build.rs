//! Embeds the definitions of this folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The folders that hold definitions; `data` holds facts about the world.
const FOLDERS: [&str; 3] = ["iaas", "kaas", "scopes"];

/// The only file of `data` that definitions rest on: releases of distributions.
const DISTRIBUTIONS: &str = "data/distributions.yaml";

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut files = Vec::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        yaml_files(&root.join(folder), &mut files)?;
    }
    println!("cargo::rerun-if-changed={DISTRIBUTIONS}");
    files.push(root.join(DISTRIBUTIONS));
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file).display().to_string();
        let _ = writeln!(code, "    ({name:?}, include_str!({file:?})),");
    }
    code.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("standards.rs"), code)
}

fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            yaml_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
